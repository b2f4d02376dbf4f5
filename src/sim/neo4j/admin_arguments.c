/* The command line as picocli reads it. Sources: picocli, user manual, options and positional parameters; the
 * messages were seen with Community 5.26.30 and 2026.08.1. */
#include "sim/neo4j/admin.h"

struct reading {
    struct arena *arena;
    const struct neo4j_version *version;
    unsigned number;
    const struct json *words;
    size_t next;
    struct admin_arguments *out;
    const char *error;   /* in arena */
    const char *unknown; /* the option that error is about, when it is none of the command */
};

static bool fail(struct reading *reading, const char *format, ...) PRINTF_LIKE(2, 3);
static bool fail(struct reading *reading, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    reading->error = arena_vprintf(reading->arena, format, arguments);
    va_end(arguments);
    return false;
}

static const char *word_at(const struct reading *reading, size_t index) {
    return json_string(json_item(reading->words, index), NULL);
}

/* ---- options ---- */

static bool is_named(const struct admin_option *option, struct text name) {
    return text_is(name, option->name) || (option->short_name && text_is(name, option->short_name)) ||
           (option->other_name && text_is(name, option->other_name));
}

/* name is cut at "=". */
static const struct admin_option *find_option(const struct reading *reading, struct text name) {
    const struct admin_command *command = reading->out->command;

    for (size_t i = 0; i < ADMIN_OPTIONS_MAX && command->options[i].name; i++)
        if (is_named(&command->options[i], name) &&
            admin_is_in(reading->number, command->options[i].since, command->options[i].until))
            return &command->options[i];
    for (size_t i = 0; i < admin_common_options_count; i++)
        if (is_named(&admin_common_options[i], name) && admin_takes(command, &admin_common_options[i]))
            return &admin_common_options[i];
    return NULL;
}

static bool is_truth(const char *word) {
    return word && (!strcasecmp(word, "true") || !strcasecmp(word, "false"));
}

static bool set_switch(struct reading *reading, const struct admin_option *option, const char *value) {
    if (value && !is_truth(value))
        return fail(reading, "Invalid value for option '%s': '%s' is not a boolean", option->name, value);
    if (!value && is_truth(word_at(reading, reading->next)))
        value = word_at(reading, reading->next++);
    json_set_string(reading->arena, reading->out->options, option->name,
                    !value || !strcasecmp(value, "true") ? "true" : "false");
    return true;
}

/* The word of a list "A|B" that value is, in the list's case; NULL: none. From 2025.10 users may be named. */
static const char *find_word(const struct reading *reading, const struct admin_option *option,
                             const char *value) {
    struct text rest = text_from(option->words);

    while (rest.data) {
        struct text word = text_cut(&rest, '|');
        if (word.length == strlen(value) && !strncasecmp(word.data, value, word.length))
            return arena_strndup(reading->arena, word.data, word.length);
    }
    if (str_equal(option->name, "--include-metadata") && reading->number >= 202510 &&
        str_starts_with(value, "users="))
        return value;
    return NULL;
}

static bool set_word(struct reading *reading, const struct admin_option *option, const char *value) {
    const char *word = find_word(reading, option, value);
    CLEANUP_BUFFER struct buffer list = { 0 };
    struct text rest = text_from(option->words);

    if (word) {
        json_set_string(reading->arena, reading->out->options, option->name, word);
        return true;
    }
    if (str_equal(option->words, "text|json"))
        return fail(
            reading,
            "Invalid value for option '%s': Invalid format '%s'. Supported options are 'text' or 'json'",
            option->name, value);
    while (rest.data) {
        struct text one = text_cut(&rest, '|');
        buffer_printf(&list, "%s%.*s", list.length ? ", " : "", TEXT_ARGS(one));
    }
    return fail(reading,
                "Invalid value for option '%s': expected one of [%s] (case-insensitive) but was '%s'",
                option->name, buffer_string(&list), value);
}

