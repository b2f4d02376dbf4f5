#include "controllers/acceptance/needs.h"

#include "api/defaults.h"
#include "controllers/secret_store.h"

/* ---- who needs what ---- */

static void judge_password(struct acceptance *seen, const struct secret_text *password) {
    int64_t length_min = json_integer_at(seen->target.object, "spec.auth.passwordPolicy.minLength",
                                         DEFAULT_PASSWORD_LENGTH_MIN);

    if (seen->target.object && (int64_t)password->length < length_min)
        acceptance_refuse(seen, "U6", FIELD_INVALID, seen->need.field,
                          json_new_string(seen->arena, seen->need.name),
                          "the password must have at least %lld characters, which is the policy of %s "
                          "(spec.auth.passwordPolicy.minLength); change it in the Secret",
                          (long long)length_min, seen->target.name);
}

struct acceptance_need need_of_user(const struct json *object) {
    static const char *const fields[] = { "passwordSecret", "passwordSecretRef" };
    struct acceptance_need need = { .resource = &KUBE_SECRETS };

    for (size_t i = 0; i < ARRAY_LENGTH(fields) && !need.name; i++) {
        const struct json *value = json_get(json_get(object, "spec"), fields[i]);
        need.field = i == 0 ? "spec.passwordSecret" : "spec.passwordSecretRef";
        need.name = json_is(value, JSON_STRING) ? value->string : json_string_at(value, "name", NULL);
        need.entries[0] = (struct acceptance_entry){ .any_of = { json_string_at(value, "key", "password") },
                                                     .judge = judge_password };
    }
    return need;
}

struct acceptance_need need_of_seed(const struct json *object) {
    static const struct {
        const char *scheme;
        struct acceptance_entry entries[SECRET_ENTRIES_MAX];
    } seeds[] = {
        { "s3://", { { .any_of = { "AWS_ACCESS_KEY_ID" } }, { .any_of = { "AWS_SECRET_ACCESS_KEY" } } } },
        { "gs://",
          { { .any_of = { "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS_JSON" } } } },
        { "azb://",
          { { .any_of = { "AZURE_STORAGE_ACCOUNT" } },
            { .any_of = { "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN" } } } },
        { "http://", { { .any_of = { "AUTH_HEADER", "USERNAME" }, .is_optional = true } } },
        { "https://", { { .any_of = { "AUTH_HEADER", "USERNAME" }, .is_optional = true } } },
        { "ftp://", { { .any_of = { "USERNAME" }, .is_optional = true } } },
    };
    const char *uri = json_string_at(object, "spec.seedURI", "");
    struct acceptance_need need = {
        .field = "spec.seedCredentials.secretRef",
        .resource = &KUBE_SECRETS,
        .name = json_string_at(object, "spec.seedCredentials.secretRef", NULL),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++)
        if (str_starts_with(uri, seeds[i].scheme))
            memcpy(need.entries, seeds[i].entries, sizeof(need.entries));
    return need;
}

struct acceptance_need need_of_restore(const struct json *object) {
    return (struct acceptance_need){
        .field = "spec.source.backupRef",
        .resource = &KUBE_NEO4J_BACKUPS,
        .name = json_string_at(object, "spec.source.backupRef", NULL),
    };
}

/* ---- what is there ---- */

/* Whether one of the names of an entry is there, and what its rules say of the value. No value leaves here;
 * the store keeps the data (secret_store.h). */
static enum secret_answer read_entry(struct pass *pass, struct acceptance *seen,
                                     const struct acceptance_entry *entry, struct error *err) {
    enum secret_answer answer = SECRET_NO_SUCH_KEY;

    for (size_t i = 0; i < SECRET_NAMES_MAX && entry->any_of[i] && answer == SECRET_NO_SUCH_KEY; i++) {
        CLEANUP(secret_text_clear) struct secret_text value = { 0 };
        answer =
            secret_store_read(pass->secrets, pass->namespace, seen->need.name, entry->any_of[i], &value, err);
        if (answer == SECRET_FOUND && entry->judge)
            entry->judge(seen, &value);
    }
    return answer;
}

bool need_observe(struct pass *pass, struct acceptance *seen, struct error *err) {
    struct acceptance_need *need = &seen->need;
    struct cache_identity identity;

    if (!need->name)
        return true;
    need->is_there = cache_identify(pass->cache, need->resource, pass->namespace, need->name, &identity);
    for (size_t i = 0; need->is_there && i < SECRET_ENTRIES_MAX && !need->absent; i++) {
        const struct acceptance_entry *entry = &need->entries[i];
        if (!entry->any_of[0])
            break;
        switch (read_entry(pass, seen, entry, err)) {
        case SECRET_FOUND:
            break;
        case SECRET_NO_SUCH_OBJECT:
            need->is_there = false;
            break;
        case SECRET_NO_SUCH_KEY:
            if (entry->is_optional)
                acceptance_warn(seen, seen->kind->need_warning, need->field,
                                json_new_string(seen->arena, need->name),
                                "has no entry %s, which the seed's address may need", entry->any_of[0]);
            else
                need->absent = entry;
            break;
        case SECRET_UNREADABLE:
            return false;
        }
    }
    return true;
}
