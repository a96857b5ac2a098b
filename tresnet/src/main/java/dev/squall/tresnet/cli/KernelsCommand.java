package dev.squall.tresnet.cli;

import dev.squall.backend.BackendException;
import dev.squall.backend.BackendProvider;
import dev.squall.backend.Backends;
import dev.squall.backend.KernelListing;
import dev.squall.backend.KernelListing.Translation;
import dev.squall.error.BadInputException;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tresnet kernels}: the kernels, to be read. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Lists the kernels that TornadoVM compiles for a GPU or another device.",
            "With a name: shows the kernel's Java source, and the code that TornadoVM makes of it on this machine."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet kernels",
            "  tresnet kernels blurPool",
            "  tresnet kernels blurPool --json"
        })
final class KernelsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The kernel to show.")
    private @Nullable String name;

    @Option(
            names = "--device",
            paramLabel = "N",
            defaultValue = "0",
            description = "The device to make code for, as 'tresnet devices' numbers them (default: 0).")
    private int device;

    @Option(
            names = "--json",
            description = "Print JSON: an array of names and purposes, or with a NAME one object with source and code.")
    private boolean json;

    /** A kernel in the list of --json. */
    private record Entry(String name, String purpose) {}

    /**
     * A kernel shown by --json.
     *
     * @param language what {@code code} is written in, and for which device; null where TornadoVM made nothing of the kernel
     * @param code what TornadoVM made of it; null where it made nothing
     * @param reason why TornadoVM made nothing; null where it made something
     */
    private record Shown(
            String name,
            String purpose,
            String source,
            @Nullable String language,
            @Nullable String code,
            @Nullable String reason) {}

    @Override
    public void run() {
        Arguments.within("--device", device, 0, BackendOptionsMixin.MOST_DEVICES);
        List<KernelListing> kernels = Backends.providers().stream()
                .map(BackendProvider::kernels)
                .flatMap(List::stream)
                .toList();
        if (name == null) {
            list(kernels);
        } else {
            show(kernels.stream()
                    .filter(kernel -> kernel.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new BadInputException("there is no kernel '" + name + "'; choose one of "
                            + kernels.stream().map(KernelListing::name).collect(Collectors.joining(", ")))));
        }
    }

    private void list(List<KernelListing> kernels) {
        if (json) {
            Json.print(
                    out(),
                    kernels.stream()
                            .map(kernel -> new Entry(kernel.name(), kernel.purpose()))
                            .toList());
            return;
        }
        int width = kernels.stream()
                .mapToInt(kernel -> kernel.name().length())
                .max()
                .orElse(0);
        for (KernelListing kernel : kernels) {
            out().printf("%-" + width + "s  %s%n", kernel.name(), kernel.purpose());
        }
    }

    private void show(KernelListing kernel) {
        Shown shown = translated(kernel);
        if (json) {
            Json.print(out(), shown);
            return;
        }
        out().printf("// %s: %s%n%n", shown.name(), shown.purpose());
        out().println(shown.source());
        if (shown.code() != null) {
            out().printf("// %s, made by TornadoVM on this machine%n%n%s%n", shown.language(), shown.code());
        } else {
            out().println("// TornadoVM made nothing of it on this machine: " + shown.reason());
        }
    }

    private Shown translated(KernelListing kernel) {
        try {
            Translation made = kernel.translate(device);
            return new Shown(kernel.name(), kernel.purpose(), kernel.source(), made.title(), made.code(), null);
        } catch (BackendException e) {
            return new Shown(kernel.name(), kernel.purpose(), kernel.source(), null, null, e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
