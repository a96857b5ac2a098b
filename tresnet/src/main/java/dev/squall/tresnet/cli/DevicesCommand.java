package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendProvider;
import dev.squall.backend.BackendProvider.Availability;
import dev.squall.backend.Backends;
import dev.squall.backend.Finding;
import dev.squall.error.Plural;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet devices}: what there is to compute with. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        description = "Lists the backends, what each finds on this machine, and what gets that which is missing.",
        footer = {"", "Examples:", "  tresnet devices", "  tresnet devices --json"})
final class DevicesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    /** A backend, for programs. */
    private record Found(String name, boolean available, String reason, List<Finding> findings) {}

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, described());
        } else {
            print(out);
        }
    }

    private Map<String, Object> described() {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("java", Runtime.version().toString());
        machine.put("system", System.getProperty("os.name"));
        machine.put("architecture", System.getProperty("os.arch"));
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("memoryBytes", memoryBytes());
        machine.put("heapBytes", Runtime.getRuntime().maxMemory());
        machine.put(
                "backends",
                Backends.providers().stream()
                        .map(provider -> new Found(
                                provider.name(),
                                provider.availability().available(),
                                provider.availability().reason(),
                                provider.findings()))
                        .toList());
        Backends.Choice choice = new BackendOptionsMixin().open(main.progress());
        try (Backend chosen = choice.backend()) {
            machine.put("auto", chosen.name());
        }
        machine.put("reason", choice.reason());
        return machine;
    }

    private void print(PrintWriter out) {
        Runtime runtime = Runtime.getRuntime();
        out.printf(
                "Java %s (%s), %s %s, %s%n",
                Runtime.version(),
                System.getProperty("java.vm.name"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                System.getProperty("java.home"));
        out.printf(
                "%s, %s memory, heap up to %s%n",
                Plural.of(runtime.availableProcessors(), "processor"),
                memory(),
                Arguments.readable(runtime.maxMemory()));
        out.println();
        for (BackendProvider provider : Backends.providers()) {
            Availability availability = provider.availability();
            out.printf(
                    "%-10s %-4s %s%n", provider.name(), availability.available() ? "yes" : "no", availability.reason());
            for (Finding finding : provider.findings()) {
                out.printf("  %-12s %s%n", finding.subject(), finding.state());
                if (finding.remedy() != null) {
                    out.printf("  %-12s get it: %s%n", "", finding.remedy());
                }
            }
        }
        out.println();
        Backends.Choice choice = new BackendOptionsMixin().open(main.progress());
        choice.backend().close();
        out.println("auto takes " + choice.reason());
    }

    private static String memory() {
        Long bytes = memoryBytes();
        return bytes == null ? "unknown" : Arguments.readable(bytes);
    }

    private static @Nullable Long memoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : null;
    }
}
