#include "sim/neo4j/file_tree.h"

#include "sim/component/tree.h"

struct file {
    RB_ENTRY(file) entry;
    char *path;
    char *content; /* NULL: a folder */
};
RB_HEAD(files, file);

struct file_tree {
    struct files files;
    size_t bytes;
    bool is_full;
};

static int compare(const struct file *a, const struct file *b) {
    return strcmp(a->path, b->path);
}

TREE_GENERATE(files, file, entry, compare)

struct file_tree *file_tree_new(void) {
    struct file_tree *tree = XNEW(struct file_tree);

    RB_INIT(&tree->files);
    return tree;
}

static void forget(struct file_tree *tree, struct file *file) {
    RB_REMOVE(files, &tree->files, file);
    tree->bytes -= file->content ? strlen(file->content) : 0;
    free(file->path);
    free(file->content);
    free(file);
}

void file_tree_free(struct file_tree *tree) {
    struct file *file;

    if (!tree)
        return;
    while ((file = RB_MIN(files, &tree->files)))
        forget(tree, file);
    free(tree);
}

/* RB_FIND and RB_NFIND take the head as writable but don't write. */
static struct file *look(const struct file_tree *tree, const char *path, bool or_after) {
    union {
        const struct files *given;
        struct files *taken;
    } head = { .given = &tree->files };
    union {
        const char *given;
        char *taken;
    } name = { .given = path };
    struct file key = { .path = name.taken };

    return or_after ? RB_NFIND(files, head.taken, &key) : RB_FIND(files, head.taken, &key);
}

const char *file_tree_read(const struct file_tree *tree, const char *path) {
    const struct file *file = look(tree, path, false);

    return file ? file->content : NULL;
}

static struct file *make(struct file_tree *tree, const char *path) {
    struct file *file = look(tree, path, false);

    if (file)
        return file;
    file = XNEW(struct file);
    file->path = xstrdup(path);
    RB_INSERT(files, &tree->files, file);
    return file;
}

void file_tree_set_full(struct file_tree *tree, bool is_full) {
    tree->is_full = is_full;
}

bool file_tree_write(struct file_tree *tree, const char *path, const char *content, struct error *err) {
    const char *before = file_tree_read(tree, path);
    size_t length = strlen(content), freed = before ? strlen(before) : 0;

    if (strlen(path) > FILE_TREE_PATH_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "File name too long");
    if (!*path || (file_tree_has_folder(tree, path) && !before))
        return error_set(err, ERROR_INVALID, "%s: Is a directory", path);
    if (tree->is_full || tree->bytes - freed + length > FILE_TREE_BYTES_MAX)
        return error_set(err, ERROR_INTERNAL, "No space left on device");
    struct file *file = make(tree, path);
    free(file->content);
    file->content = xstrdup(content);
    tree->bytes += length - freed;
    return true;
}

/* Whether path is below folder. */
static bool is_below(const char *path, const char *folder) {
    size_t length = strlen(folder);

    return !length || (strncmp(path, folder, length) == 0 && path[length] == '/');
}

/* The first entry below the folder, or NULL. */
static struct file *first_below(const struct file_tree *tree, const char *folder) {
    CLEANUP_FREE char *prefix = *folder ? xprintf("%s/", folder) : xstrdup("");
    struct file *file = look(tree, prefix, true);

    return file && is_below(file->path, folder) ? file : NULL;
}

void file_tree_remove(struct file_tree *tree, const char *path) {
    struct file *file = look(tree, path, false);

    if (file)
        forget(tree, file);
    while ((file = first_below(tree, path)))
        forget(tree, file);
}

void file_tree_make_folder(struct file_tree *tree, const char *path) {
    if (*path && !file_tree_has_folder(tree, path))
        make(tree, path);
}

bool file_tree_has_folder(const struct file_tree *tree, const char *path) {
    const struct file *file = look(tree, path, false);

    return !*path || (file && !file->content) || first_below(tree, path);
}

struct json *file_tree_list(const struct file_tree *tree, struct arena *arena, const char *folder) {
    struct json *names = json_new_array(arena);
    size_t skip = *folder ? strlen(folder) + 1 : 0;

    for (struct file *file = first_below(tree, folder); file && is_below(file->path, folder);
         file = RB_NEXT(files, &tree->files, file))
        if (file->content && !strchr(file->path + skip, '/'))
            json_append_string(arena, names, file->path + skip);
    return names;
}
