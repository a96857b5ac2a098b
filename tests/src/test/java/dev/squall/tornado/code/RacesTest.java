package dev.squall.tornado.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.squall.backend.KernelListing;
import dev.squall.bench.gpu.KernelFigures;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.listing.KernelListings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The OpenCL code that TornadoVM generates of the kernels for GPUs on a device that finds races and addresses outside of memory, see {@link Oclgrind}. The
 * simulator looks for the same in the Java code; what a compiler makes of it may be another matter, and an index that is computed wrongly there reads what lies beside. In mixed precision images are the 16-bit integers that OpenCL gets. Kernels for
 * tensor cores do not exist in OpenCL, nor the instructions for halves of PTX and CUDA: the simulator alone runs those.
 *
 * <p>Kernels whose work-items meet take about a minute; {@code -Draces=all} takes minutes for more, among them a step of a training.
 */
class RacesTest {
    private static final boolean ALL = System.getProperty("races", "").equals("all");

    private static final String BARRIER = "localBarrier()";

    @TempDir
    private Path folder;

    private Optional<Oclgrind> oclgrind = Optional.empty();

    @BeforeEach
    void needsTools() {
        oclgrind = Oclgrind.find();
        String unchecked = "races in the generated code are not looked for: ";
        if (oclgrind.isEmpty()) {
            abort(unchecked + "no oclgrind on the PATH");
        }
        if (Programs.find("gcc").isEmpty()) {
            abort(unchecked + "no gcc on the PATH");
        }
        if (Sdk.OPENCL.home().isEmpty()) {
            abort(unchecked + "no TornadoVM SDK with the backend OPENCL (" + Sdk.OPENCL.variable() + ")");
        }
    }

    @Test
    void noneInTheKernelsForGpus() {
        Set<String> launched = run(ALL ? "ALL" : "SHORT");

        assertThat(Oclgrind.findings(folder)).extracting(Oclgrind.Finding::text).isEmpty();
        assertThat(launched).as("kernels that were launched").containsAll(kernelsWithBarriers());
    }

    /** A device that found nothing anywhere would look the same. */
    @Test
    void thoseOfFaultyKernelsAreFound() {
        run("FAULTY");

        assertThat(Oclgrind.findings(folder))
                .extracting(found -> found.kernel() + ": " + found.kind())
                .containsExactlyInAnyOrder(
                        "withoutBarrier: Read-write data race at local",
                        "onePlace: Write-write data race at global",
                        "beyondTheEnd: Invalid write of size 4 at global");
    }

    /** Runs {@link RaceProgram}; the kernels that it has launched. */
    private Set<String> run(String which) {
        return Programs.onTornadoVm(
                        Sdk.OPENCL,
                        folder,
                        RaceProgram.class,
                        List.of(which),
                        oclgrind.orElseThrow().variables(folder))
                .lines()
                .map(String::strip)
                .collect(Collectors.toSet());
    }

    /** Those for GPUs, and once more those that take images of halves. */
    private static List<String> kernelsWithBarriers() {
        Set<String> withBarriers = KernelListings.all().stream()
                .filter(listing -> listing.source().contains(BARRIER))
                .map(KernelListing::name)
                .collect(Collectors.toSet());
        return GpuCode.all(Sdk.OPENCL).stream()
                .map(Kernel::name)
                .filter(name -> withBarriers.contains(name.replace(KernelFigures.HALVES, "")))
                .toList();
    }
}
