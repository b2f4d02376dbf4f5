/* The environment of a container.
 *
 * In the kubelet's order: the addresses of Services, envFrom, then env; each may refer to those before it.
 * After: Kubernetes, pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables) and
 * third_party/forked/golang/expansion.
 */
#include "base/encoding.h"
#include "base/quantity.h"
#include "sim/node/node_internal.h"

/* ---- expansion ---- */

char *environment_expand(struct arena *arena, const struct json *environment, const char *text) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    while (*text) {
        const char *end;
        if (text[0] == '$' && text[1] == '$') {
            buffer_add_char(&out, '$');
            text += 2;
        } else if (text[0] == '$' && text[1] == '(' && (end = strchr(text + 2, ')'))) {
            const char *name = arena_strndup(arena, text + 2, (size_t)(end - text - 2));
            const struct json *value = json_get(environment, name);
            if (value)
                buffer_add_string(&out, json_string(value, ""));
            else
                buffer_add(&out, text, (size_t)(end + 1 - text));
            text = end + 1;
        } else {
            buffer_add_char(&out, *text++);
        }
    }
    return arena_strndup(arena, buffer_string(&out), out.length);
}

/* ---- addresses of Services ---- */

static char *variable_name(struct arena *arena, const char *service) {
    char *name = arena_strdup(arena, service);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (*c >= 'a' && *c <= 'z') ? (char)(*c - 'a' + 'A') : *c;
    return name;
}

static void add_service(struct arena *arena, struct json *environment, const struct json *service) {
    const char *address = json_string_at(service, "spec.clusterIP", "");
    const char *prefix = variable_name(arena, object_name(service));
    bool is_first = true;

    json_set_string(arena, environment, arena_printf(arena, "%s_SERVICE_HOST", prefix), address);
    JSON_FOR_EACH_ITEM (port, json_at(service, "spec.ports")) {
        long long number = json_integer_at(port, "port", 0);
        const char *digits = arena_printf(arena, "%lld", number);
        const char *url = arena_printf(arena, "tcp://%s:%lld", address, number);
        const char *link = arena_printf(arena, "%s_PORT_%lld_TCP", prefix, number);
        const char *name = json_string_at(port, "name", "");
        if (is_first) {
            json_set_string(arena, environment, arena_printf(arena, "%s_SERVICE_PORT", prefix), digits);
            json_set_string(arena, environment, arena_printf(arena, "%s_PORT", prefix), url);
        }
        if (*name)
            json_set_string(arena, environment,
                            arena_printf(arena, "%s_SERVICE_PORT_%s", prefix, variable_name(arena, name)),
                            digits);
        json_set_string(arena, environment, link, url);
        json_set_string(arena, environment, arena_printf(arena, "%s_PROTO", link), "tcp");
        json_set_string(arena, environment, arena_printf(arena, "%s_PORT", link), digits);
        json_set_string(arena, environment, arena_printf(arena, "%s_ADDR", link), address);
        is_first = false;
    }
}

static void add_services(const struct pod *pod, struct arena *arena, struct json *environment) {
    bool has_links = json_bool_at(pod->object, "spec.enableServiceLinks", true);
    struct mirror_list services = mirror_list(pod->node->mirror, arena, &KUBE_SERVICES, NULL);

    MIRROR_FOR_EACH(service, services) {
        const char *address = json_string_at(service, "spec.clusterIP", "");
        bool is_kubernetes =
            str_equal(object_namespace(service), "default") && str_equal(object_name(service), "kubernetes");
        bool is_linked = has_links && str_equal(object_namespace(service), pod->namespace);
        if (*address && !str_equal(address, "None") && (is_kubernetes || is_linked))
            add_service(arena, environment, service);
    }
}

/* ---- fields of the pod ---- */

/* metadata.labels['key'] → key */
static const char *subscript(struct arena *arena, const char *path, const char *prefix) {
    size_t length = strlen(path), prefix_length = strlen(prefix);
    if (!str_starts_with(path, prefix) || length < prefix_length + 2 || !str_ends_with(path, "']"))
        return NULL;
    return arena_strndup(arena, path + prefix_length, length - prefix_length - 2);
}

