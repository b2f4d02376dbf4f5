/* The command line of neo4j-admin, a word a line: it is either taken or refused with a text and a code; help
 * is always made; what is taken names an option that the command has. */
#include "sim/neo4j/admin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const images[] = { "neo4j:5.26.0-enterprise", "neo4j:2026.08.1-enterprise" };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text rest = { (const char *)data, size };
    struct json *words = json_new_array(arena);
    struct admin_arguments arguments;
    struct neo4j_version version;
    const char *text = NULL;
    int exit_code = -1;

    ensure(neo4j_version_of_image(images[size % 2], &version));
    while (rest.data && rest.length) {
        struct text word = text_cut(&rest, '\n');
        json_append_string(arena, words, arena_strndup(arena, word.data, strnlen(word.data, word.length)));
    }
    if (!admin_arguments_parse(arena, &version, words, &arguments, &exit_code, &text)) {
        ensure(text &&
               (exit_code == 0 || exit_code == ADMIN_EXIT_NO_COMMAND || exit_code == ADMIN_EXIT_USAGE));
        return 0;
    }
    ensure(arguments.command && !arguments.wants_help);
    JSON_FOR_EACH_MEMBER (option, arguments.options)
        ensure(str_starts_with(option->key, "--"));
    ensure(*admin_help_command(arena, &version, arguments.command));
    return 0;
}
