#include "test.h"

#include "base/arena.h"
#include "base/file.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder that is gone, with all in it, at the end of the scope. */
struct folder {
    char path[64];
};

static struct folder folder_new(void) {
    struct folder folder = { "/tmp/test_file_XXXXXX" };

    assert_non_null(mkdtemp(folder.path));
    return folder;
}

static size_t folder_clear_files(const char *path) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        if (entry->d_name[0] != '.' && unlink(arena_printf(arena, "%s/%s", path, entry->d_name)) == 0)
            count++;
    (void)closedir(directory);
    return count;
}

static void folder_clear(struct folder *folder) {
    (void)folder_clear_files(folder->path);
    (void)rmdir(folder->path);
}

TEST("a file is written with its mode and read back") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(folder_clear) struct folder folder = folder_new();
    CLEANUP_BUFFER struct buffer content = { 0 };
    char *path = arena_printf(arena, "%s/config", folder.path);
    struct error err = { 0 };
    struct stat status;

    assert_true(file_write(path, TEXT("first\0part"), 0600, &err));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_true(file_read(path, 100, &content, &err));
    assert_int_equal(content.length, 10);
    assert_memory_equal(content.data, "first\0part", 11);
    assert_int_equal(err.kind, ERROR_NONE);
}

TEST("writing replaces a file and leaves nothing beside it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(folder_clear) struct folder folder = folder_new();
    CLEANUP_BUFFER struct buffer content = { 0 };
    char *path = arena_printf(arena, "%s/config", folder.path);

    assert_true(file_write(path, TEXT("long content"), 0644, NULL));
    assert_true(file_write(path, TEXT("new"), 0644, NULL));
    assert_true(file_read(path, 100, &content, NULL));
    assert_string_equal(buffer_string(&content), "new");
    assert_int_equal(folder_clear_files(folder.path), 1);
}

TEST("a file larger than the limit is an error, one of just that size is not") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(folder_clear) struct folder folder = folder_new();
    CLEANUP_BUFFER struct buffer content = { 0 };
    char *path = arena_printf(arena, "%s/large", folder.path);
    struct error err = { 0 };
    size_t size = 200000;

    assert_true(file_write(path, (struct text){ arena_alloc(arena, size), size }, 0644, NULL));
    buffer_add_string(&content, "kept");
    assert_false(file_read(path, size - 1, &content, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "199999"));
    assert_string_equal(buffer_string(&content), "kept");
    assert_true(file_read(path, size, &content, NULL));
    assert_int_equal(content.length, 4 + size);
}

TEST("what cannot be read or written is named, with the system's reason") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(folder_clear) struct folder folder = folder_new();
    CLEANUP_BUFFER struct buffer content = { 0 };
    char *absent = arena_printf(arena, "%s/absent", folder.path);
    char *below = arena_printf(arena, "%s/absent/file", folder.path);
    struct error err = { 0 };

    assert_false(file_read(absent, 100, &content, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_string_equal(err.text, arena_printf(arena, "open %s: No such file or directory", absent));
    assert_false(file_read(folder.path, 100, &content, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_non_null(strstr(err.text, "Is a directory"));
    assert_false(file_write(below, TEXT("x"), 0644, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_false(file_write(folder.path, TEXT("x"), 0644, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    assert_int_equal(content.length, 0);
}

TEST("what is open is read from where it is to its end, as far as is allowed") {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct error err = { 0 };
    int ends[2];

    for (size_t limit = 6; limit >= 5; limit--) {
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "piped!", 6), 6);
        (void)close(ends[1]);
        assert_int_equal(file_read_descriptor(ends[0], "standard input", limit, &out, &err), limit == 6);
        (void)close(ends[0]);
        assert_string_equal(buffer_string(&out), "piped!"); /* what was there before stays */
    }
    assert_string_equal(err.text, "read standard input: larger than 5 bytes");
}
