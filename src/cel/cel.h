/* CEL: the Common Expression Language, as Kubernetes runs it over custom resources
 * (x-kubernetes-validations).
 *
 * A program is parsed once and evaluated many times. Values come as JSON: objects and maps alike are maps,
 * integers are int, other numbers double. A field whose name is no identifier is written escaped
 * (__namespace__, a__dash__b, __dot__, __slash__, __underscores__); a key that is written so is found, too.
 *
 * Known: all operators; has() and the macros all, exists, exists_one, map and filter, those with two
 * variables (also existsOne, transformList, transformMap, transformMapEntry) and sortBy; optional values
 * (.?field, [?key], [?item], optional.of, hasValue, value, or, orValue, optMap, optFlatMap, unwrap); the
 * standard functions; and what the API server adds: strings with format(), lists, sets, regex, url,
 * quantity, ip, cidr, semver and named formats. Regular expressions are RE2's, run by PCRE2.
 *
 * Not known: the authorizer, messages (google.protobuf.Duration{}), time zones by name, quantities beyond
 * 1.7e29.
 *
 * There is no schema and no type checker. So
 *   - what the API server refuses when a definition is stored fails here only when it is evaluated, and may
 *     pass where that part is never reached, or where the language without types allows it (1 == 1.0,
 *     [1, 'a']); but functions that do not exist, bad regular expressions, and durations and timestamps
 *     that are written out wrongly are refused by cel_compile(), and names without a value always fail;
 *   - a string is a string, also in a field of the format date-time, duration or byte;
 *   - an integer is an int, also in a field of the type number;
 *   - lists are lists, also where their type is set or map.
 *
 * Pure: no clock, no globals; memory from the arena given. A program is immutable and may be evaluated by
 * many threads at once.
 * Source: the CEL language definition (github.com/google/cel-spec), k8s.io/apiserver, pkg/cel. The values
 * of tests/cel/expressions.yaml are held against cel-go as kube-apiserver 1.35 links it
 * (tests/peers/cel-check).
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

enum {
    CEL_SOURCE_BYTES_MAX = 64 * 1024,
    CEL_NESTING_MAX = 64, /* of parentheses, calls, lists and macros */
    /* In one evaluation. A step is a node visited, an element gone through, or ten bytes read or made. */
    CEL_STEPS_MAX = 1000 * 1000,
    CEL_PATTERN_STEPS_MAX = 100000 /* PCRE2 match limit: reaching it is an error */
};

struct cel_program;

/* What a name in the expression stands for. */
struct cel_variable {
    const char *name; /* "self", "oldSelf" */
    /* Borrowed; its strings are well-formed UTF-8, as json_parse() makes them. NULL: the name is there
     * without a value; allowed only with is_optional. */
    const struct json *value;
    /* The name stands for an optional: of value, or none. */
    bool is_optional;
};

/* The program lives until it is freed. ERROR_INVALID names the column and what was expected. */
CHECKED bool cel_compile(struct text source, struct cel_program **out_program, struct error *err);
/* The same in an arena that must outlive the program: for many that stay, which would each waste half a block
 * of an arena of their own. */
CHECKED bool cel_compile_in(struct arena *arena, struct text source, struct cel_program **out_program,
                            struct error *err);
void cel_program_free(struct cel_program *program);
DEFINE_CLEANUP(struct cel_program, cel_program_free);

/* Whether the expression uses the name as a variable of its own: "oldSelf". */
bool cel_mentions(const struct cel_program *program, const char *name);

/* The expression's value, a boolean. ERROR_INVALID: it failed (no such key, wrong type, overflow, too many
 * steps) or gave something else; the text is what cel-go says where that is known. */
CHECKED bool cel_holds(const struct cel_program *program, struct arena *arena,
                       const struct cel_variable *variables, size_t variable_count, bool *out_holds,
                       struct error *err);
/* The expression's value, a string, in arena. */
CHECKED bool cel_string(const struct cel_program *program, struct arena *arena,
                        const struct cel_variable *variables, size_t variable_count, const char **out_string,
                        struct error *err);
/* Any value as JSON, in arena: bytes as base64; timestamps, durations, types, quantities and the like as
 * text; an optional as "optional.none()" or {"optional.of": value}. For tests and tools. */
CHECKED bool cel_value(const struct cel_program *program, struct arena *arena,
                       const struct cel_variable *variables, size_t variable_count, struct json **out_value,
                       struct error *err);
