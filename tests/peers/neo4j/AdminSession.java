package org.neo4j.server.startup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.neo4j.cli.AdminTool;
import org.neo4j.cli.ExecutionContext;
import org.neo4j.io.fs.DefaultFileSystemAbstraction;

/**
 * The real neo4j-admin for many command lines: what /bin/neo4j-admin starts, but that the second JVM which it starts for a
 * command is this one. Each line of standard input is {"home": folder, "words": [...]}, and is answered by a line
 * {"exit_code": 0, "lines": [...]} with standard output and error in the order in which they were written.
 */
public final class AdminSession {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Goes the way of Neo4jAdminCommand, up to where it starts the JVM of the command. */
    private static final class Command extends Neo4jAdminCommand {
        private final Environment environment;

        Command(Environment environment) {
            super(environment);
            this.environment = environment;
        }

        @Override
        protected Bootloader.Admin createAdminBootloader(String[] words) {
            return new Bootloader.Admin(AdminTool.class, environment, expandCommands, verbose, words) {
                @Override
                int admin(List<Path> additionalConfigs) {
                    if (!additionalConfigs.isEmpty()) {
                        rebuildConfig(additionalConfigs);
                    }
                    validateConfig();
                    return AdminTool.execute(context(home(), confDir(), environment), words);
                }
            };
        }
    }

    private static ExecutionContext context(Path home, Path conf, Environment environment) {
        return new ExecutionContext(home, conf, environment.out(), environment.err(), new ByteArrayInputStream(new byte[0]),
                new DefaultFileSystemAbstraction());
    }

    private static Map<String, Object> run(JsonNode request) {
        String home = request.get("home").asText();
        Map<String, String> variables = Map.of("NEO4J_HOME", home, "NEO4J_CONF", home + "/conf");
        List<String> words = new ArrayList<>();
        request.get("words").forEach(word -> words.add(word.asText()));

        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        System.setOut(out);
        System.setErr(out);
        Environment environment = new Environment(out, out, variables::get, System::getProperty, Runtime.version());
        int exitCode = Neo4jAdminCommand.asCommandLine(new Command(environment), environment)
                .execute(words.toArray(String[]::new));
        return Map.of("exit_code", exitCode, "lines", said.toString(StandardCharsets.UTF_8).lines().toList());
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            answers.println(JSON.writeValueAsString(run(JSON.readTree(line))));
        }
        System.exit(0); // threads of commands may linger
    }
}
