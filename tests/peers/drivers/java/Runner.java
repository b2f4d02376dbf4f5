import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.neo4j.driver.*;
import org.neo4j.driver.Record;
import org.neo4j.driver.exceptions.Neo4jException;

/** Runs the cases with the official Java driver; see ../README.md. Prints a line of JSON for each. */
public final class Runner {
    /** A step needs what an earlier one failed to make. */
    static final class Nothing extends RuntimeException {
        Nothing(String what) {
            super(what);
        }
    }

    private static String address, password;

    private final JsonObject settings;
    private final Map<String, Result> results = new HashMap<>();
    private Driver driver;
    private Session session;
    private Transaction transaction;
    private Set<Bookmark> bookmarks = Set.of();

    private Runner(JsonObject settings) {
        this.settings = settings;
    }

    private static String text(JsonObject object, String key, String fallback) {
        return object.has(key) && !object.get(key).isJsonNull() ? object.get(key).getAsString() : fallback;
    }

    private static JsonObject settings(JsonElement what) {
        return what != null && what.isJsonObject() ? what.getAsJsonObject() : new JsonObject();
    }

    private static AuthToken auth(JsonElement what) {
        if (what != null && what.isJsonArray()) {
            String secret = what.getAsJsonArray().get(1).getAsString();
            return AuthTokens.basic(what.getAsJsonArray().get(0).getAsString(), secret.equals("$password") ? password : secret);
        }
        return what == null ? AuthTokens.basic("neo4j", password) : AuthTokens.none();
    }

    private static ClientCertificateManager clientCertificate(String name) {
        Path folder = Path.of(System.getenv("NEO4J_CLIENT_CERTIFICATES"));
        return ClientCertificateManagers.rotating(
                ClientCertificates.of(folder.resolve(name + ".crt").toFile(), folder.resolve(name + ".key").toFile()));
    }

    /** Does not wait for the driver's threads, which take a fifth of a second to end. */
    private void close() {
        if (session != null) session.close();
        if (driver != null) driver.closeAsync();
        session = null;
        driver = null;
        transaction = null;
    }

    private void open(JsonObject wanted) {
        close();
        String scheme = text(wanted, "scheme", text(settings, "scheme", "bolt"));
        boolean elsewhere = text(wanted, "host", text(settings, "host", "")).equals("elsewhere");
        String uri = scheme + "://" + (elsewhere ? System.getenv("NEO4J_ELSEWHERE") : address);
        Config config = Config.builder().withMaxTransactionRetryTime(3, TimeUnit.SECONDS).withLogging(Logging.none()).build();
        String certificate = text(wanted, "certificate", text(settings, "certificate", ""));
        driver = certificate.isEmpty() ? GraphDatabase.driver(uri, auth(wanted.get("auth")), config)
                : GraphDatabase.driver(uri, auth(wanted.get("auth")), clientCertificate(certificate), config);
    }

    private void openSession(JsonObject wanted) {
        if (session != null) {
            bookmarks = session.lastBookmarks();
            session.close();
        }
        SessionConfig.Builder config = SessionConfig.builder();
        if (wanted.has("database")) config.withDatabase(text(wanted, "database", ""));
        if (text(wanted, "mode", "").equals("read")) config.withDefaultAccessMode(AccessMode.READ);
        if (wanted.has("fetch")) config.withFetchSize(wanted.get("fetch").getAsLong());
        if (wanted.has("impersonate")) config.withImpersonatedUser(text(wanted, "impersonate", ""));
        if (text(wanted, "bookmarks", "").equals("nonsense")) config.withBookmarks(Bookmark.from("nonsense"));
        else if (wanted.has("bookmarks")) config.withBookmarks(bookmarks);
        String notifications = text(wanted, "notifications", "");
        if (notifications.equals("none")) config.withNotificationConfig(NotificationConfig.disableAllConfig());
        if (notifications.equals("warnings")) config.withMinimumNotificationSeverity(NotificationSeverity.WARNING);
        session = driver.session(config.build());
    }

    private Result result(JsonObject step) {
        Result result = results.get(text(step, "of", "r"));
        if (result == null) throw new Nothing("no result");
        return result;
    }

    private Transaction takeTransaction() {
        Transaction taken = transaction;
        transaction = null;
        if (taken == null) throw new Nothing("no transaction");
        return taken;
    }

    private static TransactionConfig limits(JsonObject step) {
        TransactionConfig.Builder config = TransactionConfig.builder();
        if (step.has("timeout_ms")) config.withTimeout(Duration.ofMillis(step.get("timeout_ms").getAsLong()));
        if (step.has("metadata")) config.withMetadata(Tagged.givenMap(step.get("metadata")));
        return config.build();
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }

