/* Procedures that change this server alone, until its next start. Sources: Operations Manual, procedures; the
 * words of failures are those of the class that holds a server's configuration. */
#include "sim/neo4j/procedure.h"

static bool fail_call(struct procedure_run *run, const char *procedure, const char *why) {
    return statement_fail(
        run->statement, FAILURE_PROCEDURE_FAILED,
        "Failed to invoke procedure `%s`: Caused by: java.lang.IllegalArgumentException: %s", procedure, why);
}

/* Why the setting can't become the value, in arena; NULL: it can. */
static const char *refusal(struct arena *arena, const struct version *version, const char *name,
                           const char *value) {
    const struct setting *setting = setting_find(name, version);
    struct error err = { 0 };

    if (!setting)
        return arena_printf(arena, "Setting `%s` not found", name);
    if (!setting->is_dynamic)
        return arena_printf(arena, "Setting '%s' is not dynamic and can not be changed at runtime", name);
    if (*value && !setting_check(setting, value, &err))
        return arena_printf(arena, "Error evaluating value for setting '%s'. %s", name, err.text);
    return NULL;
}

static bool set_config_value(struct procedure_run *run) {
    struct neo4j_process *process = run->statement->process;
    const char *name = procedure_string(run, 0, ""), *value = procedure_string(run, 1, "");
    const char *why = refusal(procedure_arena(run), &process->version.number, name, value);

    if (why)
        return fail_call(run, "dbms.setConfigValue", why);
    configuration_set(process->configuration, name, value);
    network_note_change(process->network);
    return true;
}

static bool reload_tls(struct procedure_run *run) {
    struct neo4j_process *process = run->statement->process;
    struct error err = { 0 };

    if (!configuration_bool(process->configuration, "dbms.security.tls_reload_enabled"))
        return fail_call(run, "dbms.security.reloadTLS",
                         "TLS reloading is not enabled: set dbms.security.tls_reload_enabled");
    return process_reload_tls(process, &err) || fail_call(run, "dbms.security.reloadTLS", err.text);
}

const struct procedure procedures_of_settings[] = {
    { "dbms.security.reloadTLS", "", "", "Updates the TLS contexts with current config settings.", reload_tls,
      PROCEDURE_DBMS, .is_admin = true, .family = SETTING_IN_CALENDAR, .since = 202503 },
    { "dbms.setConfigValue", "setting :: STRING, value :: STRING", "",
      "Update a given setting value. Passing an empty value results in removing the configured value and "
      "falling back to "
      "the default value. Changes do not persist and are lost if the server is restarted.",
      set_config_value, PROCEDURE_DBMS, .is_admin = true },
    { .name = NULL },
};
