package dev.squall.tornado.code;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs other programs. */
final class Programs {
    private Programs() {}

    /** A program on the PATH. */
    static Optional<Path> find(String name) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** What a Java program prints that runs on TornadoVM: in a process of its own, as this one may be running the simulator. */
    static String onTornadoVm(
            Sdk sdk, Path folder, Class<?> program, List<String> arguments, Map<String, String> variables) {
        String jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(place -> !place.contains("tornado-sim"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "@" + sdk.home().orElseThrow().resolve("tornado-argfile"),
                "-Dtornado.recover.bailout=False",
                "-Dtornado.max.events=64",
                "-Dtornado.tvm.maxbytecodesize=4194304",
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                jars,
                program.getName()));
        command.addAll(arguments);
        return run(folder, command, variables);
    }

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
