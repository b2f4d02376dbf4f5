/* neo4j.conf: what strict validation takes gives no warnings, and is taken without it too; and no value that
 * is kept for a known setting is bad. */
#include "sim/neo4j/configuration.h"

static void check_value(void *context, const char *name, const struct setting *setting) {
    const char *value = configuration_get(context, name);

    ensure(*name && (!setting || strchr(setting->name, '<') || str_equal(setting->name, name)));
    ensure(!setting || !value || !*value || str_equal(name, SETTING_JVM_ADDITIONAL) ||
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
    configuration_each(strict, check_value, strict);
    ensure(!is_good || !warnings.length ||
           !configuration_bool(strict, "server.config.strict_validation.enabled"));
    buffer_add_text(&conf, text);
    buffer_add_string(&conf, "\nserver.config.strict_validation.enabled=false\n");
    /* Only a bad value stops it now; what strict validation takes, it takes. */
    ensure(configuration_read(lenient, buffer_text(&conf), &warnings, NULL) || !is_good);
    configuration_each(lenient, check_value, lenient);
    return 0;
}
