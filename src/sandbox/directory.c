#include "sandbox/directory.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_FILE_BYTES_MAX = 4096, STAT_BYTES_MAX = 4096, STAT_START_FIELD = 22, KILLED_WAIT_MS = 5000 };

/* ---- the directory ---- */

bool directory_make(struct arena *arena, const char *path, char **out_path, struct error *err) {
    if (mkdir(path, 0700) && errno != EEXIST)
        return error_set(err, ERROR_INTERNAL, "can't make the directory %s: %s", path, strerror(errno));
    char *absolute = realpath(path, NULL);
    if (!absolute)
        return error_set(err, ERROR_INTERNAL, "can't find the directory %s: %s", path, strerror(errno));
    *out_path = arena_strdup(arena, absolute);
    free(absolute);
    return true;
}

char *directory_file(struct arena *arena, const char *directory, const char *file) {
    return arena_printf(arena, "%s/%s", directory, file);
}

static void remove_file(const char *directory, const char *file) {
    CLEANUP_FREE char *path = xprintf("%s/%s", directory, file);
    (void)unlink(path);
}

void directory_remove(const char *directory) {
    static const char *const files[] = { DIRECTORY_KUBECONFIG, DIRECTORY_LOG, DIRECTORY_PID, OPERATOR_LOG,
                                         OPERATOR_PID };
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        remove_file(directory, files[i]);
    (void)rmdir(directory);
}

/* ---- who runs ---- */

/* When the process started, in ticks since the machine did: with the id it names one process for ever. False
 * when there is no such process, or it has ended and only waits for its parent. Source: proc(5),
 * /proc/PID/stat. */
static bool start_time(pid_t process, int64_t *out_ticks) {
    CLEANUP_FREE char *path = xprintf("/proc/%d/stat", (int)process);
    CLEANUP_BUFFER struct buffer stat = { 0 };
    if (!file_read(path, STAT_BYTES_MAX, &stat, NULL))
        return false;
    /* The second field is the program's name in parentheses, which may hold anything. */
    const char *end = strrchr(buffer_string(&stat), ')');
    if (!end || end[1] != ' ' || end[2] == 'Z' || end[2] == 'X')
        return false;
    struct text rest = text_from(end + 2), field = { 0 };
    for (int i = 3; i <= STAT_START_FIELD; i++)
        field = text_cut(&rest, ' ');
    return parse_int64(field, out_ticks);
}

bool directory_record(const char *directory, const char *file, pid_t process, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *record = json_new_object(arena);
    int64_t ticks;
    if (!start_time(process, &ticks))
        return error_set(err, ERROR_INTERNAL, "process %d has ended", (int)process);
    json_set_integer(arena, record, "process", process);
    json_set_integer(arena, record, "startTime", ticks);
    const char *text = arena_printf(arena, "%s\n", json_print(arena, record));
    return file_write(directory_file(arena, directory, file), text_from(text), 0600, err);
}

pid_t directory_running(const char *directory, const char *file) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *record;
    int64_t ticks;

    if (!file_read(directory_file(arena, directory, file), PID_FILE_BYTES_MAX, &text, NULL) ||
        !json_parse(arena, text_trim(buffer_text(&text)), NULL, &record, NULL))
        return 0;
    pid_t process = (pid_t)json_integer_at(record, "process", 0);
    if (process <= 0 || !start_time(process, &ticks) || ticks != json_integer_at(record, "startTime", -1))
        return 0;
    return process;
}

void directory_forget(const char *directory, const char *file) {
    remove_file(directory, file);
}

static bool ends_within(int handle, int timeout_ms) {
    struct pollfd poll_handle = { .fd = handle, .events = POLLIN };
    return poll(&poll_handle, 1, timeout_ms) == 1;
}

bool directory_stop(const char *directory, const char *file, int timeout_ms) {
    pid_t process = directory_running(directory, file);
    if (!process)
        return false;
    /* A handle stays with this process and no other, also when its id is given away. */
    int handle = pidfd_open(process, 0);
    /* Looked at again with the handle in hand: it is the recorded one, or none. */
    if (handle < 0 || directory_running(directory, file) != process) {
        if (handle >= 0)
            close(handle);
        return false;
    }
    (void)pidfd_send_signal(handle, SIGTERM, NULL, 0);
    if (!ends_within(handle, timeout_ms)) {
        (void)pidfd_send_signal(handle, SIGKILL, NULL, 0);
        (void)ends_within(handle, KILLED_WAIT_MS);
    }
    close(handle);
    directory_forget(directory, file);
    return true;
}
