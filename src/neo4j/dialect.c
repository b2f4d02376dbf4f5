#include "neo4j/dialect.h"

/* The first release with two languages. Source: Cypher manual, "Select Cypher version". */
enum { TWO_LANGUAGES_MAJOR = 2025, TWO_LANGUAGES_MINOR = 6 };

/* Sources: Operations Manual, "Create databases" (WAIT, seeds, default language), "Recreate a database",
 * "Sharded property databases", "Manage aliases", "Quarantine", "Attribute-based access control"; Cypher
 * manual, "Deprecations, additions, and compatibility" (what Cypher 25 has dropped). */
static const struct {
    struct version since;
    struct version until;
    enum form_language language;
    const char *words;
} forms[] = {
#define X(form, since_major, since_minor, until_major, until_minor, form_language, form_words)               \
    [FORM_##form] = { .since = { .major = since_major, .minor = since_minor },                               \
                      .until = { .major = until_major, .minor = until_minor },                               \
                      .language = form_language,                                                             \
                      .words = form_words },
    FORMS(X)
#undef X
};

static bool has_two_languages(const struct dialect *dialect) {
    return version_at_least(&dialect->version, TWO_LANGUAGES_MAJOR, TWO_LANGUAGES_MINOR);
}

bool dialect_has(const struct dialect *dialect, enum form form) {
    const struct version *since = &forms[form].since;
    const struct version *until = &forms[form].until;

    if (!version_at_least(&dialect->version, since->major, since->minor))
        return false;
    return !until->major || !version_at_least(&dialect->version, until->major, until->minor);
}

/* "2025.06", "5.26" */
static const char *release(const struct version *version, char out[VERSION_TEXT_BYTES]) {
    struct version named = *version;

    named.family = version->major >= TWO_LANGUAGES_MAJOR ? VERSION_CALENDAR : VERSION_5;
    version_format(&named, out);
    return out;
}

bool dialect_require(const struct dialect *dialect, enum form form, struct error *err) {
    char ours[VERSION_TEXT_BYTES];
    char bound[VERSION_TEXT_BYTES];
    const struct version *since = &forms[form].since;

    if (dialect_has(dialect, form))
        return true;
    version_format(&dialect->version, ours);
    if (!version_at_least(&dialect->version, since->major, since->minor))
        return error_set(err, ERROR_INVALID, "Neo4j %s has no %s; that exists from %s on", ours,
                         forms[form].words, release(since, bound));
    return error_set(err, ERROR_INVALID, "Neo4j %s has no %s; that ended with %s", ours, forms[form].words,
                     release(&forms[form].until, bound));
}

enum cypher dialect_language(const struct dialect *dialect, enum form form) {
    if (!has_two_languages(dialect) || forms[form].language == FORM_ONLY_5)
        return CYPHER_5;
    return forms[form].language == FORM_ONLY_25 ? CYPHER_25 : dialect->language;
}

const char *dialect_prefix(const struct dialect *dialect, enum form form) {
    if (!has_two_languages(dialect) || forms[form].language == FORM_ANY)
        return "";
    return dialect_language(dialect, form) == CYPHER_25 ? "CYPHER 25 " : "CYPHER 5 ";
}