char *environment_field(const struct pod *pod, struct arena *arena, const char *path) {
    const struct {
        const char *path;
        const char *value;
    } fields[] = {
        { "metadata.name", pod->name },
        { "metadata.namespace", pod->namespace },
        { "metadata.uid", pod->uid },
        { "spec.nodeName", pod->member->name },
        { "spec.serviceAccountName", json_string_at(pod->object, "spec.serviceAccountName", "default") },
        { "status.hostIP", pod->member->address },
        { "status.hostIPs", pod->member->address },
        { "status.podIP", pod->address ? pod->address : "" },
        { "status.podIPs", pod->address ? pod->address : "" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        if (str_equal(path, fields[i].path))
            return arena_strdup(arena, fields[i].value);

    const char *key = subscript(arena, path, "metadata.labels['");
    const char *value = NULL;
    if (key)
        value = object_label(pod->object, key);
    else if ((key = subscript(arena, path, "metadata.annotations['")))
        value = object_annotation(pod->object, key);
    return key ? arena_strdup(arena, value ? value : "") : NULL;
}

/* limits.memory, requests.cpu …; of the container itself or of the one that is named. A limit that is not set
 * is the node's. */
static bool resource_value(const struct container *container, struct arena *arena, const struct json *ref,
                           const char **out_value, struct error *err) {
    const char *resource = json_string_at(ref, "resource", "");
    const char *wanted = json_string_at(ref, "containerName", container->name);
    struct quantity amount = { 0 }, divisor = { 0 };
    const struct json *spec = NULL;

    JSON_FOR_EACH_ITEM (item, json_at(container->pod->object, "spec.containers")) {
        if (str_equal(json_string_at(item, "name", NULL), wanted))
            spec = item;
    }
    const struct json *value = json_at(json_get(spec, "resources"), resource);
    if (!value && str_equal(resource, "limits.cpu"))
        value = json_new_string(arena, "64");
    else if (!value && str_equal(resource, "limits.memory"))
        value = json_new_string(arena, "512Gi");
    if (value && !quantity_from_json(value, &amount))
        return error_set(err, ERROR_INVALID, "unsupported container resource: %s", resource);
    if (!quantity_from_json(json_get(ref, "divisor"), &divisor) || divisor.milli == 0)
        divisor.milli = 1000;
    /* Rounded up, as the kubelet does. */
    int64_t units = amount.milli / divisor.milli + (amount.milli % divisor.milli > 0);
    *out_value = arena_printf(arena, "%lld", (long long)units);
    return true;
}

/* ---- keys of ConfigMaps and Secrets ---- */

struct json *secret_value(struct arena *arena, const struct json *encoded) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    if (!base64_decode(&bytes, text_from(json_string(encoded, ""))))
        return NULL;
    struct json *value = json_new_string(arena, "");
    value->string = arena_strndup(arena, buffer_string(&bytes), bytes.length);
    value->length = (uint32_t)bytes.length;
    return value;
}

/* Leaves *out_value NULL when the reference is optional and nothing is there. */
static bool key_value(const struct container *container, struct arena *arena, const struct json *ref,
                      bool is_secret, const char **out_value, struct error *err) {
    const struct pod *pod = container->pod;
    const char *name = json_string_at(ref, "name", ""), *key = json_string_at(ref, "key", "");
    bool is_optional = json_bool_at(ref, "optional", false);
    const struct json *object =
        mirror_get(pod->node->mirror, is_secret ? &KUBE_SECRETS : &KUBE_CONFIG_MAPS, pod->namespace, name);
    const struct json *value = json_get(json_get(object, "data"), key);

    if (!object && !is_optional)
        return error_set(err, ERROR_NOT_FOUND, "%s \"%s\" not found", is_secret ? "secret" : "configmap",
                         name);
    if (!value && !is_optional)
        return error_set(err, ERROR_NOT_FOUND, "couldn't find key %s in %s %s/%s", key,
                         is_secret ? "Secret" : "ConfigMap", pod->namespace, name);
    if (value && is_secret && !(value = secret_value(arena, value)))
        return error_set(err, ERROR_INVALID, "key %s in Secret %s/%s is not base64", key, pod->namespace,
                         name);
    *out_value = value ? json_string(value, "") : NULL;
    return true;
}

static bool add_all_keys(const struct container *container, struct arena *arena, const struct json *source,
                         struct json *environment, struct error *err) {
    const struct pod *pod = container->pod;
    const struct json *secret = json_get(source, "secretRef"), *ref = secret;
    ref = ref ? ref : json_get(source, "configMapRef");
    const char *name = json_string_at(ref, "name", ""), *prefix = json_string_at(source, "prefix", "");
    const struct json *object =
        mirror_get(pod->node->mirror, secret ? &KUBE_SECRETS : &KUBE_CONFIG_MAPS, pod->namespace, name);

    if (!object && !json_bool_at(ref, "optional", false))
        return error_set(err, ERROR_NOT_FOUND, "%s \"%s\" not found", secret ? "secret" : "configmap", name);
    JSON_FOR_EACH_MEMBER (member, json_get(object, "data")) {
        const struct json *value = secret ? secret_value(arena, &member->value) : &member->value;
        json_set_string(arena, environment, arena_printf(arena, "%s%s", prefix, member->key),
                        json_string(value, ""));
    }
    return true;
}

static bool add_variable(const struct container *container, struct arena *arena, const struct json *entry,
                         struct json *environment, struct error *err) {
    const char *name = json_string_at(entry, "name", ""), *value = NULL;
    const struct json *from = json_get(entry, "valueFrom"), *ref;

    if ((ref = json_get(from, "fieldRef"))) {
        const char *path = json_string_at(ref, "fieldPath", "");
        if (!(value = environment_field(container->pod, arena, path)))
            return error_set(err, ERROR_INVALID, "unsupported fieldPath: %s", path);
    } else if ((ref = json_get(from, "resourceFieldRef"))) {
        if (!resource_value(container, arena, ref, &value, err))
            return false;
    } else if ((ref = json_get(from, "secretKeyRef"))) {
        if (!key_value(container, arena, ref, true, &value, err))
            return false;
    } else if ((ref = json_get(from, "configMapKeyRef"))) {
        if (!key_value(container, arena, ref, false, &value, err))
            return false;
    } else {
        value = environment_expand(arena, environment, json_string_at(entry, "value", ""));
    }
    if (value)
        json_set_string(arena, environment, name, value);
    return true;
}

bool environment_build(struct container *container, struct arena *arena, struct json **out_environment,
                       struct error *err) {
    const struct json *spec = container_spec(container);
    struct json *environment = json_new_object(arena);

    add_services(container->pod, arena, environment);
    JSON_FOR_EACH_ITEM (source, json_get(spec, "envFrom")) {
        if (!add_all_keys(container, arena, source, environment, err))
            return false;
    }
    JSON_FOR_EACH_ITEM (entry, json_get(spec, "env")) {
        if (!add_variable(container, arena, entry, environment, err))
            return false;
    }
    *out_environment = environment;
    return true;
}
