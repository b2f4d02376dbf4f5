#include "neo4j/failures.h"

struct failure_rule {
    const char *code; /* a whole code, or the beginning of one, which then ends with a dot */
    enum failure_class class;
};

/* GQL statuses that say more than the code beside them: looked at first. */
static const struct failure_rule statuses[] = {
    { "08N00", FAILURE_LEADER },        /* no leader is known */
    { "08N01", FAILURE_LEADER },        /* can't write here */
    { "08N02", FAILURE_LEADER },        /* the database is not here */
    { "08N07", FAILURE_LEADER },        /* this member is not the leader */
    { "08N09", FAILURE_RETRIABLE },     /* database unavailable */
    { "22N89", FAILURE_UNCHANGED },     /* old and new password are the same */
    { "25N11", FAILURE_RETRIABLE },     /* concurrent administration statements */
    { "42I67", FAILURE_UNSUPPORTED },   /* only in Cypher 25 */
    { "42N00", FAILURE_NOT_THERE },     /* graph */
    { "42N08", FAILURE_UNSUPPORTED },   /* procedure */
    { "42N09", FAILURE_NOT_THERE },     /* user */
    { "42N10", FAILURE_NOT_THERE },     /* role */
    { "42N11", FAILURE_ALREADY_THERE }, /* database or alias */
    { "42N12", FAILURE_ALREADY_THERE }, /* user */
    { "42N13", FAILURE_ALREADY_THERE }, /* role */
    { "42NFD", FAILURE_CREDENTIALS },   /* must be changed */
    { "51N29", FAILURE_LEADER },        /* must run on the leader */
    { "51N34", FAILURE_LEADER },        /* the leader changed */
    { "51N40", FAILURE_DATABASE },      /* unable to start */
    { "51N55", FAILURE_LIMIT },         /* number of databases */
};

/* The first that fits counts: whole codes before the beginnings that cover them. */
static const struct failure_rule codes[] = {
    { "Neo.ClientError.Cluster.NotALeader", FAILURE_LEADER },
    { "Neo.ClientError.Database.DatabaseNotFound", FAILURE_NOT_THERE },
    { "Neo.ClientError.Database.ExistingAliasFound", FAILURE_ALREADY_THERE },
    { "Neo.ClientError.Database.ExistingDatabaseFound", FAILURE_ALREADY_THERE },
    { "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", FAILURE_LEADER },
    { "Neo.ClientError.Procedure.ProcedureNotFound", FAILURE_UNSUPPORTED },
    { "Neo.ClientError.Procedure.", FAILURE_INVALID },
    { "Neo.ClientError.Routing.DbmsInPanic", FAILURE_DATABASE },
    { "Neo.ClientError.Routing.RoutingFailed", FAILURE_DATABASE },
    { "Neo.ClientError.Security.AuthenticationRateLimit", FAILURE_BACK_OFF },
    { "Neo.ClientError.Security.AuthorizationExpired", FAILURE_RETRIABLE },
    { "Neo.ClientError.Security.CredentialsExpired", FAILURE_CREDENTIALS },
    { "Neo.ClientError.Security.Forbidden", FAILURE_FORBIDDEN },
    { "Neo.ClientError.Security.TokenExpired", FAILURE_CREDENTIALS },
    { "Neo.ClientError.Security.Unauthorized", FAILURE_CREDENTIALS },
    { "Neo.ClientError.Statement.UnsupportedAdministrationCommand", FAILURE_UNSUPPORTED },
    { "Neo.ClientError.Statement.", FAILURE_INVALID },
    { "Neo.DatabaseError.Database.DatabaseLimitReached", FAILURE_LIMIT },
    { "Neo.DatabaseError.Database.UnableToStartDatabase", FAILURE_DATABASE },
    { "Neo.TransientError.Cluster.ReplicationFailure", FAILURE_LEADER },
    { "Neo.TransientError.General.DatabaseUnavailable", FAILURE_LEADER },
    { "Neo.TransientError.General.MemoryPoolOutOfMemoryError", FAILURE_LIMIT },
    { "Neo.TransientError.Request.NoThreadsAvailable", FAILURE_LIMIT },
    { "Neo.TransientError.Security.AuthProviderFailed", FAILURE_BACK_OFF },
    { "Neo.TransientError.Security.AuthProviderTimeout", FAILURE_BACK_OFF },
    { "Neo.TransientError.Security.ModifiedConcurrently", FAILURE_BACK_OFF },
    { "Neo.TransientError.Transaction.LeaderSwitch", FAILURE_LEADER },
    /* Called transient, but the drivers' contract says not to repeat them: somebody ended them on purpose. */
    { "Neo.TransientError.Transaction.LockClientStopped", FAILURE_OTHER },
    { "Neo.TransientError.Transaction.MaximumTransactionLimitReached", FAILURE_LIMIT },
    { "Neo.TransientError.Transaction.Terminated", FAILURE_OTHER },
    { "Neo.TransientError.", FAILURE_RETRIABLE },
};

static bool fits(const struct failure_rule *rule, const char *code) {
    return str_ends_with(rule->code, ".") ? str_starts_with(code, rule->code) : str_equal(code, rule->code);
}

static const struct failure_rule *find(const struct failure_rule *rules, size_t count, const char *code) {
    for (size_t i = 0; code && i < count; i++)
        if (fits(&rules[i], code))
            return &rules[i];
    return NULL;
}

enum failure_class failure_class_of(const struct neo4j_failure *failure) {
    const struct failure_rule *rule;

    if (!failure || !failure->code)
        return FAILURE_NONE;
    rule = find(statuses, ARRAY_LENGTH(statuses), failure->gql_status);
    if (!rule)
        rule = find(codes, ARRAY_LENGTH(codes), failure->code);
    return rule ? rule->class : FAILURE_OTHER;
}

enum error_kind failure_error_kind(enum failure_class class) {
    switch (class) {
    case FAILURE_NONE:
        return ERROR_NONE;
#define X(name, kind)                                                                                        \
    case FAILURE_##name:                                                                                     \
        return kind;
        FAILURE_CLASSES(X)
#undef X
    }
    return ERROR_REFUSED;
}

bool failure_is_retriable(const struct neo4j_failure *failure) {
    switch (failure_class_of(failure)) {
    case FAILURE_RETRIABLE:
    case FAILURE_LEADER:
        return true;
    case FAILURE_BACK_OFF:
    case FAILURE_LIMIT:
        return str_starts_with(failure->code, "Neo.TransientError.");
    case FAILURE_NONE:
    case FAILURE_CREDENTIALS:
    case FAILURE_FORBIDDEN:
    case FAILURE_ALREADY_THERE:
    case FAILURE_NOT_THERE:
    case FAILURE_UNCHANGED:
    case FAILURE_UNSUPPORTED:
    case FAILURE_INVALID:
    case FAILURE_DATABASE:
    case FAILURE_OTHER:
        break;
    }
    return false;
}

bool failure_is(const struct neo4j_failure *failure, const char *code) {
    return failure && failure->code && str_equal(failure->code, code);
}
