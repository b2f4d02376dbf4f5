#include "sim/neo4j/admin.h"

#include <time.h>

/* What the JVM takes to start and to end. */
enum { START_MS = 1500 };

/* ---- output ---- */

static void say_lines(struct neo4j_process *process, const char *text) {
    struct text rest = text_from(text);

    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        CLEANUP_FREE char *copy = xstrndup(line.data, line.length);
        process->log_line(process->log_context, copy);
    }
}

void admin_say(struct admin *admin, const char *format, ...) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    say_lines(admin->process, buffer_string(&text));
}

/* Only the first line has time and level. */
void admin_log(struct admin *admin, const char *level, const char *logger, const char *format, ...) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    va_list arguments;

    buffer_printf(&text, "[%s] ", logger);
    va_start(arguments, format);
    buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    const char *said = buffer_string(&text), *more = strchr(said, '\n');
    process_log(admin->process, level, "%.*s", more ? (int)(more - said) : (int)text.length, said);
    if (more)
        say_lines(admin->process, more + 1);
}

void admin_end(struct admin *admin, int exit_code) {
    process_exit(admin->process, exit_code);
}

static bool has_frames(const struct admin *admin) {
    return neo4j_version_at_least(&admin->process->version, 2026, 1);
}

const char *admin_reason(const struct admin *admin, const char *text) {
    const char *cause = strstr(text, "\n\n");

    return cause && !has_frames(admin) ? arena_strndup(admin->arena, text, (size_t)(cause - text)) : text;
}

void admin_fail_unframed(struct admin *admin, int exit_code, const char *text) {
    if (admin_flag(admin, "--verbose"))
        admin_say(admin, "org.neo4j.cli.CommandFailedException: %s", text);
    else
        admin_say(admin, "%s\nRun with '--verbose' for a more detailed error message.", text);
    admin_end(admin, exit_code);
}

/* From 2026.01 failures stand in a frame. */
static void end_failed(struct admin *admin, int exit_code, const char *text) {
    static const char frame[] = "-----------------------------------------------------";

    if (!has_frames(admin)) {
        admin_fail_unframed(admin, exit_code, admin_reason(admin, text));
        return;
    }
    admin_say(admin, "%s\nCommand Failed\n%s\n%s", frame, text, frame);
    admin_end(admin, exit_code);
}

void admin_fail(struct admin *admin, const char *format, ...) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    end_failed(admin, ADMIN_EXIT_FAILED, buffer_string(&text));
}

void admin_fail_because(struct admin *admin, int exit_code, const char *what, const char *cause) {
    bool is_told = has_frames(admin);

    end_failed(admin, exit_code, arena_printf(admin->arena, is_told ? "%s\n\n%s" : "%s: %s", what, cause));
}

bool admin_locate(struct admin *admin, const char *text, struct storage_place *out_place) {
    struct error err = { 0 };

    if (storage_locate(admin->process, admin->arena, text, out_place, &err))
        return true;
    admin_fail(admin, "%s: %s", text, err.text);
    return false;
}

bool admin_locate_folder(struct admin *admin, const char *text, struct storage_place *out_place) {
    if (!admin_locate(admin, text, out_place))
        return false;
    if (storage_is_folder(out_place))
        return true;
    admin_fail(admin, "%s is not an existing directory", text);
    return false;
}

void admin_wait(struct admin *admin, int64_t at_ns) {
    admin->process->phase_at_ns = at_ns;
    process_wake(admin->process);
}

/* ---- life ---- */

void admin_start(struct neo4j_process *process, const struct json *words) {
    struct arena *arena = arena_new();
    struct admin *admin = ARENA_NEW(arena, struct admin);
    const char *text;
    int exit_code;

    *admin = (struct admin){ .process = process, .arena = arena };
    process->admin = admin;
    process_enter(process, PHASE_ADMIN);
    process->phase_at_ns = process->now_ns + START_MS * MS_NS;
    if (admin_arguments_parse(arena, &process->version, words, &admin->arguments, &exit_code, &text))
        return;
    say_lines(process, text);
    admin_end(admin, exit_code);
}

void admin_free(struct admin *admin) {
    if (admin)
        arena_free(admin->arena);
}

static bool check_additional_config(struct admin *admin) {
    const char *path = admin_value(admin, "--additional-config");
    struct storage_place place;

    if (!path)
        return true;
    if (!admin_locate(admin, path, &place))
        return false;
    if (storage_read(&place))
        return true;
    admin_fail_unframed(admin, ADMIN_EXIT_FAILED, arena_printf(admin->arena, "File %s does not exist", path));
    return false;
}

/* What every command begins with when it is --verbose. */
static void say_circumstances(struct admin *admin) {
    admin_say(admin,
              "neo4j %s\nVM Name: OpenJDK 64-Bit Server VM\nVM Vendor: Eclipse Adoptium\nVM Version: %s\n"
              "JIT compiler: HotSpot 64-Bit Tiered Compilers\nVM Arguments: [-Dfile.encoding=UTF-8]\n"
              "Configuration files used (ordered by "
              "priority):\n/var/lib/neo4j/conf/neo4j.conf\n--------------------",
              admin->process->version.text,
              neo4j_version_is_calendar(&admin->process->version) ? "21.0.8+9-LTS" : "17.0.16+8");
}

void admin_tick(struct neo4j_process *process) {
    struct admin *admin = process->admin;

    if (process->now_ns < process->phase_at_ns)
        return;
    process->phase_at_ns = INT64_MAX;
    if (admin->has_begun) {
        admin_backup_tick(admin);
        return;
    }
    admin->has_begun = true;
    if (admin_flag(admin, "--verbose"))
        say_circumstances(admin);
    if (check_additional_config(admin))
        admin->arguments.command->run(admin);
}

void admin_receive(struct neo4j_process *process, const struct json *message) {
    if (process->admin->backup)
        admin_backup_receive(process->admin, message);
}
