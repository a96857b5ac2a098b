package dev.squall.tresnet.cli;

import dev.squall.backend.BackendProvider;
import dev.squall.backend.BackendProvider.Availability;
import dev.squall.backend.Backends;
import dev.squall.backend.Finding;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet devices}: what there is to compute with. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        description = "Lists the backends, what each finds on this machine, and what gets that which is missing.")
final class DevicesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Runtime runtime = Runtime.getRuntime();
        out.printf(
                "Java %s (%s), %s %s, %s%n",
                Runtime.version(),
                System.getProperty("java.vm.name"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                System.getProperty("java.home"));
        out.printf(
                "%d processors, %s memory, heap up to %s%n",
                runtime.availableProcessors(), memory(), Arguments.readable(runtime.maxMemory()));
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
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? Arguments.readable(system.getTotalMemorySize())
                : "unknown";
    }
}
