package dev.squall.spark;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A standalone master of Spark's own and workers of one processor each, all of them processes on this machine. */
final class StandaloneCluster implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final Path HOME = Path.of(System.getProperty("spark.home"));
    private static final Path ENGINE_OPTIONS = Path.of(System.getProperty("java.options"));
    private static final Path SPARK_OPTIONS = HOME.resolveSibling("java.options");

    private final Path directory;
    private final List<Process> daemons = new ArrayList<>();
    private final int port;

    /** Starts it; logs go into {@code directory}. */
    StandaloneCluster(Path directory, int workers) throws IOException, InterruptedException {
        this.directory = directory;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        daemon("master", "master.Master", "--port", Integer.toString(port));
        awaitMaster();
        for (int i = 0; i < workers; i++) {
            String name = "worker" + i;
            daemon(
                    name,
                    "worker.Worker",
                    "--cores",
                    "1",
                    "--memory",
                    "2g",
                    "--work-dir",
                    directory.resolve(name).toString(),
                    master());
        }
    }

    String master() {
        return "spark://" + HOST + ":" + port;
    }

    private void daemon(String name, String type, String... arguments) throws IOException {
        List<String> command = java("-Xmx256m", "org.apache.spark.deploy." + type, "--host", HOST, "--webui-port", "0");
        command.addAll(List.of(arguments));
        daemons.add(start(command, directory.resolve(name + ".log")));
    }

    private static List<String> java(String... words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + SPARK_OPTIONS,
                "-XX:+UseSerialGC",
                "-cp",
                HOME.resolve("jars") + "/*"));
        command.addAll(List.of(words));
        return command;
    }

    private static Process start(List<String> command, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(Redirect.to(log.toFile()));
        builder.environment().put("SPARK_HOME", HOME.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", HOST);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private void awaitMaster() throws InterruptedException {
        for (int i = 0; i < 600; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(HOST), port), 100);
                return;
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        throw new IllegalStateException("the master did not start; " + directory.resolve("master.log") + " says why");
    }

    /** The program, which prints into {@code log}. */
    Process tresnet(Path log, List<Object> arguments) throws IOException {
        List<String> command = java("@" + ENGINE_OPTIONS, "dev.squall.tresnet.cli.Main");
        arguments.forEach(word -> command.add(word.toString()));
        return start(command, log);
    }

    /** The processes in which workers train. */
    List<ProcessHandle> executors() {
        return daemons.stream().flatMap(Process::children).toList();
    }

    static String text(Path log) throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Override
    public void close() {
        for (Process daemon : daemons.reversed()) {
            daemon.descendants().forEach(ProcessHandle::destroyForcibly);
            daemon.destroyForcibly();
        }
    }
}
