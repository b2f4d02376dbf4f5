/* The catalogue's view of settings, one a line, for tests/peers/settings-check to compare with a real
 * server's.
 *
 *     settings_verdicts VERSION               name, default, dynamic, deprecated, enterprise, computed,
 * allowed settings_verdicts VERSION < lines       of lines KEY=VALUE: ok, the line and the value as shown; or
 * no, the line, why
 *
 * The first with an argument more, "--list". Parts are separated by tabs.
 */
#include "settings/value.h"

#include <stdio.h>

static void list(const struct version *version) {
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        CLEANUP_BUFFER struct buffer allowed = { 0 };
        if (!setting_exists_in(setting, version) || strchr(setting->name, '<'))
            continue;
        setting_write_allowed(setting, &allowed);
        printf("%s\t%s\t%d\t%d\t%d\t%d\t%s\n", setting->name,
               setting->default_value ? setting->default_value : "-", setting->is_dynamic,
               setting->is_deprecated, setting->is_enterprise, setting->is_computed, buffer_string(&allowed));
    }
}

static void judge(const struct version *version, char *line) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer shown = { 0 };
    size_t key_length = strcspn(line, "=");
    const char *key = arena_strndup(arena, line, key_length);
    const struct setting *setting = setting_find(key, version);
    struct error err = { 0 };

    if (!setting) {
        printf("no\t%s\tno such setting\n", line);
    } else if (!setting_check(setting, line + key_length + 1, &err)) {
        printf("no\t%s\t%s\n", line, err.text);
    } else {
        setting_write_value(setting, line + key_length + 1, &shown);
        printf("ok\t%s\t%s\n", line, buffer_string(&shown));
    }
}

int main(int argc, char **argv) {
    struct version version = version_parse(argc > 1 ? argv[1] : NULL);
    char *line = NULL;
    size_t room = 0;

    if (version.family == VERSION_UNKNOWN) {
        fprintf(stderr, "usage: settings_verdicts VERSION [--list]\n");
        return 2;
    }
    if (argc > 2) {
        list(&version);
        return 0;
    }
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strchr(line, '='))
            judge(&version, line);
    }
    free(line);
    return 0;
}
