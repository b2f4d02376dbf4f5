/* CEL: the Common Expression Language, as Kubernetes runs it over custom resources
 * (x-kubernetes-validations).
 *
 * A program is parsed once and evaluated many times. Values come as JSON and are taken as the API server
 * takes them: objects and maps alike are maps, whole numbers are int, other numbers double, and a member
 * whose name is no identifier is written escaped (__namespace__, a__dash__b, __dot__, __slash__,
 * __underscores__). There is no type checker: what the API server refuses when a definition is stored fails
 * here when it is evaluated.
 *
 * Known: all operators, has(), the macros all, exists, exists_one, map and filter (also with two variables),
 * optional values (.?field, [?key], optional.of, hasValue, value, or, orValue, optMap, optFlatMap), the
 * standard functions, and Kubernetes' own: strings, lists, regex, url, quantity, ip, cidr, semver and format.
 * Regular expressions are PCRE2's with RE2's meaning of ^, $ and \z.
 *
 * Pure: no clock, no globals; memory from the arena given. A program is immutable and may be evaluated by
 * many threads at once. Source: the CEL language definition (github.com/google/cel-spec),
 * k8s.io/apiserver/pkg/cel; held against cel-go as kube-apiserver 1.35 links it: tests/peers/cel.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

enum {
    CEL_SOURCE_BYTES_MAX = 64 * 1024,
    CEL_NESTING_MAX = 64,          /* of parentheses, calls and macros */
    CEL_STEPS_MAX = 1000 * 1000,   /* nodes visited and bytes compared in one evaluation */
    CEL_PATTERN_STEPS_MAX = 100000 /* PCRE2 match limit: reaching it is an error */
};

struct cel_program;

/* What a name in the expression stands for. */
struct cel_variable {
    const char *name; /* "self", "oldSelf" */
    /* Borrowed. NULL: the name is there without a value; allowed only with is_optional. */
    const struct json *value;
    /* The name stands for an optional: of value, or none. */
    bool is_optional;
};

/* The program lives until it is freed. ERROR_INVALID names the column and what was expected. */
CHECKED bool cel_compile(struct text source, struct cel_program **out_program, struct error *err);
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
/* Any value as JSON, in arena: bytes as base64, timestamps and durations as text, types and optionals by
 * their names. For tests and tools. */
CHECKED bool cel_value(const struct cel_program *program, struct arena *arena,
                       const struct cel_variable *variables, size_t variable_count, struct json **out_value,
                       struct error *err);
