#include "controllers/memo.h"

#include "base/encoding.h"
#include "resources/labels.h"

#include <pthread.h>

struct memos {
    pthread_mutex_t lock;
    LIST_HEAD(, memo) items; /* under lock: as many as there are objects, looked up once a pass */
};

struct memos *memos_new(void) {
    struct memos *memos = XNEW(struct memos);

    pthread_mutex_init(&memos->lock, NULL);
    LIST_INIT(&memos->items);
    return memos;
}

void memos_free(struct memos *memos) {
    struct memo *memo;

    if (!memos)
        return;
    while ((memo = LIST_FIRST(&memos->items)))
        memos_drop(memos, memo);
    pthread_mutex_destroy(&memos->lock);
    free(memos);
}

struct memo *memos_of(struct memos *memos, const char *key) {
    struct memo *memo;

    pthread_mutex_lock(&memos->lock);
    LIST_FOREACH (memo, &memos->items, link)
        if (str_equal(memo->key, key))
            break;
    if (!memo) {
        memo = XNEW(struct memo);
        memo->key = xstrdup(key);
        LIST_INSERT_HEAD(&memos->items, memo, link);
    }
    pthread_mutex_unlock(&memos->lock);
    return memo;
}

void memos_drop(struct memos *memos, struct memo *memo) {
    pthread_mutex_lock(&memos->lock);
    LIST_REMOVE(memo, link);
    pthread_mutex_unlock(&memos->lock);
    free(memo->key);
    free(memo->force);
    free(memo->unseen);
    free(memo->unseen_over);
    free(memo);
}

size_t memos_count(struct memos *memos) {
    const struct memo *memo;
    size_t count = 0;

    pthread_mutex_lock(&memos->lock);
    LIST_FOREACH (memo, &memos->items, link)
        count++;
    pthread_mutex_unlock(&memos->lock);
    return count;
}

bool memo_knows_object(const struct memo *memo) {
    return memo->force;
}

/* ---- what was written ---- */

static void forget_written(struct memo *memo) {
    free(TAKE(memo->unseen));
    free(TAKE(memo->unseen_over));
}

static const char *version_of(const struct json *object) {
    return json_string_at(object, "metadata.resourceVersion", "");
}

void memo_remember_written(struct memo *memo, const struct json *before, struct json *after) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (str_equal(version_of(before), version_of(after)))
        return; /* nothing changed */
    char *over = xprintf("%s%s ", memo->unseen_over ? memo->unseen_over : " ", version_of(before));
    forget_written(memo);
    json_remove(json_get(after, "metadata"), "managedFields");
    memo->unseen_over = over;
    memo->unseen = xstrdup(json_print(arena, after));
}

struct json *memo_freshest(struct memo *memo, struct arena *arena, struct json *cached) {
    CLEANUP_FREE char *version = xprintf(" %s ", version_of(cached));
    struct json *written = NULL;

    if (!memo->unseen)
        return cached;
    if (cached && strstr(memo->unseen_over, version) &&
        json_parse(arena, text_from(memo->unseen), NULL, &written, NULL))
        return written;
    forget_written(memo);
    return cached;
}

/* ---- force ---- */

static const char *force_of(const struct json *object) {
    return json_string(json_get(json_at(object, "metadata.annotations"), ANNOTATION_FORCE_RECONCILE), "");
}

bool memo_is_forced(const struct memo *memo, const struct json *object) {
    const char *force = force_of(object);

    return memo->force && !str_equal(memo->force, force) && *force;
}

void memo_remember_force(struct memo *memo, const struct json *object, bool has_failed) {
    if (memo->force && has_failed)
        return;
    free(memo->force);
    memo->force = xstrdup(force_of(object));
}

/* ---- what is in sync ---- */

static uint64_t hash_of_current(uint64_t wanted, const char *uid, const char *resource_version) {
    return hash64_add_string(hash64_add_string(wanted, uid), resource_version);
}

bool memo_is_current(const struct memo *memo, uint64_t wanted, const char *uid,
                     const char *resource_version) {
    uint64_t hash = hash_of_current(wanted, uid, resource_version);

    for (size_t i = 0; i < MEMO_CURRENT_MAX; i++)
        if (memo->current[i] == hash)
            return true;
    return false;
}

void memo_remember_current(struct memo *memo, uint64_t wanted, const struct json *live) {
    memo->current[memo->next_current] =
        hash_of_current(wanted, json_string_at(live, "metadata.uid", ""), version_of(live));
    memo->next_current = (memo->next_current + 1) % MEMO_CURRENT_MAX;
}

/* ---- what is sound ---- */

struct verdict memo_judge(struct memo *memo, struct judge *judge, struct arena *arena,
                          const struct api_kind *kind, const struct json *object) {
    uint64_t hash = judge_hash_stored(object);

    if (memo && hash && memo->sound == hash)
        return judge_sound(judge, arena, kind, object);
    struct verdict verdict = judge_stored(judge, arena, kind, object);
    if (memo)
        memo->sound = verdict.errors.count || verdict.warnings.count ? 0 : hash;
    return verdict;
}
