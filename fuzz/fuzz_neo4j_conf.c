/* neo4j.conf: what strict validation takes gives no warnings; without it every file is taken; and no value
 * that is kept for a known setting is bad. */
#include "sim/neo4j/settings.h"

static void check_value(void *context, const char *name, const struct setting *setting, const char *value) {
    ensure(*name && (!setting || str_equal(setting->name, name)));
    ensure(!setting || !value || str_equal(name, "server.jvm.additional") ||
           setting_check(setting, value, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const images[] = { "neo4j:5.26.0-enterprise", "neo4j:2026.08.1-enterprise" };
    struct text text = { (const char *)data, size };
    struct neo4j_version version;

    ensure(neo4j_version_of_image(images[size % 2], &version));
    CLEANUP_POINTER(configuration_free) struct configuration *strict = configuration_new(&version);
    CLEANUP_POINTER(configuration_free) struct configuration *lenient = configuration_new(&version);
    CLEANUP_BUFFER struct buffer warnings = { 0 }, conf = { 0 };
    bool is_good = configuration_read(strict, text, &warnings, NULL);
    configuration_each(strict, check_value, NULL);
    ensure(!is_good || !warnings.length ||
           !configuration_bool(strict, "server.config.strict_validation.enabled"));
    buffer_add_text(&conf, text);
    buffer_add_string(&conf, "\nserver.config.strict_validation.enabled=false\n");
    ensure(configuration_read(lenient, buffer_text(&conf), &warnings, NULL));
    configuration_each(lenient, check_value, NULL);
    return 0;
}
