#include "sim/neo4j/entry_point.h"

#include <ctype.h>
#include <stdio.h>

#define HOME      "/var/lib/neo4j"
#define HOME_CONF HOME "/conf/neo4j.conf"

enum { EXIT_FAILURE_SCRIPT = 1, EXIT_USAGE = 64, EXIT_SOFTWARE = 70, EXIT_NOT_FOUND = 127 };

/* The lines of a neo4j.conf while the script edits it. */
struct conf_lines {
    struct arena *arena;
    struct json *lines;
};

struct entry_point {
    struct arena *arena;
    const struct neo4j_container *container;
    void (*log_line)(void *context, const char *line);
    void *log_context;
    struct entry_point_result *result;
    struct json *env;       /* a copy: secrets from files are put in */
    struct conf_lines home; /* $NEO4J_HOME/conf/neo4j.conf */
};

static void say(const struct entry_point *entry, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(const struct entry_point *entry, const char *format, ...) {
    CLEANUP_BUFFER struct buffer line = { 0 };
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(&line, format, arguments);
    va_end(arguments);
    entry->log_line(entry->log_context, buffer_string(&line));
}

static bool stop(struct entry_point *entry, int exit_code) {
    entry->result->exit_code = exit_code;
    return false;
}

static const char *variable(const struct entry_point *entry, const char *name) {
    const char *value = json_string(json_get(entry->env, name), NULL);

    return str_empty(value) ? NULL : value;
}

static const char *file(const struct entry_point *entry, const char *path) {
    return json_string(json_get(entry->container->files, path), NULL);
}

static bool is_mounted(const struct entry_point *entry, const char *folder) {
    CLEANUP_FREE char *prefix = xprintf("%s/", folder);

    JSON_FOR_EACH_MEMBER (member, entry->container->files)
        if (str_starts_with(member->key, prefix))
            return true;
    return false;
}

/* ---- neo4j.conf ---- */

static struct text line_name(const char *line) {
    struct text rest = text_trim(text_from(line));

    if (!rest.length || rest.data[0] == '#')
        return (struct text){ NULL, 0 };
    return text_trim(text_cut(&rest, '='));
}

static bool conf_has(const struct conf_lines *conf, const char *name) {
    JSON_FOR_EACH_ITEM (line, conf->lines)
        if (text_is(line_name(line->string), name))
            return true;
    return false;
}

/* As the script does it: old lines of the name go, the new one is the last. */
static void conf_set(struct conf_lines *conf, const char *name, const char *value) {
    if (!str_equal(name, "server.jvm.additional"))
        for (size_t i = json_length(conf->lines); i-- > 0;)
            if (text_is(line_name(json_string(json_item(conf->lines, i), "")), name))
                json_remove_item(conf->lines, i);
    json_append_string(conf->arena, conf->lines, arena_printf(conf->arena, "%s=%s", name, value));
}

static void conf_set_default(struct conf_lines *conf, const char *name, const char *value) {
    if (!conf_has(conf, name))
        conf_set(conf, name, value);
}

/* The file, or the folder of one file a key that Neo4j takes as well. */
static void conf_read(const struct entry_point *entry, struct conf_lines *conf, const char *path) {
    CLEANUP_FREE char *prefix = xprintf("%s/", path);
    struct text rest = text_from(file(entry, path) ? file(entry, path) : "");

    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        if (line.length)
            json_append_string(conf->arena, conf->lines, arena_strndup(conf->arena, line.data, line.length));
    }
    JSON_FOR_EACH_MEMBER (member, entry->container->files)
        if (str_starts_with(member->key, prefix)) {
            struct text value = text_trim(text_from(json_string(&member->value, "")));
            const char *key = member->key + strlen(prefix);
            json_append_string(conf->arena, conf->lines,
                               arena_printf(conf->arena, "%s=%.*s", key, TEXT_ARGS(value)));
        }
}

static char *conf_text(const struct conf_lines *conf) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    JSON_FOR_EACH_ITEM (line, conf->lines)
        buffer_printf(&text, "%s\n", line->string);
    return arena_strdup(conf->arena, buffer_string(&text));
}

/* ---- the steps ---- */

/* What the container runs: the server, in the forms that lead to the image's own entry point. Anything else
 * is a program of the image that the simulation does not have. */
