/* Source: k8s.io/apiserver, pkg/cel/library/semverlib.go. */
#include "cel/function.h"
#include "cel/semver.h"

static bool read(struct cel_run *run, const struct cel_value *arguments, bool is_lenient,
                 struct cel_semver *out_version) {
    return is_lenient ? cel_semver_parse_leniently(run->arena, arguments[0].text, out_version)
                      : cel_semver_parse(arguments[0].text, out_version);
}

static bool make(struct cel_run *run, const struct cel_value *arguments, bool is_lenient,
                 struct cel_value *out) {
    struct cel_semver *version = ARENA_NEW(run->arena, struct cel_semver);

    if (!cel_spend_bytes(run, arguments[0].text.length))
        return false;
    if (!read(run, arguments, is_lenient, version))
        return cel_fail(run, "\"%.*s\" is no semantic version", TEXT_ARGS(arguments[0].text));
    *out = (struct cel_value){ .kind = CEL_SEMVER, .semver = version };
    return true;
}

static bool semver(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return make(run, arguments, false, out);
}

static bool semver_normalized(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return make(run, arguments, arguments[1].boolean, out);
}

static bool is_semver(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_semver version;

    *out = cel_from_bool(read(run, arguments, false, &version));
    return cel_spend_bytes(run, arguments[0].text.length);
}

static bool is_semver_normalized(struct cel_run *run, const struct cel_value *arguments,
                                 struct cel_value *out) {
    struct cel_semver version;

    *out = cel_from_bool(read(run, arguments, arguments[1].boolean, &version));
    return cel_spend_bytes(run, arguments[0].text.length);
}

static bool major(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int((int64_t)arguments[0].semver->major);
    return true;
}

static bool minor(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int((int64_t)arguments[0].semver->minor);
    return true;
}

static bool patch(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int((int64_t)arguments[0].semver->patch);
    return true;
}

const struct cel_overload cel_semver_functions[] = {
    { .name = "semver", .signature = "s", .call = semver },
    { .name = "semver", .signature = "sB", .call = semver_normalized },
    { .name = "isSemver", .signature = "s", .call = is_semver },
    { .name = "isSemver", .signature = "sB", .call = is_semver_normalized },
    { .name = "major", .signature = "v", .is_member = true, .call = major },
    { .name = "minor", .signature = "v", .is_member = true, .call = minor },
    { .name = "patch", .signature = "v", .is_member = true, .call = patch },
    { 0 },
};
