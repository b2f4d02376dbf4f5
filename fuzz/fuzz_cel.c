/* Expressions: whatever compiles comes to an end within its budget of steps, with a value or an error, and to
 * the same one again. */
#include "cel/cel.h"

static const char self_text[] =
    "{\"name\":\"db\",\"count\":3,\"ratio\":0.5,\"list\":[3,1,2],\"map\":{\"a-b\":1},\"namespace\":null}";

/* A value is told by its text, a failure by its error's. */
static const char *outcome(struct arena *arena, const struct cel_program *program, const struct json *self) {
    struct cel_variable variables[] = {
        { .name = "self", .value = self },
        { .name = "oldSelf", .value = self, .is_optional = true },
    };
    struct json *value = NULL;
    struct error err = { 0 };

    if (cel_value(program, arena, variables, ARRAY_LENGTH(variables), &value, &err))
        return json_print(arena, value);
    ensure(err.kind == ERROR_INVALID && err.text[0]);
    return arena_strdup(arena, err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    struct json *self = NULL;
    struct error err = { 0 };

    if (!cel_compile((struct text){ (const char *)data, size }, &program, &err)) {
        ensure(err.kind == ERROR_INVALID && err.text[0]);
        return 0;
    }
    ensure(json_parse(arena, text_from(self_text), NULL, &self, &err));
    const char *first = outcome(arena, program, self);
    ensure(str_equal(first, outcome(arena, program, self)));
    return 0;
}
