/* Functions of CEL: tables of overloads, looked up by name when a program is compiled, by the kinds of the
 * arguments when it runs. */
#pragma once

#include "cel/run.h"

enum { CEL_ARGUMENTS_MAX = 8 };

/* One form of a function. The letters of the signature are those of CEL_KINDS, one for each argument, the
 * receiver first; '*' is any kind. */
struct cel_overload {
    const char *name; /* with its namespace: "optional.of"; NULL ends a table */
    const char *signature;
    bool is_member; /* called as receiver.name(…) */
    /* arguments[1] is a regular expression: compiled with the program when it is a literal. */
    bool has_pattern;
    /* arguments are as many and of the kinds that the signature says. */
    bool (*call)(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out);
};

/* The forms of one function that take as many arguments: the first that fits is taken. */
struct cel_overloads {
    const struct cel_overload **rows;
    size_t count;
};

/* One table a file: FILE_functions.c, or the file of that name. */
extern const struct cel_overload cel_conversion_functions[];
extern const struct cel_overload cel_format_functions[];
extern const struct cel_overload cel_list_functions[];
extern const struct cel_overload cel_named_format_functions[];
extern const struct cel_overload cel_net_functions[];
extern const struct cel_overload cel_optional_functions[];
extern const struct cel_overload cel_order_functions[];
extern const struct cel_overload cel_quantity_functions[];
extern const struct cel_overload cel_regex_functions[];
extern const struct cel_overload cel_semver_functions[];
extern const struct cel_overload cel_set_functions[];
extern const struct cel_overload cel_string_functions[];
extern const struct cel_overload cel_text_functions[];
extern const struct cel_overload cel_time_functions[];
extern const struct cel_overload cel_url_functions[];

/* All forms of a name that take count arguments, the receiver included; in arena. */
struct cel_overloads cel_find_overloads(struct arena *arena, const char *name, bool is_member, size_t count);
/* Whether a name is a function of any form and number of arguments, called without a receiver. */
bool cel_is_function(const char *name);
/* Calls the first form that fits. */
CHECKED bool cel_call(struct cel_run *run, const char *name, const struct cel_overloads *overloads,
                      const struct cel_value *arguments, size_t count, struct cel_value *out);

/* How many items a format string takes. */
size_t cel_format_clauses(struct text text);
