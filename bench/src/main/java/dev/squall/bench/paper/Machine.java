package dev.squall.bench.paper;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where something was measured.
 *
 * @param processor its model
 * @param vectors the widest vector instructions that it has
 * @param processors how many the program may use
 * @param memoryBytes physical
 * @param system name and version of the operating system
 * @param java vendor and version of the JVM
 * @param options those of the JVM that matter, without the list of what is compiled early
 * @param backend the backend's own description of the device that computed
 */
record Machine(
        String processor,
        String vectors,
        int processors,
        long memoryBytes,
        String system,
        String java,
        List<String> options,
        String backend) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** This one. */
    static Machine here(String backend) {
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Machine(
                cpuInfo("model name", System.getProperty("os.arch")),
                vectorsOf(cpuInfo("flags", "")),
                Runtime.getRuntime().availableProcessors(),
                os.getTotalMemorySize(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vendor") + " " + System.getProperty("java.runtime.version"),
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                        .filter(option -> option.startsWith("-X") && !option.startsWith("-XX:CompileCommand"))
                        .toList(),
                backend);
    }

    private static String vectorsOf(String flags) {
        List<String> words = List.of(flags.split(" "));
        return words.contains("avx512f") ? "AVX-512" : words.contains("avx2") ? "AVX2" : "";
    }

    /** The first value of {@code key}, where the system tells such things in a file. */
    private static String cpuInfo(String key, String otherwise) {
        try {
            return Files.readAllLines(CPU_INFO).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }

    /** One line for people. */
    String text() {
        return processors + " processors of " + processor + (vectors.isEmpty() ? "" : " (" + vectors + ")") + ", "
                + (memoryBytes >> 30) + " GiB, " + system + ", Java " + java;
    }
}
