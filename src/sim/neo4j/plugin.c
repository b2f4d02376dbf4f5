/* Sources: Operations Manual, securing extensions (the allowlist holds names and globs, and is asked of
 * plug-ins only); APOC, Graph Data Science and Bloom manuals, installation. */
#include "sim/neo4j/plugin.h"

#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/procedure.h"

#include <fnmatch.h>

static bool is_installed(const struct neo4j_process *process, const char *plugin) {
    JSON_FOR_EACH_ITEM (item, process->plugins) {
        if (str_equal(json_string(item, ""), plugin))
            return true;
    }
    return false;
}

static bool is_allowed(const struct neo4j_process *process, const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *list = configuration_get(process->configuration, "dbms.security.procedures.allowlist");
    struct text rest = text_from(list ? list : "*");

    while (rest.data) {
        struct text pattern = text_trim(text_cut(&rest, ','));
        if (pattern.length &&
            fnmatch(arena_strndup(arena, pattern.data, pattern.length), name, FNM_NOESCAPE) == 0)
            return true;
    }
    return false;
}

bool plugin_brings(const struct neo4j_process *process, const char *plugin, const char *name) {
    return is_installed(process, plugin) && is_allowed(process, name);
}

/* Whether the file that a setting names is mounted. */
static bool has_licence(const struct neo4j_process *process, const char *setting) {
    const char *path = configuration_get(process->configuration, setting);

    return path && json_get(process->container.files, path);
}

/* ---- functions ---- */

static bool apoc_version(const struct evaluation *evaluation, const struct bolt_value *arguments,
                         size_t count, struct bolt_value *out) {
    *out = *bolt_new_string(evaluation->cursor->arena, evaluation->cursor->process->version.kernel_text);
    return true;
}

/* One minor version a month since 2.14 for 2025.01; 2.13 for 5.26. Source: release notes of Graph Data
 * Science. */
static bool gds_version(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                        struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    const struct neo4j_version *version = &evaluation->cursor->process->version;
    unsigned months =
        neo4j_version_is_calendar(version) ? (version->number.major - 2025) * 12 + version->number.minor : 0;

    *out = *bolt_new_string(arena, arena_printf(arena, "2.%u.0", 13 + months));
    return true;
}

static bool gds_is_licensed(const struct evaluation *evaluation, const struct bolt_value *arguments,
                            size_t count, struct bolt_value *out) {
    *out = (struct bolt_value){ .type = BOLT_BOOL,
                                .boolean =
                                    has_licence(evaluation->cursor->process, "gds.enterprise.license_file") };
    return true;
}

const struct function functions_of_plugins[] = {
    { "apoc.version", 0, 0, apoc_version, .plugin = "apoc" },
    { "gds.isLicensed", 0, 0, gds_is_licensed, .plugin = "graph-data-science" },
    { "gds.version", 0, 0, gds_version, .plugin = "graph-data-science" },
    { NULL, 0, 0, NULL },
};

/* ---- procedures ---- */

static bool check_licence_compliance(struct procedure_run *run) {
    struct bolt_value *row = bolt_new_map(procedure_arena(run));
    bool is_there = has_licence(run->statement->process, "dbms.bloom.license_file");

    bolt_set_bool(procedure_arena(run), row, "success", is_there);
    bolt_set_string(procedure_arena(run), row, "status", is_there ? "valid" : "missing");
    return procedure_add(run, row);
}

const struct procedure procedures_of_plugins[] = {
    { "bloom.checkLicenseCompliance", "", "success :: BOOLEAN, status :: STRING",
      "Checks whether the licence of Bloom is valid.", check_licence_compliance, PROCEDURE_READ,
      .plugin = "bloom" },
    { .name = NULL },
};