static void add_to_list(struct reading *reading, const struct admin_option *option, const char *value) {
    struct json *list = json_get(reading->out->options, option->name);
    struct text rest = text_from(value);

    if (!list)
        list = json_set_array(reading->arena, reading->out->options, option->name);
    while (rest.data) {
        struct text one = text_cut(&rest, ',');
        json_append_string(reading->arena, list, arena_strndup(reading->arena, one.data, one.length));
    }
}

static bool fail_twice(struct reading *reading, const struct admin_option *option, const char *value) {
    const char *choice = option->exclusive ? admin_choice(reading->arena, reading->out->command,
                                                          reading->number, option->exclusive)
                                           : NULL;

    if (!choice)
        return fail(reading, "option '%s' (%s) should be specified only once", option->name, option->label);
    return fail(reading, "Error: expected only one match but got %s={%s=%s} and %s={%s=%s}", choice,
                option->name, json_string_at(reading->out->options, option->name, ""), choice, option->name,
                value);
}

static bool take_option(struct reading *reading, const char *word) {
    struct text rest = text_from(word), name = text_cut(&rest, '=');
    const struct admin_option *option = find_option(reading, name);
    const char *value = rest.data;

    if (!option)
        return fail(reading, "Unknown option: '%s'", word);
    if (option->kind == OPTION_FLAG) {
        if (value && !is_truth(value))
            return fail(reading, "Invalid value for option '%s': '%s' is not a boolean", option->name, value);
        json_set_string(reading->arena, reading->out->options, option->name,
                        !value || !strcasecmp(value, "true") ? "true" : "false");
        return true;
    }
    if (option->kind == OPTION_SWITCH)
        return set_switch(reading, option, value);
    if (!value)
        value = word_at(reading, reading->next);
    if (!value || (!rest.data && *value == '-' && find_option(reading, text_from(value))))
        return value ? fail(reading, "Expected parameter for option '%s' but found '%s'", option->name, value)
                     : fail(reading, "Missing required parameter for option '%s' (%s)", option->name,
                            option->label);
    reading->next += rest.data == NULL;
    if (option->kind == OPTION_WORD)
        return set_word(reading, option, value);
    if (option->kind == OPTION_LIST)
        add_to_list(reading, option, value);
    else if (json_get(reading->out->options, option->name))
        return fail_twice(reading, option, value);
    else
        json_set_string(reading->arena, reading->out->options, option->name, value);
    return true;
}

/* ---- what is missing, or too much ---- */

static bool is_given(const struct reading *reading, const struct admin_option *option) {
    return admin_is_in(reading->number, option->since, option->until) &&
           json_get(reading->out->options, option->name);
}

static bool check_options(struct reading *reading) {
    const struct admin_option *options = reading->out->command->options;

    for (size_t i = 0; i < ADMIN_OPTIONS_MAX && options[i].name; i++) {
        if (options[i].is_required && admin_is_in(reading->number, options[i].since, options[i].until) &&
            !is_given(reading, &options[i]))
            return fail(reading, "Missing required option: '%s'",
                        admin_option_form(reading->arena, &options[i]));
        for (size_t k = 0; options[i].exclusive && k < i; k++)
            if (options[k].exclusive == options[i].exclusive && is_given(reading, &options[i]) &&
                is_given(reading, &options[k]))
                return fail(reading, "Error: %s, %s are mutually exclusive (specify only one)",
                            admin_option_form(reading->arena, &options[k]),
                            admin_option_form(reading->arena, &options[i]));
    }
    return true;
}

static size_t count_parameters(const struct admin_command *command, bool is_max) {
    size_t sum = 0;

    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++) {
        size_t count = is_max ? command->parameters[i].count_max : command->parameters[i].count_min;
        sum = count == SIZE_MAX ? SIZE_MAX : sum + count;
    }
    return sum;
}

static bool take_parameter(struct reading *reading, const char *word) {
    if (json_length(reading->out->parameters) >= count_parameters(reading->out->command, true))
        return fail(reading, "Unmatched argument at index %zu: '%s'", reading->next - 1, word);
    json_append_string(reading->arena, reading->out->parameters, word);
    return true;
}

