/* Usage texts, laid out as picocli does it for the real tool. */
#include "sim/neo4j/admin.h"

enum { HELP_COLUMN = 27, LIST_COLUMN = 25 };

/* Adds words with blanks between them, from column on, each line but the first indented. */
static void wrap(struct buffer *out, size_t column, size_t indent, const char *text) {
    struct text rest = text_from(text);
    bool is_first = true;

    while (rest.data) {
        struct text word = text_cut(&rest, ' ');
        if (!is_first && column + 1 + word.length > ADMIN_LINE_WIDTH) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            buffer_add_char(out, ' ');
            column++;
        }
        buffer_add_text(out, word);
        column += word.length;
        is_first = false;
    }
    buffer_add_char(out, '\n');
}

static char *finish(struct arena *arena, const struct buffer *text) {
    size_t length = text->length;

    while (length && text->data[length - 1] == '\n')
        length--;
    return arena_strndup(arena, length ? text->data : "", length);
}

/* A name in the left column, its help in the right one. */
static void row(struct buffer *out, size_t column, const char *name, const char *help) {
    buffer_add_string(out, name);
    if (strlen(name) + 1 > column)
        buffer_printf(out, "\n%*s", (int)column, "");
    else
        buffer_printf(out, "%*s", (int)(column - strlen(name)), "");
    wrap(out, column, column + 2, help);
}

char *admin_help_top(struct arena *arena, const struct neo4j_version *version) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_add_string(&out, "Usage: neo4j-admin [-hV] [--expand-commands] [--verbose] [COMMAND]\n"
                            "Neo4j database administration tool.\n"
                            "      --expand-commands   Allow command expansion in config value evaluation.\n"
                            "  -h, --help              Show this help message and exit.\n"
                            "  -V, --version           Print version information and exit.\n"
                            "      --verbose           Prints additional information.\n"
                            "Commands:\n"
                            "  version   Print version information and exit.\n"
                            "  help      Display help information about the specified command.\n");
    for (size_t i = 0; i < admin_groups_count; i++)
        buffer_printf(&out, "  %-9s %s\n", admin_groups[i].name, admin_groups[i].help);
    buffer_add_string(
        &out,
        "\nEnvironment variables:\n"
        "  NEO4J_CONF    Path to directory which contains neo4j.conf.\n"
        "  NEO4J_DEBUG   Set to anything to enable debug output.\n"
        "  NEO4J_HOME    Neo4j home directory.\n"
        "  HEAP_SIZE     Set JVM maximum heap size during command execution. Takes a number and a unit, for "
        "example 512m.\n"
        "  JAVA_OPTS     Used to pass custom setting to Java Virtual Machine executing the command. Refer to "
        "JVM "
        "documentation\nabout the exact format. This variable is incompatible with HEAP_SIZE and takes "
        "precedence "
        "over HEAP_SIZE.\n");
    return finish(arena, &out);
}

char *admin_help_group(struct arena *arena, const struct neo4j_version *version, const char *group) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    unsigned number = admin_version_number(version);

    buffer_printf(&out, "Usage: neo4j-admin %s [COMMAND]\n", group);
    for (size_t i = 0; i < admin_groups_count; i++)
        if (str_equal(admin_groups[i].name, group))
            buffer_printf(&out, "%s\n", admin_groups[i].help);
    buffer_add_string(&out, "Commands:\n");
    row(&out, LIST_COLUMN, "  help, -h, --help", "Display help information about the specified command.");
    for (size_t i = 0; i < admin_commands_count; i++)
        if (str_equal(admin_commands[i].group, group) &&
            admin_is_in(number, admin_commands[i].since, admin_commands[i].until)) {
            CLEANUP_FREE char *name = xprintf("  %s", admin_commands[i].name);
            row(&out, LIST_COLUMN, name, admin_commands[i].help);
        }
    return finish(arena, &out);
}

char *admin_option_form(struct arena *arena, const struct admin_option *option) {
    switch (option->kind) {
    case OPTION_FLAG:
        return arena_strdup(arena, option->name);
    case OPTION_SWITCH:
        return arena_printf(arena, "%s[=true|false]", option->name);
    case OPTION_VALUE:
    case OPTION_WORD:
        return arena_printf(arena, "%s=%s", option->name, option->label);
    case OPTION_LIST:
        return arena_printf(arena, "%s=%s[,%s...]", option->name, option->label, option->label);
    }
    return NULL;
}

/* ---- one command ---- */

