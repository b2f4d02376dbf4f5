/* Named formats: what a text must look like, and what is wrong with one that does not.
 *
 * validate() gives none for a text that is fine, and otherwise a list of sentences.
 * Source: k8s.io/apiserver, pkg/cel/library/format.go; the sentences: k8s.io/apimachinery, util/validation
 * and api/validate/content; kube-openapi, validation/strfmt.
 */
#include "cel/evaluate.h"
#include "cel/function.h"
#include "cel/instant.h"
#include "cel/regex.h"
#include "cel/url.h"

#define DNS1123_LABEL     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define DNS1123_SUBDOMAIN DNS1123_LABEL "(\\." DNS1123_LABEL ")*"
#define DNS1035_LABEL     "[a-z]([-a-z0-9]*[a-z0-9])?"
#define NAME_PART         "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define SUBDOMAIN_WORDS                                                                                      \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "    \
    "must start and end with an alphanumeric character"
#define NAME_WORDS                                                                                           \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " \
    "character"

/* A form that is a pattern and a length. */
struct form {
    const char *pattern; /* without ^ and $ */
    const char *words;
    const char *examples;
    size_t length_max; /* 0: any */
    const char *unit;  /* of the length, as it is called */
};

static const struct form dns1123_label = {
    .pattern = DNS1123_LABEL,
    .words = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
             "start "
             "and end with an alphanumeric character",
    .examples = "'my-name',  or '123-abc', ",
    .length_max = 63,
    .unit = "characters",
};
static const struct form dns1123_subdomain = {
    .pattern = DNS1123_SUBDOMAIN,
    .words = SUBDOMAIN_WORDS,
    .examples = "'example.com', ",
    .length_max = 253,
    .unit = "characters",
};
static const struct form dns1035_label = {
    .pattern = DNS1035_LABEL,
    .words = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
             "alphabetic "
             "character, and end with an alphanumeric character",
    .examples = "'my-name',  or 'abc-123', ",
    .length_max = 63,
    .unit = "characters",
};
static const struct form label_value = {
    .pattern = "(" NAME_PART ")?",
    .words = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
             "and must "
             "start and end with an alphanumeric character",
    .examples = "'MyValue',  or 'my_value',  or '12345', ",
    .length_max = 63,
    .unit = "bytes",
};
static const struct form name_prefix = {
    .pattern = DNS1123_SUBDOMAIN,
    .words = SUBDOMAIN_WORDS,
    .examples = "'example.com', ",
    .length_max = 253,
    .unit = "bytes",
};
static const struct form name_part = {
    .pattern = NAME_PART,
    .words = NAME_WORDS,
    .examples = "'MyName',  or 'my.name',  or '123-abc', ",
    .length_max = 63,
    .unit = "bytes",
};

/* Texts are shorter than this where a pattern is tried; the others are refused for their length alone. */
enum { FORM_TEXT_BYTES_MAX = 4096 };

struct findings {
    struct cel_run *run;
    struct cel_items items;
};

struct cel_format {
    const char *name;
    bool is_prefix; /* something will be put behind it: a dash may be last */
    const struct form *form;
    const char *pattern, *words; /* a pattern with one sentence for all that is wrong */
    bool (*check)(struct findings *findings, struct text text);
};

static void add(struct findings *findings, const char *sentence) {
    cel_items_add(findings->run, &findings->items, cel_from_string(sentence));
}

static bool matches(struct cel_run *run, const char *pattern, struct text text, bool *out_matches) {
    CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *compiled = NULL;
    const char *whole = arena_printf(run->arena, "^(?:%s)$", pattern);
    struct error err = { 0 };
    size_t begin, end;

    *out_matches = false;
    if (text.length > FORM_TEXT_BYTES_MAX)
        return true;
    if (!cel_spend(run, strlen(whole)) || !cel_pattern_new(text_from(whole), &compiled, &err))
        return run->is_spent ? false : cel_fail(run, "%s", err.text);
    return cel_pattern_find(run, compiled, text, 0, out_matches, &begin, &end);
}

static bool check_form(struct findings *findings, const struct form *form, const char *place,
                       struct text text) {
    struct arena *arena = findings->run->arena;
    bool holds, is_subdomain = false;

    if (text.length > form->length_max)
        add(findings,
            arena_printf(arena, "%smust be no more than %zu %s", place, form->length_max, form->unit));
    if (!matches(findings->run, form->pattern, text, &holds))
        return false;
    if (!holds && form == &dns1123_label && !matches(findings->run, DNS1123_SUBDOMAIN, text, &is_subdomain))
        return false;
    if (is_subdomain)
        add(findings, "must not contain dots");
    else if (!holds)
        add(findings, arena_printf(arena, "%s%s (e.g. %sregex used for validation is '%s')", place,
                                   form->words, form->examples, form->pattern));
    return true;
}

