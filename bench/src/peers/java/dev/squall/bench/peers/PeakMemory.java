package dev.squall.bench.peers;

import dev.squall.bench.peers.Torch.Layout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The largest resident memory of a process that does nothing but training steps of TResNet-M. Linux. */
final class PeakMemory {
    /** What is measured. */
    static final String WHAT = "memory: TResNet-M training step, batch 8, 224x224";
    /** The option that makes a new process measure itself. */
    static final String OPTION = "--peak-memory-of";

    private static final int STEPS = 3;
    private static final String HIGH_WATER_MARK = "VmHWM:";

    private PeakMemory() {}

    /** Whose memory. */
    enum Of {
        SQUALL(null),
        PYTORCH_NCHW(Layout.CONTIGUOUS),
        PYTORCH_CHANNELS_LAST(Layout.CHANNELS_LAST);

        private final @Nullable Layout layout;

        Of(@Nullable Layout layout) {
            this.layout = layout;
        }
    }

    /** The peaks in bytes by the name of the engine, ours first, each in a process of its own. */
    static Map<String, Long> measure(int threads) throws IOException {
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Of of : Of.values()) {
            bytes.put(of.name().toLowerCase(Locale.ROOT), inOwnProcess(of, threads));
        }
        return bytes;
    }

    /** In this process freed memory goes back to the system. */
    private static long inOwnProcess(Of of, int threads) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        // The Java heap is to be no larger than what is in it.
        command.addAll(List.of("-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Peers.class.getName()));
        command.addAll(List.of(OPTION, of.name(), "--threads", Integer.toString(threads)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(PeakMemory::isAllocatorSetting);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        return output.lines()
                .filter(line -> line.startsWith(HIGH_WATER_MARK))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the process for " + of + " failed: " + output));
    }

    private static boolean isAllocatorSetting(String variable) {
        return variable.startsWith("MALLOC_")
                || variable.equals("GLIBC_TUNABLES")
                || variable.equals("THP_MEM_ALLOC_ENABLE");
    }

    /** Does the steps in this process, and prints its peak as the system has it. */
    static void printOwn(Of of, int threads) throws IOException {
        try (Contender contender = NetworkRows.trainingStep(threads, of.layout)) {
            System.gc();
            // Forgets the peak of the preparations: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
            for (int i = 0; i < STEPS; i++) {
                contender.run();
            }
            Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(HIGH_WATER_MARK))
                    .forEach(System.out::println);
        }
    }
}
