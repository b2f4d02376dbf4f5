#include "sim/neo4j/storage.h"

#define WORKING_FOLDER "/var/lib/neo4j"

static const char *variable(const struct neo4j_process *process, const char *name) {
    const char *value = json_string(json_get(process->container.env, name), NULL);

    return str_empty(value) ? NULL : value;
}

/* ---- credentials ---- */

/* Ways to be known to a store: all variables of a row must be set. */
enum { CREDENTIAL_VARIABLES_MAX = 3 };

static const struct store {
    const char *scheme;
    const char *variables; /* what its variables begin with */
    size_t bucket_parts;   /* of the path that name the bucket: azb has account and container */
    const char *ways[5][CREDENTIAL_VARIABLES_MAX];
    const char *anonymous; /* what the client says without credentials */
    const char *missing;   /* and of a bucket that is not there */
} stores[] = {
    { "s3",
      "AWS_",
      1,
      { { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY" },
        { "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN" },
        { "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
        { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" } },
      "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain",
      "The specified bucket does not exist (Service: S3, Status Code: 404)" },
    { "gs",
      "GOOGLE_",
      1,
      { { "GOOGLE_APPLICATION_CREDENTIALS" }, { "GOOGLE_CLOUD_PROJECT" } },
      "Your default credentials were not found. To set up Application Default Credentials for your "
      "environment, see https://cloud.google.com/docs/authentication/external/set-up-adc",
      "404 Not Found: The specified bucket does not exist." },
    { "azb",
      "AZURE_",
      2,
      { { "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET" },
        { "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE" },
        { "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_CERTIFICATE_PATH" },
        { "AZURE_CLIENT_ID", "IDENTITY_ENDPOINT" } },
      "EnvironmentCredential authentication unavailable. Environment variables are not fully configured.",
      "Status code 404, ContainerNotFound: The specified container does not exist." },
};

static bool has_credentials(const struct neo4j_process *process, const struct store *store) {
    for (size_t i = 0; i < ARRAY_LENGTH(store->ways) && store->ways[i][0]; i++) {
        bool has_all = true;
        for (size_t k = 0; k < CREDENTIAL_VARIABLES_MAX && store->ways[i][k]; k++)
            has_all = has_all && variable(process, store->ways[i][k]);
        if (has_all)
            return true;
    }
    return false;
}

/* A file that a variable names must be there, too: a mount that was forgotten is found here. */
static bool check_credentials(const struct neo4j_process *process, const struct store *store,
                              struct error *err) {
    static const char *const files[] = { "AWS_WEB_IDENTITY_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS",
                                         "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH" };

    if (!has_credentials(process, store))
        return error_set(err, ERROR_UNAUTHORIZED, "%s", store->anonymous);
    if (str_equal(store->scheme, "s3") && !variable(process, "AWS_REGION") &&
        !variable(process, "AWS_DEFAULT_REGION"))
        return error_set(err, ERROR_UNAUTHORIZED,
                         "Unable to load region from any of the providers in the chain "
                         "DefaultAwsRegionProviderChain");
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        const char *path = variable(process, files[i]);
        if (str_starts_with(files[i], store->variables) && path && !json_get(process->container.files, path))
            return error_set(err, ERROR_UNAUTHORIZED,
                             "Error reading credential file from environment variable %s, value '%s': File "
                             "does not exist.",
                             files[i], path);
    }
    return true;
}

/* ---- paths ---- */

/* Without ".", ".." and empty parts; ".." of the root is the root. In arena. */
static char *tidy(struct arena *arena, struct text path) {
    char *out = arena_alloc_bytes(arena, path.length + 1);
    size_t length = 0;

    while (path.data) {
        struct text part = text_cut(&path, '/');
        if (!part.length || text_is(part, "."))
            continue;
        if (text_is(part, "..")) {
            while (length && out[--length] != '/')
                continue;
            continue;
        }
        if (length)
            out[length++] = '/';
        memcpy(out + length, part.data, part.length);
        length += part.length;
    }
    out[length] = '\0';
    return out;
}

static const struct store *store_of(const char *text) {
    for (size_t i = 0; i < ARRAY_LENGTH(stores); i++) {
        size_t length = strlen(stores[i].scheme);
        if (strncmp(text, stores[i].scheme, length) == 0 && str_starts_with(text + length, "://"))
            return &stores[i];
    }
    return NULL;
}

bool storage_is_remote(const char *text) {
    return store_of(text) != NULL;
}

static bool locate_in_bucket(struct neo4j_process *process, struct arena *arena, const struct store *store,
                             const char *text, struct storage_place *out_place, struct error *err) {
    struct text rest = text_from(tidy(arena, text_from(text + strlen(store->scheme) + strlen("://"))));
    const char *root = arena_printf(arena, "%s:/", store->scheme);

    for (size_t i = 0; i < store->bucket_parts; i++) {
        struct text part = text_cut(&rest, '/');
        if (!part.length)
            return error_set(err, ERROR_INVALID, "%s: names no bucket", text);
        root = arena_printf(arena, "%s/%.*s", root, TEXT_ARGS(part));
    }
    if (!check_credentials(process, store, err))
        return false;
    *out_place = (struct storage_place){ .tree = neo4j_network_bucket(process->network, root),
                                         .path = rest.data ? arena_strndup(arena, rest.data, rest.length)
                                                           : arena_strdup(arena, ""),
                                         .root = arena_strdup(arena, root),
                                         .is_remote = true };
    if (!out_place->tree)
        return error_set(err, ERROR_NOT_FOUND, "%s", store->missing);
    return true;
}

/* Whether path is at or below folder; both tidy. *out_rest: what is below. */
static bool is_within(const char *path, const char *folder, const char **out_rest) {
    size_t length = strlen(folder);

    if (strncmp(path, folder, length) != 0 || (length && path[length] && path[length] != '/'))
        return false;
    *out_rest = path + length + (length && path[length] == '/');
    return true;
}

static void locate_in_container(struct neo4j_process *process, struct arena *arena, const char *text,
                                struct storage_place *out_place) {
    const char *absolute = *text == '/' ? text : arena_printf(arena, "%s/%s", WORKING_FOLDER, text);
    char *path = tidy(arena, text_from(absolute));
    size_t best = 0;

    *out_place =
        (struct storage_place){ .tree = process->files, .path = path, .root = arena_strdup(arena, "") };
    for (size_t i = 0; i < process->container.mount_count; i++) {
        const struct neo4j_mount *mount = &process->container.mounts[i];
        const char *folder = tidy(arena, text_from(mount->path)), *rest;
        if (strlen(folder) <= best || !is_within(path, folder, &rest))
            continue;
        best = strlen(folder);
        const char *sub_path = tidy(arena, text_from(mount->sub_path ? mount->sub_path : ""));
        bool joins = *sub_path && *rest;
        out_place->tree = neo4j_volume_files(mount->volume);
        out_place->path = arena_printf(arena, "%s%s%s", sub_path, joins ? "/" : "", rest);
        /* A subPath's folder is made by the kubelet. */
        file_tree_make_folder(out_place->tree, sub_path);
        out_place->root = arena_printf(arena, "/%s", folder);
        out_place->hidden = strlen(sub_path) + (*sub_path && *rest);
        out_place->is_read_only = mount->is_read_only;
    }
}

bool storage_locate(struct neo4j_process *process, struct arena *arena, const char *text,
                    struct storage_place *out_place, struct error *err) {
    const struct store *store = store_of(text);

    if (store)
        return locate_in_bucket(process, arena, store, text, out_place, err);
    if (str_starts_with(text, "file://"))
        text += strlen("file://");
    else if (str_starts_with(text, "file:"))
        text += strlen("file:");
    if (strstr(text, "://"))
        return error_set(err, ERROR_INVALID, "No storage system found for scheme: %.*s",
                         (int)(strstr(text, "://") - text), text);
    locate_in_container(process, arena, text, out_place);
    return true;
}

struct storage_place storage_inside(const struct storage_place *place, struct arena *arena,
                                    const char *name) {
    struct storage_place inside = *place;

    inside.path = *place->path ? arena_printf(arena, "%s/%s", place->path, name) : arena_strdup(arena, name);
    return inside;
}

struct storage_place storage_parent(const struct storage_place *place, struct arena *arena) {
    struct storage_place parent = *place;
    const char *seen = place->path + place->hidden, *slash = strrchr(seen, '/');

    parent.path = arena_strndup(arena, place->path, slash ? (size_t)(slash - place->path) : place->hidden);
    return parent;
}

char *storage_name(const struct storage_place *place, struct arena *arena) {
    const char *seen = place->path + place->hidden;

    return *seen || !*place->root ? arena_printf(arena, "%s/%s", place->root, seen)
                                  : arena_strdup(arena, place->root);
}

const char *storage_file_name(const struct storage_place *place) {
    const char *slash = strrchr(place->path, '/');

    return slash ? slash + 1 : place->path;
}

bool storage_is_folder(const struct storage_place *place) {
    return !storage_read(place) && (place->is_remote || file_tree_has_folder(place->tree, place->path));
}

const char *storage_read(const struct storage_place *place) {
    return file_tree_read(place->tree, place->path);
}

bool storage_write(const struct storage_place *place, const char *content, struct error *err) {
    if (place->is_read_only)
        return error_set(err, ERROR_FORBIDDEN, "Read-only file system");
    return file_tree_write(place->tree, place->path, content, err);
}

bool storage_remove(const struct storage_place *place, struct error *err) {
    if (place->is_read_only)
        return error_set(err, ERROR_FORBIDDEN, "Read-only file system");
    file_tree_remove(place->tree, place->path);
    return true;
}
