import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.RetryableException;
import org.neo4j.driver.summary.GqlNotification;
import org.neo4j.driver.summary.GqlStatusObject;
import org.neo4j.driver.summary.InputPosition;
import org.neo4j.driver.summary.ResultSummary;
import org.neo4j.driver.summary.ServerInfo;
import org.neo4j.driver.summary.SummaryCounters;

/** What came of a step, as JSON. */
final class Outcomes {
    private static JsonElement record(Map<String, Value> diagnostics) {
        Map<String, Object> members = new TreeMap<>();
        diagnostics.forEach((key, value) -> members.put(key, value.asObject()));
        return Tagged.shown(members);
    }

    static JsonObject error(RuntimeException error) {
        if (error instanceof Runner.Nothing) return Tagged.object("nothing", error.getMessage());
        if (!(error instanceof Neo4jException known) || known.code() == null || !known.code().startsWith("Neo."))
            return local(error);
        JsonArray statuses = new JsonArray();
        for (Neo4jException cause = known; cause != null; cause = cause.gqlCause().orElse(null))
            statuses.add(Tagged.array(cause.gqlStatus(), cause.statusDescription(), cause.rawClassification().orElse(null),
                    record(cause.diagnosticRecord()), cause.getMessage()));
        return Tagged.object("kind", known.getClass().getSimpleName(), "code", known.code(), "message", known.getMessage(),
                "retryable", known instanceof RetryableException, "statuses", statuses);
    }

    /** A failure of the driver's own, perhaps of a server's. */
    private static JsonObject local(RuntimeException error) {
        JsonObject result = Tagged.object("local", error.getClass().getSimpleName());
        if (error.getCause() instanceof Neo4jException cause) result.add("cause", error(cause));
        return result;
    }

    private static JsonElement position(InputPosition position) {
        return position == null ? Tagged.plain(null) : Tagged.array(position.offset(), position.line(), position.column());
    }

    static JsonArray server(ServerInfo server) {
        return Tagged.array(server.agent(), server.address(), server.protocolVersion());
    }

    private static JsonObject counters(SummaryCounters counters) {
        Object[] all = {
            "nodes-created", counters.nodesCreated(), "nodes-deleted", counters.nodesDeleted(),
            "relationships-created", counters.relationshipsCreated(), "relationships-deleted", counters.relationshipsDeleted(),
            "properties-set", counters.propertiesSet(), "labels-added", counters.labelsAdded(),
            "labels-removed", counters.labelsRemoved(), "indexes-added", counters.indexesAdded(),
            "indexes-removed", counters.indexesRemoved(), "constraints-added", counters.constraintsAdded(),
            "constraints-removed", counters.constraintsRemoved(), "system-updates", counters.systemUpdates(),
        };
        JsonObject result = new JsonObject();
        for (int i = 0; i < all.length; i += 2) if ((int) all[i + 1] != 0) result.addProperty((String) all[i], (int) all[i + 1]);
        return result;
    }

    private static JsonArray status(GqlStatusObject one) {
        GqlNotification notification = one instanceof GqlNotification known ? known : null;
        return Tagged.array(one.gqlStatus(), one.statusDescription(),
                notification == null ? null : notification.rawSeverity().orElse(null),
                notification == null ? null : notification.rawClassification().orElse(null),
                notification == null ? null : position(notification.position().orElse(null)), record(one.diagnosticRecord()));
    }

    static JsonObject summary(ResultSummary summary) {
        JsonArray notifications = new JsonArray(), statuses = new JsonArray();
        summary.notifications().forEach(one -> notifications.add(Tagged.array(one.code(), one.title(), one.description(),
                one.rawSeverityLevel().orElse(null), one.rawCategory().orElse(null), position(one.position()))));
        summary.gqlStatusObjects().stream().sorted(Comparator.comparing(GqlStatusObject::gqlStatus))
                .forEach(one -> statuses.add(status(one)));
        SummaryCounters counters = summary.counters();
        return Tagged.object("counters", counters(counters),
                "updates", Tagged.array(counters.containsUpdates(), counters.containsSystemUpdates()),
                "type", summary.queryType(), "server", server(summary.server()), "database", summary.database().name(),
                "notifications", notifications, "statuses", statuses,
                "plan", summary.hasPlan() ? summary.plan().operatorType() : null,
                "profile", summary.hasProfile() ? summary.profile().operatorType() : null,
                "timed", Tagged.array(summary.resultAvailableAfter(TimeUnit.MILLISECONDS) >= 0,
                        summary.resultConsumedAfter(TimeUnit.MILLISECONDS) >= 0));
    }

    static JsonArray values(Record record) {
        JsonArray result = new JsonArray();
        record.values().forEach(value -> result.add(Tagged.shown(value.asObject())));
        return result;
    }

    static JsonArray strings(List<String> texts) {
        return Tagged.array(texts.toArray());
    }

    static JsonObject rows(List<String> keys, List<Record> records, boolean onlyEnds) {
        JsonArray list = new JsonArray();
        for (int i = 0; i < records.size(); i++)
            if (!onlyEnds || i == 0 || i == records.size() - 1) list.add(values(records.get(i)));
        return onlyEnds ? Tagged.object("keys", strings(keys), "count", records.size(), "ends", list)
                : Tagged.object("keys", strings(keys), "records", list);
    }
}
