#include "test.h"

#include "neo4j/failures.h"
#include "neo4j/quote.h"

TEST("quotes names and texts so that they stay one word") {
    static const struct {
        const char *text;
        const char *as_name;
        const char *as_string;
    } rows[] = {
        { "plain", "`plain`", "'plain'" },   { "", "``", "''" },
        { "a`b", "`a``b`", "'a`b'" },        { "x' OR 1=1 //", "`x' OR 1=1 //`", "'x\\' OR 1=1 //'" },
        { "a\\", "`a\\u005C`", "'a\\\\'" },  { "\\u0060", "`\\u005Cu0060`", "'\\\\u0060'" },
        { "a\nb", "`a\nb`", "'a\\u000Ab'" }, { "Größe", "`Größe`", "'Größe'" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer name = { 0 };
        CLEANUP_BUFFER struct buffer string = { 0 };
        quote_name(&name, rows[i].text);
        quote_string(&string, rows[i].text);
        assert_string_equal(buffer_string(&name), rows[i].as_name);
        assert_string_equal(buffer_string(&string), rows[i].as_string);
    }
}

TEST("says what follows from a refusal") {
    static const struct {
        const char *code;
        const char *status;
        enum failure_class class;
        enum error_kind kind;
    } rows[] = {
        { NULL, NULL, FAILURE_NONE, ERROR_NONE },
        { "Neo.ClientError.Cluster.NotALeader", NULL, FAILURE_LEADER, ERROR_REFUSED },
        { "Neo.ClientError.Security.Unauthorized", "42NFF", FAILURE_CREDENTIALS, ERROR_UNAUTHORIZED },
        { "Neo.ClientError.Security.CredentialsExpired", NULL, FAILURE_CREDENTIALS, ERROR_UNAUTHORIZED },
        { "Neo.ClientError.Security.AuthenticationRateLimit", NULL, FAILURE_BACK_OFF, ERROR_THROTTLED },
        { "Neo.ClientError.Security.Forbidden", "42NFF", FAILURE_FORBIDDEN, ERROR_FORBIDDEN },
        { "Neo.TransientError.General.TransactionMemoryLimit", NULL, FAILURE_RETRIABLE, ERROR_REFUSED },
        { "Neo.TransientError.Transaction.Terminated", NULL, FAILURE_OTHER, ERROR_REFUSED },
        { "Neo.TransientError.General.DatabaseUnavailable", "08N09", FAILURE_RETRIABLE, ERROR_REFUSED },
        { "Neo.TransientError.General.DatabaseUnavailable", NULL, FAILURE_LEADER, ERROR_REFUSED },
        { "Neo.ClientError.Statement.ArgumentError", NULL, FAILURE_INVALID, ERROR_INVALID },
        { "Neo.ClientError.Statement.ArgumentError", "50N42", FAILURE_INVALID, ERROR_INVALID },
        { "Neo.ClientError.Statement.ArgumentError", "22N89", FAILURE_UNCHANGED, ERROR_ALREADY_EXISTS },
        { "Neo.ClientError.Statement.ArgumentError", "42N12", FAILURE_ALREADY_THERE, ERROR_ALREADY_EXISTS },
        { "Neo.ClientError.Database.ExistingDatabaseFound", NULL, FAILURE_ALREADY_THERE,
          ERROR_ALREADY_EXISTS },
        { "Neo.ClientError.Database.DatabaseNotFound", "22N51", FAILURE_NOT_THERE, ERROR_NOT_FOUND },
        { "Neo.ClientError.Statement.UnsupportedAdministrationCommand", NULL, FAILURE_UNSUPPORTED,
          ERROR_INVALID },
        { "Neo.ClientError.Procedure.ProcedureNotFound", "42N08", FAILURE_UNSUPPORTED, ERROR_INVALID },
        { "Neo.ClientError.Procedure.ProcedureCallFailed", NULL, FAILURE_INVALID, ERROR_INVALID },
        { "Neo.ClientError.Procedure.ProcedureCallFailed", "25N11", FAILURE_RETRIABLE, ERROR_REFUSED },
        { "Neo.DatabaseError.Database.DatabaseLimitReached", NULL, FAILURE_LIMIT, ERROR_REFUSED },
        { "Neo.DatabaseError.Database.UnableToStartDatabase", NULL, FAILURE_DATABASE, ERROR_REFUSED },
        { "Neo.DatabaseError.General.UnknownError", NULL, FAILURE_OTHER, ERROR_REFUSED },
        { "Neo.Unheard.Of", NULL, FAILURE_OTHER, ERROR_REFUSED },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct neo4j_failure failure = { .code = rows[i].code, .gql_status = rows[i].status };
        enum failure_class class = failure_class_of(&failure);
        if (class != rows[i].class || failure_error_kind(class) != rows[i].kind)
            fail_msg("%s %s: class %d", rows[i].code, rows[i].status, class);
    }
    assert_int_equal(failure_class_of(NULL), FAILURE_NONE);
    assert_true(failure_is(&(struct neo4j_failure){ .code = "a.b" }, "a.b"));
    assert_false(failure_is(&(struct neo4j_failure){ .code = "a.b" }, "a"));
    assert_false(failure_is(NULL, "a"));
}

/* Source: the drivers' contract on what may be tried again. */
TEST("knows what the drivers' contract allows to be tried again") {
    static const struct {
        const char *code;
        bool is_retriable;
    } rows[] = {
        { "Neo.ClientError.Cluster.NotALeader", true },
        { "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", true },
        { "Neo.ClientError.Security.AuthorizationExpired", true },
        { "Neo.TransientError.Transaction.DeadlockDetected", true },
        { "Neo.TransientError.General.DatabaseUnavailable", true },
        { "Neo.TransientError.General.MemoryPoolOutOfMemoryError", true },
        { "Neo.TransientError.Security.AuthProviderTimeout", true },
        { "Neo.TransientError.Transaction.Terminated", false },
        { "Neo.TransientError.Transaction.LockClientStopped", false },
        { "Neo.ClientError.Security.AuthenticationRateLimit", false },
        { "Neo.ClientError.Security.Unauthorized", false },
        { "Neo.ClientError.Statement.SyntaxError", false },
        { "Neo.DatabaseError.Database.DatabaseLimitReached", false },
        { "Neo.DatabaseError.General.UnknownError", false },
        { NULL, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (failure_is_retriable(&(struct neo4j_failure){ .code = rows[i].code }) != rows[i].is_retriable)
            fail_msg("%s", rows[i].code ? rows[i].code : "no code");
}
