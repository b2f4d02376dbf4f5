/* Backup artifacts: whatever is read as one prints to the same text again, and its content may be replayed. A
 * text without a good seal gets one, so that what lies behind it is reached. */
#include "base/encoding.h"
#include "sim/neo4j/store_image.h"

static const char *sealed(struct arena *arena, const char *text) {
    struct json *json;

    if (!json_parse(arena, text_from(text), NULL, &json, NULL) || !json_is(json, JSON_OBJECT))
        return text;
    json_remove(json, "seal");
    const char *unsealed = json_print(arena, json);
    json_set_string(arena, json, "seal", sha256_hex(arena, unsealed, strlen(unsealed), 32));
    return json_print(arena, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *text = sealed(arena, arena_strndup(arena, (const char *)data, size));
    struct artifact artifact, again;
    struct ledger *ledger = NULL;

    if (!artifact_parse(arena, text, &artifact, NULL))
        return 0;
    const char *printed = artifact_print(arena, &artifact);
    ensure(artifact_parse(arena, printed, &again, NULL));
    ensure(str_equal(printed, artifact_print(arena, &again)));
    artifact.file = "x.backup";
    struct artifact items[] = { artifact, artifact };
    if (store_image_replay(&(struct artifact_list){ items, 2 }, NULL, &ledger, NULL))
        ledger_free(ledger);
    (void)store_image_commands(&(struct artifact_list){ items, 1 }, arena);
    return 0;
}
