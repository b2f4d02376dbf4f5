/* Usage texts, laid out as picocli does it for the real tool. */
#include "sim/neo4j/admin.h"

/* Options and lists of commands: how wide a name may be that the right column goes past, and what is about
 * it. */
enum { LEFT_INDENT = 6, OPTION_WIDTH_MAX = 20, OPTION_MARGIN = LEFT_INDENT + 3, COMMAND_MARGIN = 4 };

/* Up to where a line may be broken: after blanks, before a bracket that goes on a word (Java's
 * BreakIterator). */
static size_t piece_length(const char *text) {
    size_t length = strcspn(text, " \n[");

    if (!length && *text == '[')
        length = strspn(text, "[") + strcspn(text + strspn(text, "["), " \n[");
    return length + strspn(text + length, " ");
}

/* Adds text from column on, in lines that end before the line's width with their last blank; each line but
 * the first is indented, those that the text itself begins at column. */
static void wrap(struct buffer *out, size_t column, size_t indent, const char *text) {
    size_t start = column;

    for (size_t length; *text; text += length) {
        if (*text == '\n') {
            buffer_printf(out, "\n%*s", (int)start, "");
            column = start;
            length = 1;
            continue;
        }
        length = piece_length(text);
        if (column + length > ADMIN_LINE_WIDTH && column > indent) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        buffer_add(out, text, length);
        column += length;
    }
    buffer_add_char(out, '\n');
}

/* Lines end without blanks, the text without empty lines. */
static char *finish(struct arena *arena, const struct buffer *text) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct text rest = { text->data, text->length };
    size_t end = 0;

    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        while (line.length && line.data[line.length - 1] == ' ')
            line.length--;
        buffer_add_text(&out, line);
        end = line.length ? out.length : end;
        buffer_add_char(&out, '\n');
    }
    return arena_strndup(arena, end ? out.data : "", end);
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
        if (admin_is_in(admin_version_number(version), admin_groups[i].since, 0))
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

/* Before the options of a command stands help, in the list of its group also where that is not there. */
static const char *help_in_list(const struct admin_command *command) {
    return command->help ? command->help : command->description;
}

char *admin_help_group(struct arena *arena, const struct neo4j_version *version, const char *group) {
    static const char first[] = "help, -h, --help";
    CLEANUP_BUFFER struct buffer out = { 0 };
    unsigned number = admin_version_number(version);
    size_t column = strlen(first);

    buffer_printf(&out, "Usage: neo4j-admin %s [COMMAND]\n", group);
    for (size_t i = 0; i < admin_groups_count; i++)
        if (str_equal(admin_groups[i].name, group))
            buffer_printf(&out, "%s\n", admin_groups[i].help);
    for (size_t i = 0; i < admin_commands_count; i++)
        if (admin_is_of(&admin_commands[i], group, number) && strlen(admin_commands[i].name) > column)
            column = strlen(admin_commands[i].name);
    column += COMMAND_MARGIN;
    buffer_printf(&out, "Commands:\n  %-*sDisplay help information about the specified command.\n",
                  (int)column - 2, first);
    for (size_t i = 0; i < admin_commands_count; i++)
        if (admin_is_of(&admin_commands[i], group, number))
            row(&out, column, arena_printf(arena, "  %s", admin_commands[i].name),
                help_in_list(&admin_commands[i]));
    return finish(arena, &out);
}

static char *form_with_name(struct arena *arena, const struct admin_option *option, const char *name) {
    switch (option->kind) {
    case OPTION_FLAG:
        return arena_strdup(arena, name);
    case OPTION_SWITCH:
        return arena_printf(arena, "%s[=true|false]", name);
    case OPTION_VALUE:
    case OPTION_WORD:
        return arena_printf(arena, "%s=%s", name, option->label);
    case OPTION_LIST:
        return arena_printf(arena, "%s=%s[,%s...]", name, option->label, option->label);
    }
    return NULL;
}

char *admin_option_form(struct arena *arena, const struct admin_option *option) {
    return form_with_name(arena, option, option->name);
}

/* "-a", else "--to-path" */
static const char *shortest_name(const struct admin_option *option) {
    return option->short_name ? option->short_name : option->name;
}

/* What names are sorted by. */
static const char *sort_key(const struct admin_option *option) {
    return shortest_name(option) + strspn(shortest_name(option), "-");
}

/* ---- one command ---- */

/* Its options and the common ones, in the order of their names, or as the table has them. */
static size_t collect(const struct admin_command *command, unsigned number, bool is_sorted,
                      const struct admin_option **out_options) {
    size_t count = 0;

    for (size_t i = 0; i < admin_common_options_count + ADMIN_OPTIONS_MAX; i++) {
        const struct admin_option *option = i < admin_common_options_count
                                                ? &admin_common_options[i]
                                                : &command->options[i - admin_common_options_count];
        bool is_taken = i >= admin_common_options_count || admin_takes(command, option);
        if (!option->name || !is_taken || !admin_is_in(number, option->since, option->until))
            continue;
        size_t place = count++;
        for (; is_sorted && place && strcmp(sort_key(out_options[place - 1]), sort_key(option)) > 0; place--)
            out_options[place] = out_options[place - 1];
        out_options[place] = option;
    }
    return count;
}

/* Flags first, those of one letter before all, then switches, then what takes a value; the choices come last,
 * apart. */
