// Reads lines KEY=VALUE and says of each what a server of the classpath makes of it: "ok", the line and the value as the
// server shows it; or "no", the line and why. One JVM for all, by the class that reads neo4j.conf.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.neo4j.configuration.Config;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.SettingImpl;

public class CheckSettings {
    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null;) {
            String key = line.substring(0, line.indexOf('='));
            String value = line.substring(key.length() + 1);
            try {
                Config config = Config.newBuilder().set(GraphDatabaseSettings.strict_config_validation, true)
                        .setRaw(Map.of(key, value)).build();
                out.println("ok\t" + line + "\t" + show(config, key));
            } catch (Exception e) {
                out.println("no\t" + line + "\t" + String.valueOf(e.getMessage()).replace('\n', ' '));
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static String show(Config config, String key) {
        SettingImpl<Object> setting = (SettingImpl<Object>) config.getSetting(key);
        Object value = config.get(setting);
        return value == null ? "" : setting.valueToString(value);
    }
}
