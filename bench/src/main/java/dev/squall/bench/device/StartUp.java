package dev.squall.bench.device;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How long a new process takes to the end of its second training step, most of which is the compilation of kernels. */
final class StartUp {
    /**
     * @param driver what the OpenCL driver's cache of compiled kernels holds
     * @param bar the most seconds that it is to take
     */
    record Start(String driver, double bar) {
        String name() {
            return TrainingRows.NETWORK + ", start to second training step, " + driver;
        }
    }

    /** A cold start, and then a warm one. */
    static final List<Start> STARTS = List.of(new Start("cold", 90), new Start("warm", 30));

    private StartUp() {}

    /** The new process; its argument is the device's index. */
    public static void main(String[] arguments) {
        BackendOptions options = BackendOptions.DEFAULT.withDevice(Integer.parseInt(arguments[0]));
        try (Backend backend = Backends.open("tornado", options).backend();
                Scope _ = Scope.open()) {
            Supplier<Tensor> step = TrainingRows.training(new DeviceOperands(backend));
            for (int i = 0; i < 2; i++) {
                System.out.println("loss " + step.get().toArray()[0]);
            }
        }
    }

    /** Seconds of each of {@link #STARTS}, from the start of the process to its end. */
    static List<Double> seconds(int device) {
        try {
            Path cache = Files.createTempDirectory("device-start-up");
            try {
                List<Double> seconds = new ArrayList<>();
                for (Start _ : STARTS) {
                    seconds.add(seconds(device, cache));
                }
                return seconds;
            } finally {
                delete(cache);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the start could not be measured: " + e.getMessage(), e);
        }
    }

    private static double seconds(int device, Path cache) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), StartUp.class.getName(), Integer.toString(device)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("POCL_CACHE_DIR", cache.toString());
        builder.environment().put("CUDA_CACHE_PATH", cache.toString());
        long start = System.nanoTime();
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (process.onExit().join().exitValue() != 0) {
            throw new IllegalStateException("a new process could not train: " + output);
        }
        return seconds;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
