package dev.squall.tornado.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs other programs. */
final class Programs {
    private Programs() {}

    /** What a command prints; fails with it if the command does. */
    static String run(Path folder, List<String> command) {
        return run(folder, command, Map.of());
    }

    /** The same with these variables set. */
    static String run(Path folder, List<String> command, Map<String, String> variables) {
        var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(variables);
        // They are for the JVM of the tests.
        builder.environment().remove("JDK_JAVA_OPTIONS");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(command.getFirst() + " ... " + command.getLast() + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