enum { LIST_RANK = 4, CHOICE_RANK };
static unsigned rank_of(const struct admin_command *command, const struct admin_option *option) {
    if (option->exclusive || (command->choice && strstr(command->choice, option->name)))
        return CHOICE_RANK;
    switch (option->kind) {
    case OPTION_FLAG:
        return option->short_name ? 0 : 1;
    case OPTION_SWITCH:
        return 2;
    case OPTION_VALUE:
    case OPTION_WORD:
        return 3;
    case OPTION_LIST:
        return LIST_RANK;
    }
    return CHOICE_RANK;
}

char *admin_choice(struct arena *arena, const struct admin_command *command, unsigned number,
                   unsigned group) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    if (command->choice && group == 1)
        return arena_strdup(arena, command->choice);
    for (size_t i = 0; i < ADMIN_OPTIONS_MAX && command->options[i].name; i++) {
        const struct admin_option *option = &command->options[i];
        if (option->exclusive == group && admin_is_in(number, option->since, option->until))
            buffer_printf(&out, "%s%s", out.length ? " | " : "[", admin_option_form(arena, option));
    }
    return out.length ? arena_printf(arena, "%s]", buffer_string(&out)) : NULL;
}

static void add_synopsis(struct arena *arena, struct buffer *out, const struct admin_command *command,
                         unsigned number, const struct admin_option *const *options, size_t count) {
    CLEANUP_BUFFER struct buffer line = { 0 };

    for (unsigned rank = 0; rank < CHOICE_RANK; rank++)
        for (size_t i = 0; i < count; i++) {
            const char *form = form_with_name(arena, options[i], shortest_name(options[i]));
            if (rank_of(command, options[i]) == rank)
                buffer_printf(&line,
                              options[i]->is_required ? "%s%s"
                              : rank == LIST_RANK     ? "%s[%s]..."
                                                      : "%s[%s]",
                              line.length ? " " : "", form);
        }
    for (unsigned group = 1; group <= ADMIN_EXCLUSIVE_MAX; group++) {
        const char *choice = admin_choice(arena, command, number, group);
        if (choice)
            buffer_printf(&line, " %s", choice);
    }
    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++) {
        const struct admin_parameter *parameter = &command->parameters[i];
        const char *dots = parameter->count_max > 1 ? "..." : "";
        buffer_printf(&line, parameter->count_min ? " %s%s" : " [%s%s]", parameter->label, dots);
    }
    if (command->has_commands)
        buffer_add_string(&line, " [COMMAND]");
    const char *start = arena_printf(arena, "neo4j-admin %s %s ", command->group, command->name);
    buffer_add_string(out, start);
    wrap(out, strlen(start), strlen(start), buffer_string(&line));
}

/* "      --to-path=<path>", "  -a, --uri, --address=<address>" */
static char *left_of(struct arena *arena, const struct admin_option *option) {
    const char *form = admin_option_form(arena, option);

    return option->short_name
               ? arena_printf(arena, "  %s, %s%s", option->short_name,
                              option->other_name ? arena_printf(arena, "%s, ", option->other_name) : "", form)
               : arena_printf(arena, "      %s", form);
}

static void add_row(struct arena *arena, struct buffer *out, size_t column, const char *left,
                    const char *help, const char *fallback) {
    if (!fallback)
        row(out, column, left, help);
    else if (*help)
        row(out, column, left, arena_printf(arena, "%s\n  Default: %s", help, fallback));
    else /* two further right, as if it went on */
        buffer_printf(out, "%-*sDefault: %s\n", (int)column + 2, left, fallback);
}

static const char *parameter_name(struct arena *arena, const struct admin_parameter *parameter) {
    return parameter->count_min
               ? parameter->label
               : arena_printf(arena, "[%s%s]", parameter->label, parameter->count_max > 1 ? "..." : "");
}

/* The right column begins where the longest name in the left one ends that is not too long. */
static size_t right_column(struct arena *arena, const struct admin_command *command,
                           const struct admin_option *const *options, size_t count) {
    size_t width = 0;

    for (size_t i = 0; i < count + ADMIN_PARAMETERS_MAX; i++) {
        const struct admin_parameter *parameter = i < count ? NULL : &command->parameters[i - count];
        if (parameter && !parameter->label)
            break;
        const char *name =
            parameter ? parameter_name(arena, parameter) : left_of(arena, options[i]) + LEFT_INDENT;
        size_t length = strlen(name);
        if (length <= OPTION_WIDTH_MAX && length > width)
            width = length;
    }
    return width + OPTION_MARGIN;
}

char *admin_help_command(struct arena *arena, const struct neo4j_version *version,
                         const struct admin_command *command) {
    const struct admin_option *options[ADMIN_OPTIONS_MAX + 8];
    unsigned number = admin_version_number(version);
    size_t count = collect(command, number, true, options);
    size_t column = right_column(arena, command, options, count);
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_printf(&out, "\n%s\n\nUSAGE\n\n", command->help ? command->help : "");
    add_synopsis(arena, &out, command, number, options, count);
    buffer_add_string(&out, "\nDESCRIPTION\n\n");
    wrap(&out, 0, 0, command->description ? command->description : command->help);
    if (command->parameters[0].label)
        buffer_add_string(&out, "\nPARAMETERS\n\n");
    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++)
        add_row(arena, &out, column,
                arena_printf(arena, "      %s", parameter_name(arena, &command->parameters[i])),
                command->parameters[i].help, command->parameters[i].fallback);
    buffer_add_string(&out, "\nOPTIONS\n\n");
    count = collect(command, number, !command->is_in_order, options);
    for (size_t i = 0; i < count; i++)
        add_row(arena, &out, column, left_of(arena, options[i]), options[i]->help, options[i]->fallback);
    return finish(arena, &out);
}
