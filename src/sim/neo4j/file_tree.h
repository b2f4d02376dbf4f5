/* File tree: the files of a volume, of a bucket of an object store, or of a container.
 *
 * Files are texts under paths without a slash at either end ("backups/neo4j.dump"); "" is the root. A folder
 * is there when it was made or when something is below it. Walks go in the order of the paths.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

enum { FILE_TREE_BYTES_MAX = 256 * 1024 * 1024, FILE_TREE_PATH_BYTES_MAX = 4096 };

struct file_tree;

struct file_tree *file_tree_new(void);
void file_tree_free(struct file_tree *tree);
DEFINE_CLEANUP(struct file_tree, file_tree_free);

/* The content, borrowed until the file changes; NULL: no such file. */
const char *file_tree_read(const struct file_tree *tree, const char *path);
/* Makes or replaces the file with a copy of the content. Fails when the tree would hold more than
 * FILE_TREE_BYTES_MAX, or is on a disk that is full. */
CHECKED bool file_tree_write(struct file_tree *tree, const char *path, const char *content,
                             struct error *err);
void file_tree_set_full(struct file_tree *tree, bool is_full);
/* The file, or the folder with all below it; absent is fine. */
void file_tree_remove(struct file_tree *tree, const char *path);
void file_tree_make_folder(struct file_tree *tree, const char *path);
bool file_tree_has_folder(const struct file_tree *tree, const char *path);
/* The names of the files right in a folder, sorted, as an array of strings in arena. */
struct json *file_tree_list(const struct file_tree *tree, struct arena *arena, const char *folder);
