import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.neo4j.driver.Values;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Node;
import org.neo4j.driver.types.Point;

/** Values as JSON, with a tag where JSON has no type of its own. */
final class Tagged {
    private static int number(JsonArray n, int i) {
        return n.get(i).getAsInt();
    }

    private static LocalTime time(JsonArray n, int first) {
        return LocalTime.of(number(n, first), number(n, first + 1), number(n, first + 2), number(n, first + 3));
    }

    private static LocalDate date(JsonArray n) {
        return LocalDate.of(number(n, 0), number(n, 1), number(n, 2));
    }

    private static LocalDateTime moment(JsonArray n) {
        return LocalDateTime.of(date(n), time(n, 3));
    }

    private static Object point(JsonArray n) {
        double x = n.get(1).getAsDouble(), y = n.get(2).getAsDouble();
        return n.size() == 3 ? Values.point(number(n, 0), x, y) : Values.point(number(n, 0), x, y, n.get(3).getAsDouble());
    }

    static Map<String, Object> givenMap(JsonElement members) {
        Map<String, Object> result = new HashMap<>();
        if (members != null && members.isJsonObject())
            for (Map.Entry<String, JsonElement> member : members.getAsJsonObject().entrySet())
                result.put(member.getKey(), given(member.getValue()));
        return result;
    }

    static Object given(JsonElement value) {
        if (value.isJsonNull()) return null;
        if (value.isJsonArray()) {
            List<Object> list = new ArrayList<>();
            value.getAsJsonArray().forEach(item -> list.add(given(item)));
            return list;
        }
        if (value.isJsonPrimitive()) {
            JsonPrimitive primitive = value.getAsJsonPrimitive();
            return primitive.isBoolean() ? (Object) primitive.getAsBoolean() : primitive.getAsString();
        }
        Map.Entry<String, JsonElement> only = value.getAsJsonObject().entrySet().iterator().next();
        return givenAs(only.getKey(), only.getValue());
    }

    private static Object givenAs(String tag, JsonElement inner) {
        switch (tag) {
            case "int": return Long.parseLong(inner.getAsString());
            case "float": return Double.parseDouble(inner.getAsString());
            case "map": return givenMap(inner);
            case "uuid": return UUID.fromString(inner.getAsString());
            case "bytes": return HexFormat.of().parseHex(inner.getAsString());
            default: break;
        }
        JsonArray n = inner.getAsJsonArray();
        switch (tag) {
            case "date": return date(n);
            case "localtime": return time(n, 0);
            case "time": return OffsetTime.of(time(n, 0), ZoneOffset.ofTotalSeconds(number(n, 4)));
            case "localdatetime": return moment(n);
            case "datetime": return moment(n).atZone(ZoneOffset.ofTotalSeconds(number(n, 7)));
            case "zoned": return moment(n).atZone(ZoneId.of(n.get(7).getAsString()));
            case "duration": return Values.isoDuration(number(n, 0), number(n, 1), number(n, 2), number(n, 3));
            case "point": return point(n);
            case "vector": return Vectors.given(n);
            default: throw new IllegalArgumentException("unknown tag " + tag);
        }
    }

    static JsonObject object(Object... members) {
        JsonObject result = new JsonObject();
        for (int i = 0; i < members.length; i += 2) result.add((String) members[i], plain(members[i + 1]));
        return result;
    }

    static JsonArray array(Object... items) {
        JsonArray result = new JsonArray();
        for (Object item : items) result.add(plain(item));
        return result;
    }

    /** JSON's own types as they are. */
    static JsonElement plain(Object value) {
        if (value == null) return JsonNull.INSTANCE;
        if (value instanceof JsonElement element) return element;
        if (value instanceof Boolean bool) return new JsonPrimitive(bool);
        if (value instanceof Number number) return new JsonPrimitive(number);
        return new JsonPrimitive(value.toString());
    }

    private static JsonElement shownText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= 500) return new JsonPrimitive(text);
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes);
            return object("text", array(bytes.length, HexFormat.of().formatHex(sum).substring(0, 12)));
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    private static JsonArray fields(LocalDate date, LocalTime time, Object... more) {
        JsonArray result = new JsonArray();
        if (date != null) result.addAll(array(date.getYear(), date.getMonthValue(), date.getDayOfMonth()));
        if (time != null) result.addAll(array(time.getHour(), time.getMinute(), time.getSecond(), time.getNano()));
        result.addAll(array(more));
        return result;
    }

    private static JsonElement shownPoint(Point point) {
        JsonArray fields = array(point.srid(), String.valueOf(point.x()), String.valueOf(point.y()));
        if (!Double.isNaN(point.z())) fields.add(String.valueOf(point.z()));
        return object("point", fields);
    }

    private static JsonElement shownMoment(ZonedDateTime moment) {
        int offset = moment.getOffset().getTotalSeconds();
        if (moment.getZone() instanceof ZoneOffset)
            return object("datetime", fields(moment.toLocalDate(), moment.toLocalTime(), offset));
        return object("zoned", fields(moment.toLocalDate(), moment.toLocalTime(), offset, moment.getZone().getId()));
    }

    static JsonArray shownList(Iterable<?> items) {
        JsonArray list = new JsonArray();
        items.forEach(item -> list.add(shown(item)));
        return list;
    }

    static JsonObject shownMap(Map<?, ?> members) {
        JsonObject result = new JsonObject();
        new TreeMap<>(members).forEach((key, value) -> result.add(key.toString(), shown(value)));
        return result;
    }

    private static JsonElement shownNode(Node node) {
        List<String> labels = new ArrayList<>();
        node.labels().forEach(labels::add);
        labels.sort(null);
        return object("node", array(node.elementId(), shownList(labels), shownMap(node.asMap())));
    }

    /** What Value.asObject() gives. */
    static JsonElement shown(Object value) {
        if (value == null || value instanceof Boolean) return plain(value);
        if (value instanceof Long) return object("int", value.toString());
        if (value instanceof Double) return object("float", value.toString());
        if (value instanceof String text) return shownText(text);
        if (value instanceof byte[] bytes) return object("bytes", HexFormat.of().formatHex(bytes));
        if (value instanceof UUID uuid) return object("uuid", uuid.toString());
        if (value instanceof List<?> list) return shownList(list);
        if (value instanceof Map<?, ?> map) return object("map", shownMap(map));
        if (value instanceof Node node) return shownNode(node);
        if (value instanceof Point point) return shownPoint(point);
        if (value instanceof IsoDuration d) return object("duration", array(d.months(), d.days(), d.seconds(), d.nanoseconds()));
        if (value instanceof LocalDate date) return object("date", fields(date, null));
        if (value instanceof LocalTime time) return object("localtime", fields(null, time));
        if (value instanceof OffsetTime t) return object("time", fields(null, t.toLocalTime(), t.getOffset().getTotalSeconds()));
        if (value instanceof LocalDateTime t) return object("localdatetime", fields(t.toLocalDate(), t.toLocalTime()));
        if (value instanceof ZonedDateTime moment) return shownMoment(moment);
        JsonElement vector = Vectors.shown(value);
        return object(vector == null ? "unknown" : "vector", vector == null ? value.getClass().getSimpleName() : vector);
    }
}
