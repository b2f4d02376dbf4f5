#include "sandbox/api_server_client.h"

#include <event2/keyvalq_struct.h>
#include <openssl/x509.h>
#include <sys/queue.h>

enum { GROUPS_MAX = 16 };

static const char *entry_text(struct arena *arena, X509_NAME *name, int index) {
    unsigned char *text = NULL;
    int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    const char *copy = length < 0 ? "" : arena_strndup(arena, (const char *)text, (size_t)length);
    OPENSSL_free(text);
    return copy;
}

/* Common name and organizations. OpenSSL has verified the certificate in the handshake. */
static const struct api_user *of_certificate(struct arena *arena, X509 *certificate) {
    struct api_user *user = ARENA_NEW(arena, struct api_user);
    const char **groups = ARENA_ARRAY(arena, const char *, GROUPS_MAX);
    X509_NAME *name = X509_get_subject_name(certificate);
    int common = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

    user->name = common < 0 ? "" : entry_text(arena, name, common);
    for (int at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
         at >= 0 && user->group_count < GROUPS_MAX - 1;
         at = X509_NAME_get_index_by_NID(name, NID_organizationName, at))
        groups[user->group_count++] = entry_text(arena, name, at);
    groups[user->group_count++] = "system:authenticated";
    user->groups = groups;
    return user;
}

static const struct api_user *anonymous(struct arena *arena) {
    static const char *const groups[] = { "system:unauthenticated" };
    struct api_user *user = ARENA_NEW(arena, struct api_user);
    *user = (struct api_user){ .name = "system:anonymous",
                               .groups = groups,
                               .group_count = ARRAY_LENGTH(groups) };
    return user;
}

const struct api_user *api_server_client(struct api *api, struct arena *arena, SSL *connection,
                                         const char *authorization) {
    static const char bearer[] = "Bearer ";
    X509 *certificate = SSL_get0_peer_certificate(connection);

    if (certificate)
        return of_certificate(arena, certificate);
    if (!authorization || strncasecmp(authorization, bearer, sizeof(bearer) - 1) != 0)
        return anonymous(arena);
    return api_user_of_token(api, arena, text_trim(text_from(authorization + sizeof(bearer) - 1)));
}

/* ---- on behalf of others ---- */

static bool is_in(const struct api_user *user, const char *group) {
    for (size_t i = 0; i < user->group_count; i++)
        if (str_equal(user->groups[i], group))
            return true;
    return false;
}

static const char *header(const struct evkeyvalq *headers, const char *name) {
    struct evkeyval *entry;
    TAILQ_FOREACH (entry, headers, next)
        if (strcasecmp(entry->key, name) == 0)
            return entry->value;
    return NULL;
}

/* Named groups stand alone; without any, a service account is in those of its kind. */
static struct api_user *named_user(struct arena *arena, const char *name, const struct evkeyvalq *headers) {
    static const char account[] = "system:serviceaccount:";
    struct api_user *user = ARENA_NEW(arena, struct api_user);
    const char **groups = ARENA_ARRAY(arena, const char *, GROUPS_MAX);
    struct evkeyval *entry;

    TAILQ_FOREACH (entry, headers, next)
        if (strcasecmp(entry->key, "Impersonate-Group") == 0 && user->group_count < GROUPS_MAX - 1)
            groups[user->group_count++] = arena_strdup(arena, entry->value);
    if (!user->group_count && str_starts_with(name, account)) {
        struct text rest = text_from(name + sizeof(account) - 1), namespace = text_cut(&rest, ':');
        groups[user->group_count++] = "system:serviceaccounts";
        groups[user->group_count++] =
            arena_printf(arena, "system:serviceaccounts:%.*s", TEXT_ARGS(namespace));
    }
    groups[user->group_count++] =
        str_equal(name, "system:anonymous") ? "system:unauthenticated" : "system:authenticated";
    user->name = arena_strdup(arena, name);
    user->groups = groups;
    return user;
}

const struct api_user *api_server_impersonate(struct arena *arena, const struct api_user *user,
                                              const struct evkeyvalq *headers,
                                              struct api_http_answer *answer) {
    const char *name = header(headers, "Impersonate-User");
    if (!name)
        return user;
    if (is_in(user, "system:masters"))
        return named_user(arena, name, headers);
    api_http_refuse_forbidden(arena,
                              arena_printf(arena,
                                           "users \"%s\" is forbidden: User \"%s\" cannot impersonate "
                                           "resource \"users\" in API group \"\" at the cluster scope",
                                           name, user->name),
                              answer);
    return NULL;
}
