#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 64 * 1024 };

static void close_descriptor(int *descriptor) {
    int saved = errno;

    if (*descriptor >= 0)
        (void)close(*descriptor);
    errno = saved;
}
#define CLEANUP_DESCRIPTOR CLEANUP(close_descriptor)

static bool system_error(struct error *err, const char *act, const char *path) {
    int code = errno;
    enum error_kind kind = code == ENOENT   ? ERROR_NOT_FOUND
                           : code == EACCES ? ERROR_FORBIDDEN
                                            : ERROR_INTERNAL;

    return error_set(err, kind, "%s %s: %s", act, path, strerrordesc_np(code));
}

static bool read_all(int descriptor, const char *path, size_t bytes_max, struct buffer *out,
                     struct error *err) {
    size_t start = out->length;

    for (;;) {
        buffer_reserve(out, READ_STEP_BYTES);
        ssize_t got = read(descriptor, out->data + out->length, READ_STEP_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error(err, "read", path);
        out->length += (size_t)got;
        out->data[out->length] = '\0';
        if (out->length - start > bytes_max)
            return error_set(err, ERROR_INVALID, "read %s: larger than %zu bytes", path, bytes_max);
        if (got == 0)
            return true;
    }
}

bool file_read_descriptor(int descriptor, const char *path, size_t bytes_max, struct buffer *out,
                          struct error *err) {
    size_t before = out->length;

    if (read_all(descriptor, path, bytes_max, out, err))
        return true;
    out->length = before;
    out->data[before] = '\0';
    return false;
}

bool file_read(const char *path, size_t bytes_max, struct buffer *out, struct error *err) {
    CLEANUP_DESCRIPTOR int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0)
        return system_error(err, "open", path);
    return file_read_descriptor(descriptor, path, bytes_max, out, err);
}

static bool write_all(int descriptor, struct text content) {
    while (content.length) {
        ssize_t written = write(descriptor, content.data, content.length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            content = (struct text){ content.data + written, content.length - (size_t)written };
    }
    return true;
}

/* Whoever reads path sees the old content or the new, also after a power failure. */
bool file_write(const char *path, struct text content, unsigned mode, struct error *err) {
    CLEANUP_FREE char *beside = xprintf("%s.XXXXXX", path);
    CLEANUP_DESCRIPTOR int descriptor = mkostemp(beside, O_CLOEXEC);

    if (descriptor < 0)
        return system_error(err, "create a file beside", path);
    if (write_all(descriptor, content) && fchmod(descriptor, (mode_t)mode) == 0 && fsync(descriptor) == 0 &&
        rename(beside, path) == 0)
        return true;
    (void)system_error(err, "write", path);
    (void)unlink(beside);
    return false;
}