static bool read_command(struct entry_point *entry) {
    static const char *const skipped[] = {
        "tini", "/usr/bin/tini", "/sbin/tini", "-s", "-g", "--", "/startup/docker-entrypoint.sh"
    };
    const struct json *args = entry->container->args;
    size_t i = 0;

    for (bool again = true; again && i < json_length(args);) {
        again = false;
        for (size_t k = 0; k < ARRAY_LENGTH(skipped); k++)
            again = again || str_equal(json_string(json_item(args, i), ""), skipped[k]);
        i += again;
    }
    const char *command = json_string(json_item(args, i), "neo4j");
    if (str_equal(strrchr(command, '/') ? strrchr(command, '/') + 1 : command, "neo4j-admin")) {
        entry->result->admin_words = json_new_array(entry->arena);
        while (++i < json_length(args))
            json_append_string(entry->arena, entry->result->admin_words, json_string(json_item(args, i), ""));
        return true;
    }
    entry->result->runs_server = str_equal(command, "neo4j");
    if (entry->result->runs_server || str_equal(command, "dump-config"))
        return true;
    say(entry, "exec: %s: not found (a simulated image runs the server only)", command);
    return stop(entry, EXIT_NOT_FOUND);
}

static bool read_image(struct entry_point *entry) {
    const char *edition = variable(entry, "NEO4J_EDITION");

    if (!neo4j_version_of_image(entry->container->image, &entry->result->version)) {
        say(entry, "The tag of image %s names no version: use one such as neo4j:5.26.0-enterprise",
            entry->container->image);
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    if (edition)
        entry->result->version.is_enterprise = str_equal(edition, "enterprise");
    if (!entry->result->version.is_enterprise) {
        say(entry, "Image %s is the Community edition; only Enterprise servers form clusters",
            entry->container->image);
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    return true;
}

static bool read_secret_files(struct entry_point *entry) {
    struct json *values = json_new_object(entry->arena);

    JSON_FOR_EACH_MEMBER (member, entry->env) {
        const char *path = json_string(&member->value, "");
        if (!str_starts_with(member->key, "NEO4J_") || !str_ends_with(member->key, "_FILE") ||
            str_empty(path))
            continue;
        const char *content = file(entry, path);
        if (!content) {
            say(entry, "Error: Secret file for environment variable %s is not readable: %s", member->key,
                path);
            return stop(entry, EXIT_FAILURE_SCRIPT);
        }
        struct text value = text_trim(text_from(content));
        json_set_string(entry->arena, values,
                        arena_strndup(entry->arena, member->key, strlen(member->key) - strlen("_FILE")),
                        arena_strndup(entry->arena, value.data, value.length));
    }
    JSON_FOR_EACH_MEMBER (value, values)
        json_set(entry->arena, entry->env, value->key, &value->value);
    return true;
}

static bool check_licence(struct entry_point *entry) {
    const char *accepted = variable(entry, "NEO4J_ACCEPT_LICENSE_AGREEMENT");

    if (!entry->result->runs_server || str_equal(accepted, "yes") || str_equal(accepted, "eval"))
        return true;
    say(entry, "Neo4j Enterprise Edition starts only once its license agreement is accepted.");
    say(entry, "Set the environment variable NEO4J_ACCEPT_LICENSE_AGREEMENT to yes, or to eval for 30 days.");
    return stop(entry, EXIT_FAILURE_SCRIPT);
}

static void read_folders(struct entry_point *entry) {
    static const struct {
        const char *folder;
        const char *setting;
    } folders[] = { { "/plugins", "server.directories.plugins" },
                    { "/import", "server.directories.import" },
                    { "/licenses", "server.directories.licenses" },
                    { "/metrics", "server.directories.metrics" } };

    entry->home = (struct conf_lines){ entry->arena, json_new_array(entry->arena) };
    conf_read(entry, &entry->home, is_mounted(entry, "/conf") ? "/conf/neo4j.conf" : HOME_CONF);
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++)
        if (is_mounted(entry, folders[i].folder))
            conf_set(&entry->home, folders[i].setting, folders[i].folder);
}

/* What a plug-in of NEO4J_PLUGINS sets beside its jar; properties that the user set are left alone, those of
 * an earlier plug-in are joined by a comma. */
static const struct {
    const char *plugin;
    const char *setting; /* NULL: none */
    const char *value;
} plugin_settings[] = {
    { "apoc", "dbms.security.procedures.unrestricted", "apoc.*" },
    { "apoc-extended", "dbms.security.procedures.unrestricted", "apoc.*" },
    { "bloom", "dbms.security.procedures.unrestricted", "bloom.*" },
    { "bloom", "server.unmanaged_extension_classes", "com.neo4j.bloom.server=/browser/bloom" },
    { "bloom", "dbms.bloom.license_file", "/licenses/bloom.license" },
    { "fleet-management", "dbms.security.procedures.unrestricted", "fleetManagement.*" },
    { "fleet-management", "dbms.security.procedures.allowlist", "fleetManagement.*" },
    { "genai", "dbms.security.procedures.unrestricted", "genai.*" },
    { "graph-data-science", "dbms.security.procedures.unrestricted", "gds.*" },
    { "n10s", "dbms.security.procedures.unrestricted", "n10s.*" },
    { "streams", NULL, NULL },
};

static bool install_plugin(struct entry_point *entry, const char *plugin, struct json *by_plugins) {
    bool is_known = false;

    for (size_t i = 0; i < ARRAY_LENGTH(plugin_settings); i++) {
        const char *setting = plugin_settings[i].setting;
        if (!str_equal(plugin_settings[i].plugin, plugin))
            continue;
        is_known = true;
        if (!setting || (conf_has(&entry->home, setting) && !json_get(by_plugins, setting)))
            continue;
        const char *before = json_string(json_get(by_plugins, setting), NULL);
        const char *value = before ? arena_printf(entry->arena, "%s,%s", before, plugin_settings[i].value)
                                   : plugin_settings[i].value;
        json_set_string(entry->arena, by_plugins, setting, value);
        conf_set(&entry->home, setting, value);
    }
    if (is_known) {
        say(entry, "Installing Plugin '%s'", plugin);
        return true;
    }
    say(entry, "'%s' is not a known Neo4j plugin. Check NEO4J_PLUGINS.", plugin);
    return stop(entry, EXIT_FAILURE_SCRIPT);
}

static bool install_plugins(struct entry_point *entry) {
    const char *list = variable(entry, "NEO4J_PLUGINS");
    struct json *by_plugins = json_new_object(entry->arena);
    struct json *plugins;
    struct error err = { 0 };

    list = list ? list : variable(entry, "NEO4JLABS_PLUGINS");
    if (!list)
        return true;
    if (!json_parse(entry->arena, text_from(list), NULL, &plugins, &err) || !json_is(plugins, JSON_ARRAY)) {
        say(entry, "NEO4J_PLUGINS is not a JSON array of plugin names: %s", list);
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    JSON_FOR_EACH_ITEM (plugin, plugins)
        if (!install_plugin(entry, json_string(plugin, ""), by_plugins))
            return false;
    entry->result->plugins = plugins;
    return true;
}

static void set_image_defaults(struct entry_point *entry) {
    const char *host = entry->container->host_name;
    struct conf_lines *conf = &entry->home;

    conf_set_default(conf, "server.memory.pagecache.size", "512M");
    conf_set_default(conf, "server.default_listen_address", "0.0.0.0");
    if (!neo4j_version_is_calendar(&entry->result->version))
        conf_set_default(conf, "server.discovery.advertised_address",
                         arena_printf(entry->arena, "%s:5000", host));
    conf_set_default(conf, "server.cluster.advertised_address", arena_printf(entry->arena, "%s:6000", host));
    conf_set_default(conf, "server.cluster.raft.advertised_address",
                     arena_printf(entry->arena, "%s:7000", host));
    conf_set_default(conf, "server.routing.advertised_address", arena_printf(entry->arena, "%s:7688", host));
}

char *entry_point_setting_of_variable(struct arena *arena, const char *name) {
    static const char *const reserved[] = { "ACCEPT_LICENSE_AGREEMENT",
                                            "AUTH",
                                            "AUTH_PATH",
                                            "DEBUG",
                                            "DEPRECATION_WARNING",
                                            "EDITION",
                                            "HOME",
                                            "PLUGINS",
                                            "SHA256",
                                            "TARBALL" };
    CLEANUP_BUFFER struct buffer setting = { 0 };

    if (!str_starts_with(name, "NEO4J_") || str_ends_with(name, "_FILE"))
        return NULL;
    name += strlen("NEO4J_");
    for (size_t i = 0; i < ARRAY_LENGTH(reserved); i++)
        if (str_equal(name, reserved[i]))
            return NULL;
    /* Each underscore is a dot, but a pair of them is one underscore. */
    for (; *name; name++) {
        bool is_pair = name[0] == '_' && name[1] == '_';
        buffer_add_char(&setting, is_pair ? '_' : *name == '_' ? '.' : *name);
        name += is_pair;
    }
    return arena_strdup(arena, buffer_string(&setting));
}

static void map_environment(struct entry_point *entry) {
    JSON_FOR_EACH_MEMBER (member, entry->env) {
        const char *setting = entry_point_setting_of_variable(entry->arena, member->key);
        const char *value = json_string(&member->value, "");
        if (!setting || !*value || str_starts_with(setting, "apoc."))
            continue;
        if (isdigit((unsigned char)*setting))
            say(entry,
                "WARNING: %s not written to conf file. Settings that start with a number are not permitted.",
                setting);
        else
            conf_set(&entry->home, setting, value);
    }
}

/* ---- NEO4J_AUTH ---- */

static bool take_password(struct entry_point *entry, struct text password, bool must_change) {
    const char *minimum = NULL;
    uint64_t bytes_min = 8;

    JSON_FOR_EACH_ITEM (line, entry->home.lines) {
        struct text rest = text_from(line->string);
        if (text_is(text_trim(text_cut(&rest, '=')), "dbms.security.auth_minimum_password_length"))
            minimum = rest.data;
    }
    if (minimum && !parse_uint64(text_trim(text_from(minimum)), &bytes_min))
        bytes_min = 8;
    if (password.data[0] == '-') {
        /* The admin command takes it for an option. */
        say(entry, "Missing required parameter: '<password>'");
        say(entry, "Usage: neo4j-admin dbms set-initial-password [--require-password-change] <password>");
        return stop(entry, EXIT_USAGE);
    }
    if (password.length < bytes_min) {
        /* The script only warns; the admin command refuses, and 5.26's does not handle its own exception. */
        bool is_handled = neo4j_version_is_calendar(&entry->result->version);
        say(entry, "Invalid value for password. The minimum password length is 8 characters.");
        say(entry, "%sA password must be at least %u characters.",
            is_handled ? "" : "org.neo4j.commandline.admin.security.exception.InvalidPasswordException: ",
            (unsigned)bytes_min);
        return stop(entry, is_handled ? EXIT_FAILURE_SCRIPT : EXIT_SOFTWARE);
    }
    entry->result->has_initial_password = true;
    entry->result->must_change_password = must_change;
    entry->result->initial_password = secret_text_new(password.data, password.length);
    return true;
}

static bool read_auth(struct entry_point *entry, bool volume_has_auth) {
    const char *auth = variable(entry, "NEO4J_AUTH");
    const char *path = variable(entry, "NEO4J_AUTH_PATH");
    struct text rest;

    if (path && file(entry, path))
        auth = file(entry, path);
    if (!auth || !entry->result->runs_server)
        return true;
    rest = text_trim(text_from(auth));
    if (text_is(rest, "none")) {
        conf_set(&entry->home, "dbms.security.auth_enabled", "false");
        return true;
    }
    struct text user = text_cut(&rest, '/');
    struct text password = text_cut(&rest, '/');
    struct text reset = rest;
    bool is_form = password.length && (!reset.data || text_is(reset, "true"));
    if (!is_form) {
        say(entry, "Invalid value for NEO4J_AUTH: must be none or neo4j/<password>[/true]");
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    if (!text_is(user, "neo4j")) {
        say(entry, "Invalid admin username, it must be neo4j");
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    if (text_is(password, "neo4j")) {
        say(entry, "Invalid value for password. It cannot be 'neo4j', which is the default.");
        return stop(entry, EXIT_FAILURE_SCRIPT);
    }
    return volume_has_auth || take_password(entry, password, reset.data != NULL);
}

/* The server reads another folder when NEO4J_CONF points there; then nothing that the script wrote counts. */
static void choose_conf(struct entry_point *entry) {
    const char *folder = variable(entry, "NEO4J_CONF");
    struct conf_lines other = { entry->arena, json_new_array(entry->arena) };

    entry->result->conf_path = HOME_CONF;
    if (!folder || str_equal(folder, HOME "/conf")) {
        entry->result->conf = conf_text(&entry->home);
        return;
    }
    bool has_slash = str_ends_with(folder, "/");
    entry->result->conf_path = arena_printf(entry->arena, "%s%sneo4j.conf", folder, has_slash ? "" : "/");
    conf_read(entry, &other, entry->result->conf_path);
    entry->result->conf = conf_text(&other);
}

void entry_point_run(struct arena *arena, const struct neo4j_container *container, bool volume_has_auth,
                     void (*log_line)(void *context, const char *line), void *log_context,
                     struct entry_point_result *out_result) {
    struct entry_point entry = { .arena = arena,
                                 .container = container,
                                 .log_line = log_line,
                                 .log_context = log_context,
                                 .result = out_result,
                                 .env = container->env ? json_copy(arena, container->env)
                                                       : json_new_object(arena) };

    *out_result = (struct entry_point_result){ .exit_code = -1 };
    if (!read_command(&entry) || !read_image(&entry) || !read_secret_files(&entry) || !check_licence(&entry))
        return;
    read_folders(&entry);
    if (!install_plugins(&entry))
        return;
    set_image_defaults(&entry);
    map_environment(&entry);
    if (!read_auth(&entry, volume_has_auth))
        return;
    choose_conf(&entry);
    if (!out_result->runs_server && !out_result->admin_words)
        out_result->exit_code = 0;
}
