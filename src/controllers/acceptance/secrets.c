#include "controllers/acceptance/secrets.h"

#include "base/secret.h"
#include "controllers/secret_store.h"

/* ---- who needs what ---- */

struct acceptance_secret secret_of_user(const struct json *object) {
    static const char *const fields[] = { "passwordSecret", "passwordSecretRef" };
    struct acceptance_secret secret = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(fields) && !secret.name; i++) {
        const struct json *value = json_get(json_get(object, "spec"), fields[i]);
        secret.field = i == 0 ? "spec.passwordSecret" : "spec.passwordSecretRef";
        secret.name = json_is(value, JSON_STRING) ? value->string : json_string_at(value, "name", NULL);
        secret.entries[0].any_of[0] = json_string_at(value, "key", "password");
    }
    return secret;
}

struct acceptance_secret secret_of_seed(const struct json *object) {
    static const struct {
        const char *scheme;
        struct acceptance_entry entries[SECRET_ENTRIES_MAX];
    } seeds[] = {
        { "s3://", { { { "AWS_ACCESS_KEY_ID" } }, { { "AWS_SECRET_ACCESS_KEY" } } } },
        { "gs://", { { { "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS_JSON" } } } },
        { "azb://",
          { { { "AZURE_STORAGE_ACCOUNT" } }, { { "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN" } } } },
        { "http://", { { { "AUTH_HEADER", "USERNAME" }, true } } },
        { "https://", { { { "AUTH_HEADER", "USERNAME" }, true } } },
        { "ftp://", { { { "USERNAME" }, true } } },
    };
    const char *uri = json_string_at(object, "spec.seedURI", "");
    struct acceptance_secret secret = {
        .field = "spec.seedCredentials.secretRef",
        .name = json_string_at(object, "spec.seedCredentials.secretRef", NULL),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++)
        if (strncmp(uri, seeds[i].scheme, strlen(seeds[i].scheme)) == 0)
            memcpy(secret.entries, seeds[i].entries, sizeof(secret.entries));
    return secret;
}

/* ---- what is there ---- */

/* Whether one of the names of an entry is there. No value leaves here; the store keeps the data
 * (secret_store.h). */
static enum secret_answer read_entry(struct pass *pass, const char *secret,
                                     const struct acceptance_entry *entry, struct error *err) {
    enum secret_answer answer = SECRET_NO_SUCH_KEY;

    for (size_t i = 0; i < SECRET_NAMES_MAX && entry->any_of[i] && answer == SECRET_NO_SUCH_KEY; i++) {
        CLEANUP(secret_text_clear) struct secret_text value = { 0 };
        answer = secret_store_read(pass->secrets, pass->namespace, secret, entry->any_of[i], &value, err);
    }
    return answer;
}

bool secret_observe(struct pass *pass, struct acceptance *seen, struct error *err) {
    struct acceptance_secret *secret = &seen->secret;
    struct cache_identity identity;

    if (!secret->name)
        return true;
    secret->is_there = cache_identify(pass->cache, &KUBE_SECRETS, pass->namespace, secret->name, &identity);
    for (size_t i = 0; secret->is_there && i < SECRET_ENTRIES_MAX && !secret->absent; i++) {
        const struct acceptance_entry *entry = &secret->entries[i];
        if (!entry->any_of[0])
            break;
        switch (read_entry(pass, secret->name, entry, err)) {
        case SECRET_FOUND:
            break;
        case SECRET_NO_SUCH_OBJECT:
            secret->is_there = false;
            break;
        case SECRET_NO_SUCH_KEY:
            if (entry->is_optional)
                acceptance_warn(seen, seen->kind->secret_warning, secret->field,
                                json_new_string(seen->arena, secret->name),
                                "has no entry %s, which the seed's address may need", entry->any_of[0]);
            else
                secret->absent = entry;
            break;
        case SECRET_UNREADABLE:
            return false;
        }
    }
    return true;
}
