package dev.squall.backend;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much more memory this process may really use: what is free on the machine, within the limits of its control group (containers) and of
 * the shell that started it ({@code ulimit}). An allocation beyond it is refused at best, and at worst the kernel kills the process.
 */
public final class HostMemory {
    /** Versions 1 and 2 say "no limit" with larger numbers and with a word. */
    private static final long NO_LIMIT = 1L << 60;

    private static final int KIBIBYTE = 1024;

    private final Path proc;
    private final Path cgroups;

    private HostMemory(Path proc, Path cgroups) {
        this.proc = proc;
        this.cgroups = cgroups;
    }

    /** What can still be used, and what it is that limits it, in words. */
    public record Available(long bytes, String limit) {
        private Available or(Available other) {
            return other.bytes < bytes ? other : this;
        }
    }

    /** What can be used at this moment. */
    public static Available available() {
        return available(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    /** The same as the system says it in these directories. */
    static Available available(Path proc, Path cgroups) {
        return new HostMemory(proc, cgroups).machine().or(limits(proc, cgroups));
    }

    /**
     * What the limits leave that somebody has set, whatever is free on the machine: the same from run to run, and a very large number where nobody
     * has set any.
     */
    public static Available limits() {
        return limits(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    /** The same as the system says it in these directories. */
    static Available limits(Path proc, Path cgroups) {
        HostMemory memory = new HostMemory(proc, cgroups);
        return memory.controlGroup()
                .or(memory.rlimit("Max address space", "VmSize", "ulimit -v"))
                .or(memory.rlimit("Max data size", "VmData", "ulimit -d"));
    }

    private Available machine() {
        long available = kibibytes("meminfo", "MemAvailable") + Math.max(0, kibibytes("meminfo", "SwapFree"));
        if (available <= 0) {
            available = ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : NO_LIMIT;
        }
        return new Available(available, "what this machine has free");
    }

    /** The tightest of the group and all that it is in. */
    private Available controlGroup() {
        long least = NO_LIMIT;
        for (String line : lines(proc.resolve("self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].isEmpty()) {
                least = Math.min(least, tightest(cgroups, parts[2], "memory.max", "memory.current", "inactive_file"));
            } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                least = Math.min(
                        least,
                        tightest(
                                cgroups.resolve("memory"),
                                parts[2],
                                "memory.limit_in_bytes",
                                "memory.usage_in_bytes",
                                "total_inactive_file"));
            }
        }
        return new Available(least, "the limit of the control group or container");
    }

    private static long tightest(Path root, String group, String limit, String usage, String reclaimable) {
        long least = NO_LIMIT;
        Path path = root.resolve(group.replaceFirst("^/+", "")).normalize();
        // In a container the path may be that of the world outside, and only the root is there.
        for (Path each = path; each != null && each.startsWith(root); each = each.getParent()) {
            long most = number(first(each.resolve(limit)));
            if (most >= 0 && most < NO_LIMIT) {
                long used = Math.max(0, number(first(each.resolve(usage))));
                // Pages of files that nobody uses are given up first.
                long pages = Math.max(0, number(field(each.resolve("memory.stat"), reclaimable)));
                least = Math.min(least, Math.max(0, most - used + Math.min(pages, used)));
            }
        }
        return least;
    }

    private Available rlimit(String name, String used, String command) {
        for (String line : lines(proc.resolve("self/limits"))) {
            if (line.startsWith(name)) {
                long most = number(line.substring(name.length()).strip().split("\\s+")[0]);
                if (most >= 0) {
                    long bytes = Math.max(0, most - Math.max(0, kibibytes("self/status", used)));
                    return new Available(bytes, "the limit of " + command);
                }
            }
        }
        return new Available(NO_LIMIT, "");
    }

    /** A figure such as {@code MemAvailable:  123 kB} in bytes; -1 if there is none. */
    private long kibibytes(String file, String name) {
        long value = number(field(proc.resolve(file), name + ":"));
        return value < 0 ? -1 : value * KIBIBYTE;
    }

    /** The second word of the line that begins with {@code name}; empty if there is none. */
    private static String field(Path file, String name) {
        for (String line : lines(file)) {
            String[] words = line.split("\\s+");
            if (words.length > 1 && words[0].equals(name)) {
                return words[1];
            }
        }
        return "";
    }

    private static String first(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? "" : lines.getFirst().strip();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** -1 for what is no number, or too large for one. */
    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
