#include "neo4j/settings.h"

#include <stdlib.h>

enum { ROOM_MIN = 64 };

void settings_init(struct settings *settings, struct arena *arena) {
    *settings = (struct settings){ .arena = arena };
}

/* ---- the set ---- */

static void *make_room(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size) {
    void *larger;

    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : ROOM_MIN;
    larger = arena_alloc(arena, *capacity * item_size);
    if (count)
        memcpy(larger, items, count * item_size);
    return larger;
}

static struct settings_line *find(const struct settings *settings, const char *key) {
    for (size_t i = 0; i < settings->count; i++)
        if (str_equal(settings->items[i].key, key))
            return &settings->items[i];
    return NULL;
}

static bool has_line(const struct settings *settings, const char *key, const char *value) {
    for (size_t i = 0; i < settings->count; i++)
        if (str_equal(settings->items[i].key, key) && str_equal(settings->items[i].value, value))
            return true;
    return false;
}

static void add_loss(struct settings *settings, const char *key, const char *value, const char *kept_value,
                     const char *reason) {
    settings->losses = make_room(settings->arena, settings->losses, settings->loss_count,
                                 &settings->loss_capacity, sizeof(*settings->losses));
    settings->losses[settings->loss_count++] = (struct settings_loss){
        .key = arena_strdup(settings->arena, key),
        .value = arena_strdup(settings->arena, value),
        .kept_value = kept_value ? kept_value : "",
        .reason = reason,
    };
}

static void add_line(struct settings *settings, enum setting_owner owner, const char *key,
                     const char *value) {
    if (settings->count == SETTINGS_MAX) {
        add_loss(settings, key, value, NULL, "there are too many settings");
        return;
    }
    settings->items = make_room(settings->arena, settings->items, settings->count, &settings->capacity,
                                sizeof(*settings->items));
    settings->items[settings->count++] = (struct settings_line){
        .key = arena_strdup(settings->arena, key),
        .value = arena_strdup(settings->arena, value),
        .owner = owner,
    };
}

static bool is_managed_loss(enum setting_owner loser, const char *value, const char *kept_value) {
    return loser == SETTING_USER && !str_equal(value, kept_value);
}

static void replace(struct settings *settings, struct settings_line *setting, enum setting_owner owner,
                    const char *value) {
    static const char managed[] = "the operator manages this setting";

    if (owner < setting->owner) {
        if (is_managed_loss(owner, value, setting->value))
            add_loss(settings, setting->key, value, setting->value, managed);
        return;
    }
    const char *old_value = setting->value;
    enum setting_owner old_owner = setting->owner;
    setting->value = arena_strdup(settings->arena, value);
    setting->owner = owner;
    if (owner == SETTING_MANAGED && is_managed_loss(old_owner, old_value, value))
        add_loss(settings, setting->key, old_value, setting->value, managed);
}

/* An odd number of backslashes at the end joins the next line, and another setting would be lost in this one.
 */
static bool swallows_next_line(const char *value) {
    size_t length = strlen(value);
    size_t backslashes = 0;

    while (backslashes < length && value[length - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

static const char *unwritable(const char *key, const char *value) {
    if (!*key)
        return "the name of the setting is empty";
    if (strpbrk(key, "=:#! \t\r\n\\"))
        return "the name of a setting can't hold blanks, '=', ':', '#', '!' or '\\'";
    if (strpbrk(value, "\r\n"))
        return "a value can't span lines";
    if (swallows_next_line(value))
        return "a value can't end with a single backslash: write two for one";
    return NULL;
}

/* One flag a line; the same flag twice says nothing new. */
static void add_jvm_flags(struct settings *settings, enum setting_owner owner, const char *value) {
    struct text rest = text_from(value);

    while (rest.data) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        const char *flag = arena_strndup(settings->arena, line.length ? line.data : "", line.length);
        const char *reason = unwritable(SETTING_JVM_ADDITIONAL, flag);
        if (reason)
            add_loss(settings, SETTING_JVM_ADDITIONAL, flag, NULL, reason);
        else if (*flag && !has_line(settings, SETTING_JVM_ADDITIONAL, flag))
            add_line(settings, owner, SETTING_JVM_ADDITIONAL, flag);
    }
}

void settings_set(struct settings *settings, enum setting_owner owner, const char *key, const char *value) {
    struct settings_line *setting = find(settings, key);

    if (str_equal(key, SETTING_JVM_ADDITIONAL)) {
        add_jvm_flags(settings, owner, value);
        return;
    }
    const char *reason = unwritable(key, value);
    if (reason)
        add_loss(settings, key, value, NULL, reason);
    else if (setting)
        replace(settings, setting, owner, value);
    else
        add_line(settings, owner, key, value);
}

void settings_printf(struct settings *settings, enum setting_owner owner, const char *key, const char *format,
                     ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *value = arena_vprintf(settings->arena, format, arguments);
    va_end(arguments);
    settings_set(settings, owner, key, value);
}

const char *settings_get(const struct settings *settings, const char *key) {
    const struct settings_line *setting = find(settings, key);

    return setting ? setting->value : NULL;
}

/* ---- the text ---- */

/* By key; lines of the same key in the order in which they came, which is that of their places. */
static int compare_lines(const void *a, const void *b) {
    const struct settings_line *left = *(const struct settings_line *const *)a;
    const struct settings_line *right = *(const struct settings_line *const *)b;
    int by_key = strcmp(left->key, right->key);

    return by_key ? by_key : (left > right) - (left < right);
}

void settings_write(const struct settings *settings, struct buffer *out) {
    const struct settings_line **lines =
        ARENA_ARRAY(settings->arena, const struct settings_line *, settings->count);

    for (size_t i = 0; i < settings->count; i++)
        lines[i] = &settings->items[i];
    if (settings->count)
        qsort(lines, settings->count, sizeof(*lines), compare_lines);
    for (size_t i = 0; i < settings->count; i++) {
        buffer_add_string(out, lines[i]->key);
        buffer_add_char(out, '=');
        buffer_add_string(out, lines[i]->value);
        buffer_add_char(out, '\n');
    }
}