    private static int establishedNow(int port) {
        Set<String> own = new HashSet<>();
        int count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : open) {
                try {
                    own.add(Files.readSymbolicLink(fd).toString());
                } catch (IOException gone) {
                    continue;
                }
            }
            for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6"))
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] fields = line.trim().split("\\s+");
                    String remote = fields[2].substring(fields[2].lastIndexOf(':') + 1);
                    if (fields[3].equals("01") && Integer.parseInt(remote, 16) == port && own.contains("socket:[" + fields[9] + "]"))
                        count++;
                }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return count;
    }

    /** The established connections of this process to the server's port, asked again until they settle. */
    private static int connections() {
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)), count = -1;
        for (int i = 0; i < 20; i++) {
            int before = count;
            count = establishedNow(port);
            if (count == before) break;
            pause(50);
        }
        return count;
    }

    private Object run(JsonObject step) {
        String name = text(step, "as", "r"), query = text(step, "arg", "");
        Map<String, Object> parameters = Tagged.givenMap(step.get("with"));
        results.remove(name);
        Result result = transaction != null ? transaction.run(query, parameters) : session.run(query, parameters, limits(step));
        results.put(name, result);
        return Outcomes.strings(result.keys());
    }

    private Object next(JsonObject step) {
        Result result = result(step);
        JsonArray rows = new JsonArray();
        for (int i = step.get("arg").getAsInt(); i > 0 && result.hasNext(); i--) rows.add(Outcomes.values(result.next()));
        return rows;
    }

    private Object managed(Function<TransactionCallback<JsonArray>, JsonArray> how, JsonArray statements) {
        int[] attempts = {0};
        try {
            JsonArray outcome = how.apply(context -> {
                attempts[0]++;
                JsonArray rows = new JsonArray();
                for (JsonElement one : statements) {
                    JsonObject statement = one.getAsJsonObject();
                    Result result = context.run(text(statement, "run", ""), Tagged.givenMap(statement.get("with")));
                    rows.add(Outcomes.rows(result.keys(), result.list(), false));
                }
                return rows;
            });
            return Tagged.object("attempts", attempts[0], "results", outcome);
        } catch (Neo4jException error) {
            return Tagged.object("attempts", attempts[0], "error", Outcomes.error(error));
        }
    }

    private Object execute(JsonObject step) {
        RoutingControl routing = text(step, "routing", "write").equals("read") ? RoutingControl.READ : RoutingControl.WRITE;
        EagerResult answer = driver.executableQuery(text(step, "arg", "")).withParameters(Tagged.givenMap(step.get("with")))
                .withConfig(QueryConfig.builder().withRouting(routing).build()).execute();
        JsonObject rows = Outcomes.rows(answer.keys(), answer.records(), false);
        rows.add("summary", Outcomes.summary(answer.summary()));
        return rows;
    }

    private Object serverInfo() {
        try (Session one = driver.session()) {
            return Outcomes.server(one.run("RETURN 1").consume().server());
        }
    }

    private Object step(JsonObject step) {
        switch (text(step, "op", "")) {
            case "driver": open(settings(step.get("arg"))); return null;
            case "session": openSession(settings(step.get("arg"))); return null;
            case "close_session": session.close(); return null;
            case "close_driver": driver.close(); close(); return null;
            case "connections": return connections();
            case "sleep": pause(step.get("arg").getAsLong()); return null;
            case "verify": driver.verifyConnectivity(); return null;
            case "verify_auth": return driver.verifyAuthentication(auth(step.get("arg")));
            case "multi_db": return driver.supportsMultiDb();
            case "server_info": return serverInfo();
            case "run": return run(step);
            case "next": return next(step);
            case "all": {
                Result result = result(step);
                List<String> keys = result.keys();
                return Outcomes.rows(keys, result.list(), text(step, "arg", "").equals("ends"));
            }
            case "consume": return Outcomes.summary(result(step).consume());
            case "begin": transaction = session.beginTransaction(limits(step)); return null;
            case "commit": takeTransaction().commit(); return null;
            case "rollback": takeTransaction().rollback(); return null;
            case "close_tx": takeTransaction().close(); return null;
            case "read": return managed(session::executeRead, step.getAsJsonArray("arg"));
            case "write": return managed(session::executeWrite, step.getAsJsonArray("arg"));
            case "execute": return execute(step);
            case "bookmarks": {
                Set<Bookmark> last = session.lastBookmarks();
                return Tagged.array(last.size(), last.stream().allMatch(bookmark -> bookmark.value().startsWith("FB:")));
            }
            default: throw new IllegalArgumentException("unknown step " + step);
        }
    }

    private JsonElement outcomes() {
        JsonArray outcomes = new JsonArray();
        try {
            open(settings);
            openSession(settings(settings.get("session")));
            for (JsonElement step : settings.getAsJsonArray("steps")) {
                try {
                    outcomes.add(Tagged.object("ok", step(step.getAsJsonObject())));
                } catch (Neo4jException | NoSuchElementException | Nothing error) {
                    outcomes.add(Tagged.object("error", Outcomes.error(error)));
                }
            }
        } finally {
            close();
        }
        return outcomes;
    }

    public static void main(String[] arguments) throws IOException {
        address = arguments[1].split("://")[1];
        password = arguments[2];
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Gson gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
        for (JsonElement one : JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonArray()) {
            JsonObject settings = one.getAsJsonObject();
            boolean isOut = List.of("vectors", "UUIDs").contains(text(settings, "needs", "")) && !Vectors.KNOWN;
            out.println(gson.toJson(Tagged.array(settings.get("when"),
                    isOut ? "this driver has none" : new Runner(settings).outcomes())));
            out.flush();
        }
    }
}