/* A name with a domain before it or not: "example.com/name". */
static bool check_qualified_name(struct findings *findings, struct text text) {
    struct text name = text, prefix = text_cut(&name, '/');
    struct arena *arena = findings->run->arena;

    if (name.data && memchr(name.data, '/', name.length)) {
        add(findings,
            arena_printf(arena,
                         "a valid label key " NAME_WORDS " (e.g. %sregex used for validation is '%s') with "
                         "an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                         name_part.examples, name_part.pattern));
        return true;
    }
    if (name.data && prefix.length == 0)
        add(findings, "prefix part must be non-empty");
    else if (name.data && !check_form(findings, &name_prefix, "prefix part ", prefix))
        return false;
    if (!name.data)
        name = prefix;
    if (name.length == 0)
        add(findings, "name part must be non-empty");
    return check_form(findings, &name_part, "name part ", name);
}

static bool check_uri(struct findings *findings, struct text text) {
    if (!cel_url_check(findings->run->arena, text))
        add(findings,
            arena_printf(findings->run->arena, "parse \"%.*s\": invalid URI for request", TEXT_ARGS(text)));
    return true;
}

static bool is_date(struct cel_run *run, struct text text) {
    struct cel_value instant;

    return text.length == strlen("2006-01-02") &&
           cel_instant_parse(text_from(arena_printf(run->arena, "%.*sT00:00:00Z", TEXT_ARGS(text))),
                             &instant);
}

static bool check_date(struct findings *findings, struct text text) {
    if (!is_date(findings->run, text))
        add(findings, "invalid date");
    return true;
}

/* A date, and a time whose hours, minutes and seconds are in range. */
static bool check_datetime(struct findings *findings, struct text text) {
    static const char pattern[] =
        "(?i)([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})";
    size_t middle = 0;
    bool holds = false;

    while (middle < text.length && (text.data[middle] | 0x20) != 't')
        middle++;
    if (middle < text.length && is_date(findings->run, (struct text){ text.data, middle }) &&
        !matches(findings->run, pattern, (struct text){ text.data + middle + 1, text.length - middle - 1 },
                 &holds))
        return false;
    if (!holds)
        add(findings, "invalid datetime");
    return true;
}

static const struct cel_format formats[] = {
    { .name = "dns1123Label", .form = &dns1123_label },
    { .name = "dns1123Subdomain", .form = &dns1123_subdomain },
    { .name = "dns1035Label", .form = &dns1035_label },
    { .name = "dns1123LabelPrefix", .form = &dns1123_label, .is_prefix = true },
    { .name = "dns1123SubdomainPrefix", .form = &dns1123_subdomain, .is_prefix = true },
    { .name = "dns1035LabelPrefix", .form = &dns1035_label, .is_prefix = true },
    { .name = "labelValue", .form = &label_value },
    { .name = "qualifiedName", .check = check_qualified_name },
    { .name = "uri", .check = check_uri },
    { .name = "uuid",
      .pattern = "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
      .words = "does not match the UUID format" },
    { .name = "byte",
      .pattern = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})",
      .words = "invalid base64" },
    { .name = "date", .check = check_date },
    { .name = "datetime", .check = check_datetime },
};

/* A dash at the end is as good as what will stand there. */
static struct text without_dash(struct cel_run *run, struct text text) {
    if (text.length < 2 || text.data[text.length - 1] != '-')
        return text;
    char *copy = arena_strndup(run->arena, text.data, text.length - 1);
    copy[text.length - 2] = 'a';
    return (struct text){ copy, text.length - 1 };
}

static bool check(struct findings *findings, const struct cel_format *format, struct text text) {
    bool holds;

    if (format->is_prefix)
        text = without_dash(findings->run, text);
    if (format->form)
        return check_form(findings, format->form, "", text);
    if (format->check)
        return format->check(findings, text);
    if (!matches(findings->run, format->pattern, text, &holds))
        return false;
    if (!holds)
        add(findings, format->words);
    return true;
}

static bool validate(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct findings findings = { .run = run };

    if (!check(&findings, arguments[0].format, arguments[1].text))
        return false;
    struct cel_value list = cel_from_items(run->arena, findings.items.items, findings.items.count);
    *out = cel_from_optional(run->arena, findings.items.count ? &list : NULL);
    return true;
}

static bool named(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (text_is(arguments[0].text, formats[i].name)) {
            struct cel_value format = { .kind = CEL_FORMAT, .format = &formats[i] };
            *out = cel_from_optional(run->arena, &format);
            return true;
        }
    *out = cel_from_optional(run->arena, NULL);
    return true;
}

const char *cel_format_name(const struct cel_format *format) {
    return format->name;
}

#define NAMED_FORMATS(X)                                                                                     \
    X(dns1123Label)                                                                                          \
    X(dns1123Subdomain)                                                                                      \
    X(dns1035Label)                                                                                          \
    X(dns1123LabelPrefix)                                                                                    \
    X(dns1123SubdomainPrefix)                                                                                \
    X(dns1035LabelPrefix)                                                                                    \
    X(labelValue)                                                                                            \
    X(qualifiedName)                                                                                         \
    X(uri)                                                                                                   \
    X(uuid)                                                                                                  \
    X(byte)                                                                                                  \
    X(date)                                                                                                  \
    X(datetime)

#define X(name)                                                                                              \
    static bool format_##name(struct cel_run *run, const struct cel_value *arguments,                        \
                              struct cel_value *out) {                                                       \
        struct cel_value text = cel_from_string(#name), format;                                              \
        bool is_known = named(run, &text, &format);                                                          \
        ensure(is_known &&format.inside);                                                                    \
        *out = *format.inside;                                                                               \
        return true;                                                                                         \
    }
NAMED_FORMATS(X)
#undef X

const struct cel_overload cel_named_format_functions[] = {
    { .name = "validate", .signature = "Fs", .is_member = true, .call = validate },
    { .name = "format.named", .signature = "s", .call = named },
#define X(format) { .name = "format." #format, .signature = "", .call = format_##format },
    NAMED_FORMATS(X)
#undef X
        { 0 },
};
