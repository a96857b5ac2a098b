package dev.squall.tresnet.cli;

import dev.squall.backend.BackendProvider;
import dev.squall.backend.BackendProvider.Availability;
import dev.squall.backend.Backends;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tresnet devices}: what there is to compute with. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        description = "Lists the back ends, and why each can or cannot run here.")
final class DevicesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Runtime runtime = Runtime.getRuntime();
        out.printf(
                "Java %s (%s), %s %s%n",
                Runtime.version(),
                System.getProperty("java.vm.name"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"));
        out.printf(
                "%d processors, %s memory, heap up to %s%n",
                runtime.availableProcessors(), memory(), Arguments.readable(runtime.maxMemory()));
        out.println();
        for (BackendProvider provider : Backends.providers()) {
            Availability availability = provider.availability();
            out.printf(
                    "  %-10s %-4s %s%n",
                    provider.name(), availability.available() ? "yes" : "no", availability.reason());
        }
        out.println();
        out.println(auto());
    }

    private static String memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? Arguments.readable(system.getTotalMemorySize())
                : "unknown";
    }

    private static String auto() {
        Backends.Choice choice = new BackendOptionsMixin().open();
        try (var backend = choice.backend()) {
            return "auto takes " + choice.reason();
        }
    }
}
