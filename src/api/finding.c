#include "api/finding.h"

static const struct {
    const char *words;
    const char *cause;
    bool prints_value;
} kinds[] = {
#define X(kind, words_, cause_, prints) [FINDING_##kind] = { words_, cause_, prints },
    FINDING_KINDS(X)
#undef X
};

struct findings *findings_new(struct arena *arena) {
    struct findings *findings = ARENA_NEW(arena, struct findings);
    findings->arena = arena;
    return findings;
}

void findings_add(struct findings *findings, enum finding_kind kind, const char *rule, const char *field,
                  const struct json *value, const char *format, ...) {
    ensure(field && format);
    if (findings->count == FINDINGS_MAX) {
        findings->dropped++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    findings->items[findings->count++] = (struct finding){
        .kind = kind,
        .rule = rule,
        .field = arena_strdup(findings->arena, field),
        .value = value,
        .detail = arena_vprintf(findings->arena, format, arguments),
    };
    va_end(arguments);
}

const char *finding_cause(enum finding_kind kind) {
    return kinds[kind].cause;
}

/* Where to cut text so that at most `limit` bytes and no half character stay. */
static int shown_length(const char *text, size_t limit) {
    size_t length = strlen(text);
    if (length <= limit)
        return (int)length;
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80)
        limit--;
    return (int)limit;
}

char *finding_text(struct arena *arena, const struct finding *finding) {
    const char *words = kinds[finding->kind].words;
    const char *colon = *finding->detail ? ": " : "";

    if (!finding->value || !kinds[finding->kind].prints_value)
        return arena_printf(arena, "%s: %s%s%s", finding->field, words, colon, finding->detail);
    const char *value = json_print(arena, finding->value);
    int shown = shown_length(value, FINDING_VALUE_BYTES_MAX);
    return arena_printf(arena, "%s: %s: %.*s%s%s%s", finding->field, words, shown, value,
                        value[shown] ? "…" : "", colon, finding->detail);
}

char *findings_text(struct arena *arena, const struct findings *findings) {
    if (findings->count == 0)
        return arena_strdup(arena, "");
    if (findings->count == 1 && findings->dropped == 0)
        return finding_text(arena, &findings->items[0]);

    CLEANUP_BUFFER struct buffer text = { 0 };
    buffer_add_char(&text, '[');
    for (size_t i = 0; i < findings->count; i++) {
        if (i > 0)
            buffer_add_string(&text, ", ");
        buffer_add_string(&text, finding_text(arena, &findings->items[i]));
    }
    if (findings->dropped > 0)
        buffer_printf(&text, ", and %zu more", findings->dropped);
    buffer_add_char(&text, ']');
    return arena_strndup(arena, text.data, text.length);
}

bool findings_none(const struct findings *findings, struct error *err) {
    if (findings->count == 0)
        return true;
    return error_set(err, ERROR_INVALID, "%s", findings_text(findings->arena, findings));
}