static bool check_parameters(struct reading *reading) {
    const struct admin_command *command = reading->out->command;
    size_t given = json_length(reading->out->parameters), missing = 0;
    CLEANUP_BUFFER struct buffer labels = { 0 };

    for (size_t i = 0; i < ADMIN_PARAMETERS_MAX && command->parameters[i].label; i++) {
        const struct admin_parameter *parameter = &command->parameters[i];
        if (parameter->count_min && i >= given) {
            buffer_printf(&labels, "%s'%s'", missing ? ", " : "", parameter->label);
            missing++;
        }
    }
    return !missing ||
           fail(reading, "Missing required parameter%s: %s", missing > 1 ? "s" : "", buffer_string(&labels));
}

static bool is_help(const char *word) {
    return str_equal(word, "-h") || str_equal(word, "--help");
}

/* What looks like an option but is none may be a parameter only after "--": so a password that begins with a
 * dash is taken for an unknown option, and the parameter is what is then missed first. */
static bool read_rest(struct reading *reading) {
    const char *word;
    const char *unknown = NULL;
    bool has_ended = false;

    while ((word = word_at(reading, reading->next))) {
        reading->next++;
        if (!has_ended && str_equal(word, "--"))
            has_ended = true;
        else if (!has_ended && is_help(word))
            reading->out->wants_help = true;
        else if (!has_ended && word[0] == '-' && word[1]) {
            struct text rest = text_from(word);
            if (!find_option(reading, text_cut(&rest, '='))) {
                unknown = unknown ? unknown : word;
                continue;
            }
            if (!take_option(reading, word))
                return false;
        } else if (!take_parameter(reading, word))
            return false;
    }
    if (reading->out->wants_help)
        return true;
    if (!check_options(reading) || !check_parameters(reading))
        return false;
    reading->unknown = unknown;
    return !unknown || fail(reading, "Unknown option: '%s'", unknown);
}

/* ---- the words before ---- */

static bool answer(struct reading *reading, int *out_exit_code, const char **out_text, int exit_code,
                   const char *first, const char *help) {
    *out_exit_code = exit_code;
    *out_text = first ? arena_printf(reading->arena, "%s\n%s", first, help) : help;
    return false;
}

static const struct admin_command *find_command(const struct reading *reading, const char *group,
                                                const char *name) {
    for (size_t i = 0; i < admin_commands_count; i++)
        if (str_equal(admin_commands[i].name, name) &&
            admin_is_of(&admin_commands[i], group, reading->number))
            return &admin_commands[i];
    return NULL;
}

static bool is_group(const struct reading *reading, const char *word) {
    for (size_t i = 0; i < admin_groups_count; i++)
        if (str_equal(admin_groups[i].name, word))
            return admin_is_in(reading->number, admin_groups[i].since, 0);
    return false;
}

/* A word that is no command: those that are like it, or the help. group: NULL: of all groups. */
static bool answer_unmatched(struct reading *reading, int *out_exit_code, const char **out_text, size_t index,
                             const char *group, const char *help) {
    const char *near = admin_suggest(reading->arena, reading->number, group, word_at(reading, index));
    bool is_one = index + 1 == json_length(reading->words);
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_printf(&text,
                  is_one ? "Unmatched argument at index %zu:" : "Unmatched arguments from index %zu:", index);
    for (size_t i = index; word_at(reading, i); i++)
        buffer_printf(&text, "%s '%s'", i > index ? "," : "", word_at(reading, i));
    return answer(reading, out_exit_code, out_text, ADMIN_EXIT_NO_COMMAND, buffer_string(&text),
                  near ? near : help);
}

