/* Memo: what one pass over an object leaves for the next, in memory only: losing it in a crash costs a
 * repeated log line, nothing else.
 *
 * The list may be used by any number of threads; a memo belongs to the worker that has its key.
 */
#pragma once

#include "api/judge.h"
#include "base/error.h"
#include "base/json.h"

#include <sys/queue.h>

/* More objects than a plan applies. */
enum { MEMO_CURRENT_MAX = 24 };

struct memo {
    char *key;
    struct error last_failure;
    int64_t status_written_ns; /* wall clock; 0: not yet */
    char *force; /* the force annotation's value at the last pass that went through; NULL: before the first */
    char *unseen;      /* the object as this process wrote it last, until the cache shows it; NULL: it does */
    char *unseen_over; /* " 10 11 ": the versions that it came after */
    /* Of objects that were found in sync: hashes of what is wanted and of the very version that was so. */
    uint64_t current[MEMO_CURRENT_MAX];
    size_t next_current;
    /* judge_hash_stored() of the object when its verdict last was without a word; 0: of none. */
    uint64_t sound;
    LIST_ENTRY(memo) link;
};

struct memos;

struct memos *memos_new(void);
void memos_free(struct memos *memos);
DEFINE_CLEANUP(struct memos, memos_free);

/* The memo of key, made when there is none. */
struct memo *memos_of(struct memos *memos, const char *key);
/* Whether a pass went over its object: many keys are asked for of which no object ever was. */
bool memo_knows_object(const struct memo *memo);
/* Its object is gone. */
void memos_drop(struct memos *memos, struct memo *memo);
size_t memos_count(struct memos *memos);

/* A status was written on `before`; `after` is what the API server made of it: kept without managed fields,
 * as the cache keeps objects, which are taken out of it. */
void memo_remember_written(struct memo *memo, const struct json *before, struct json *after);
/* The object that a pass is about: as the cache has it, or as this process wrote it when the cache is behind
 * that. Without this a pass right after a write would tell and write the same again. */
struct json *memo_freshest(struct memo *memo, struct arena *arena, struct json *cached);

/* Whether this version of the live object was found to be what is wanted, so that neither has to be looked at
 * again. wanted: json_hash() of it. */
bool memo_is_current(const struct memo *memo, uint64_t wanted, const char *uid, const char *resource_version);
void memo_remember_current(struct memo *memo, uint64_t wanted, const struct json *live);

/* The judge's verdict on the pass's object as it is stored. One that was sound is not looked at again. memo
 * may be NULL. */
struct verdict memo_judge(struct memo *memo, struct judge *judge, struct arena *arena,
                          const struct api_kind *kind, const struct json *object);

/* Whether the annotation operator.neo4j.com/force-reconcile has got a new value since the last pass that went
 * through. One that was there when the operator started is not new. */
bool memo_is_forced(const struct memo *memo, const struct json *object);
/* After a pass: one that failed leaves the wish for the next. */
void memo_remember_force(struct memo *memo, const struct json *object, bool has_failed);