/* Its options and the common ones, in the order of their names. */
static size_t collect(const struct admin_command *command, unsigned number,
                      const struct admin_option **out_options) {
    size_t count = 0;

    for (size_t i = 0; i < ADMIN_OPTIONS_MAX + admin_common_options_count; i++) {
        const struct admin_option *option =
            i < ADMIN_OPTIONS_MAX ? &command->options[i] : &admin_common_options[i - ADMIN_OPTIONS_MAX];
        if (!option->name || !admin_is_in(number, option->since, option->until))
            continue;
        size_t place = count++;
        for (; place && strcmp(out_options[place - 1]->name, option->name) > 0; place--)
            out_options[place] = out_options[place - 1];
        out_options[place] = option;
    }
    return count;
}

/* Flags first, then switches, then what takes a value, then what excludes each other, then the rest. */
static unsigned rank_of(const struct admin_option *option) {
    if (option->exclusive)
        return 4;
    return option->kind == OPTION_FLAG     ? 0
           : option->kind == OPTION_SWITCH ? 1
           : option->kind == OPTION_LIST   ? 3
                                           : 2;
}

static void add_synopsis(struct arena *arena, struct buffer *out, const struct admin_command *command,
                         const struct admin_option *const *options, size_t count) {
    CLEANUP_BUFFER struct buffer line = { 0 };

    buffer_add_string(&line, "[-h]");
    for (unsigned rank = 0; rank < 5; rank++) {
        const struct admin_option *before = NULL;
        for (size_t i = 0; i < count; i++) {
            if (rank_of(options[i]) != rank)
                continue;
            const char *form = admin_option_form(arena, options[i]);
            bool goes_on = rank == 4 && before && before->exclusive == options[i]->exclusive;
            if (rank == 4)
                buffer_printf(&line, goes_on ? "\x01|\x01%s" : "%s[%s",
                              goes_on  ? form
                              : before ? "] "
                                       : " ",
                              goes_on ? "" : form);
            else if (rank == 3)
                buffer_printf(&line, options[i]->is_required ? " %s" : " [%s]...", form);
            else
                buffer_printf(&line, options[i]->is_required ? " %s" : " [%s]", form);
            before = options[i];
        }
        if (rank == 4 && before)
            buffer_add_char(&line, ']');
    }
    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++) {
        const struct admin_parameter *parameter = &command->parameters[i];
        const char *dots = parameter->count_max > 1 ? "..." : "";
        buffer_printf(&line, parameter->count_min ? " %s%s" : " [%s%s]", parameter->label, dots);
    }
    const char *start = arena_printf(arena, "neo4j-admin %s %s ", command->group, command->name);
    buffer_add_string(out, start);
    size_t at = out->length;
    wrap(out, strlen(start), strlen(start), buffer_string(&line));
    for (; at < out->length; at++) /* choices are not broken at their bars */
        if (out->data[at] == '\x01')
            out->data[at] = ' ';
}

static void add_option(struct arena *arena, struct buffer *out, const struct admin_option *option) {
    const char *name = arena_printf(arena, "      %s", admin_option_form(arena, option));

    row(out, HELP_COLUMN, name, option->help);
    if (option->fallback)
        buffer_printf(out, "%*sDefault: %s\n", HELP_COLUMN + 2, "", option->fallback);
}

char *admin_help_command(struct arena *arena, const struct neo4j_version *version,
                         const struct admin_command *command) {
    const struct admin_option *options[ADMIN_OPTIONS_MAX + 8];
    size_t count = collect(command, admin_version_number(version), options);
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_printf(&out, "\n%s\n\nUSAGE\n\n", command->help);
    add_synopsis(arena, &out, command, options, count);
    buffer_add_string(&out, "\nDESCRIPTION\n\n");
    wrap(&out, 0, 0, command->description ? command->description : command->help);
    if (command->parameters[0].label)
        buffer_add_string(&out, "\nPARAMETERS\n\n");
    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++) {
        bool is_optional = !command->parameters[i].count_min;
        CLEANUP_BUFFER struct buffer name = { 0 };
        buffer_printf(&name, "      %s%s%s", is_optional ? "[" : "", command->parameters[i].label,
                      is_optional ? "]" : "");
        row(&out, HELP_COLUMN, buffer_string(&name), command->parameters[i].help);
    }
    buffer_add_string(&out, "\nOPTIONS\n\n");
    for (size_t i = 0, is_done = 0; i < count; i++) {
        if (!is_done && strcmp(options[i]->name, "--help") > 0) {
            row(&out, HELP_COLUMN, "  -h, --help", "Show this help message and exit.");
            is_done = 1;
        }
        add_option(arena, &out, options[i]);
    }
    return finish(arena, &out);
}