static bool read_top(struct reading *reading, int *out_exit_code, const char **out_text) {
    struct arena *arena = reading->arena;
    const char *word = word_at(reading, 0);
    const char *help = admin_help_top(arena, reading->version);

    if (!word)
        return answer(reading, out_exit_code, out_text, ADMIN_EXIT_NO_COMMAND, NULL, help);
    if (is_help(word) || str_equal(word, "help"))
        return answer(reading, out_exit_code, out_text, 0, NULL,
                      word_at(reading, 1) && is_group(reading, word_at(reading, 1))
                          ? admin_help_group(arena, reading->version, word_at(reading, 1))
                          : help);
    if (str_equal(word, "--version") || str_equal(word, "-V"))
        return answer(reading, out_exit_code, out_text, 0, NULL, reading->version->text);
    if (str_equal(word, "version"))
        return answer(reading, out_exit_code, out_text, 0, NULL,
                      arena_printf(arena, "neo4j %s", reading->version->text));
    if (*word == '-')
        return answer(reading, out_exit_code, out_text, ADMIN_EXIT_NO_COMMAND,
                      arena_printf(arena, "Unknown option: '%s'", word), help);
    return answer_unmatched(reading, out_exit_code, out_text, 0, NULL, help);
}

static bool read_group(struct reading *reading, const char *group, int *out_exit_code,
                       const char **out_text) {
    struct arena *arena = reading->arena;
    const char *word = word_at(reading, reading->next);
    const char *help = admin_help_group(arena, reading->version, group);
    const struct admin_command *command;

    if (!word)
        return answer(reading, out_exit_code, out_text, ADMIN_EXIT_NO_COMMAND, "Missing required subcommand",
                      help);
    if (is_help(word) || str_equal(word, "help")) {
        const char *name = word_at(reading, reading->next + 1);
        command = name ? find_command(reading, group, name) : NULL;
        return answer(reading, out_exit_code, out_text, 0, NULL,
                      command ? admin_help_command(arena, reading->version, command) : help);
    }
    return answer_unmatched(reading, out_exit_code, out_text, reading->next, group, help);
}

bool admin_arguments_parse(struct arena *arena, const struct neo4j_version *version, const struct json *words,
                           struct admin_arguments *out_arguments, int *out_exit_code, const char **out_text) {
    struct reading reading = { .arena = arena,
                               .version = version,
                               .number = admin_version_number(version),
                               .words = words,
                               .out = out_arguments };

    *out_arguments =
        (struct admin_arguments){ .options = json_new_object(arena), .parameters = json_new_array(arena) };
    /* These two may stand before the command. */
    while (str_equal(word_at(&reading, reading.next), "--verbose") ||
           str_equal(word_at(&reading, reading.next), "--expand-commands"))
        json_set_string(arena, out_arguments->options, word_at(&reading, reading.next++), "true");
    const char *group = word_at(&reading, reading.next);
    if (!group || !is_group(&reading, group))
        return read_top(&reading, out_exit_code, out_text);
    reading.next++;
    const char *name = word_at(&reading, reading.next);
    out_arguments->command = name ? find_command(&reading, group, name) : NULL;
    if (!out_arguments->command)
        return read_group(&reading, group, out_exit_code, out_text);
    reading.next++;
    if (out_arguments->command->run == admin_other_run)
        return true;
    if (read_rest(&reading) && !out_arguments->wants_help)
        return true;
    const char *near = reading.unknown ? admin_suggest_options(arena, reading.number, out_arguments->command,
                                                               reading.unknown)
                                       : NULL;
    return answer(&reading, out_exit_code, out_text, reading.error ? ADMIN_EXIT_USAGE : 0, reading.error,
                  near ? near : admin_help_command(arena, version, out_arguments->command));
}

/* ---- what was given ---- */

const char *admin_value(const struct admin *admin, const char *option) {
    return json_string(json_get(admin->arguments.options, option), NULL);
}

bool admin_flag(const struct admin *admin, const char *option) {
    return str_equal(admin_value(admin, option), "true");
}

const struct json *admin_list(const struct admin *admin, const char *option) {
    return json_get(admin->arguments.options, option);
}

const char *admin_parameter(const struct admin *admin, size_t index) {
    return json_string(json_item(admin->arguments.parameters, index), NULL);
}
