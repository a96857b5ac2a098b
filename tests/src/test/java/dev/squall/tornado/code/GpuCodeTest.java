package dev.squall.tornado.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.bench.gpu.KernelFigures;
import dev.squall.bench.gpu.KernelTable;
import dev.squall.tornado.kernel.ConvolutionCoreKernels;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWideTileKernels;
import dev.squall.tornado.kernel.ElementwiseKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.WeightGradientCoreKernels;
import dev.squall.tornado.kernel.WeightGradientTileKernels;
import dev.squall.tornado.kernel.WeightGradientWideTileKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What NVIDIA's assembler makes of the kernels, without a GPU: TornadoVM generates its real code on a driver that stands in for NVIDIA's, or, of
 * OpenCL, on any device, and the assembler says what it takes. Without an SDK of a backend or without the tools this is left out.
 *
 * <p>Products and convolutions alone take seconds; {@code -Dgpu.code=all} checks every kernel, {@code -Dgpu.code=write} also writes the table anew.
 */
class GpuCodeTest {
    private static final String MODE = System.getProperty("gpu.code", "");

    /** Which part of the inner loop shall multiply and add. */
    private static final double SHARE = 0.80;

    /** By which part registers and the length of a kernel's code may differ from one run to the next. */
    private static final double ABOUT = 0.08;

    private static final List<Kernel> PRODUCTS = List.of(
            MatmulTileKernels.TILE,
            ConvolutionTileKernels.TILE,
            ConvolutionWideTileKernels.TILE,
            WeightGradientTileKernels.TILE,
            WeightGradientWideTileKernels.TILE);

    private static final Path TABLE = Path.of("../bench/src/main/resources/dev/squall/bench/gpu", KernelTable.FILE);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void nothingSpillsAndProductsMultiply(Sdk sdk) throws IOException {
        sdk.missing().ifPresent(missing -> abort("the code for " + sdk + " is not checked: " + missing));
        boolean all = MODE.equals("all") || MODE.equals("write");
        List<KernelFigures> figures = new GpuCode(sdk, folder, 1).figures(all ? GpuCode.all(sdk) : products(sdk));

        if (MODE.equals("write")) {
            write(sdk, figures);
        }
        requireFast(sdk, figures);
        KernelTable table = KernelTable.load();
        assumeTrue(
                MODE.equals("write") || table.tools(sdk.label()).equals(sdk.tools()),
                () -> "the code for " + sdk + " is not compared with the table, which was made with "
                        + table.tools(sdk.label()) + ", not " + sdk.tools());
        assertThat(KernelFigures.lines(figures))
                .as("registers, occupancy and loops; if they changed for a reason, -Dgpu.code=write writes the table")
                .isEqualTo(KernelFigures.lines(MODE.equals("write") ? figures : known(table, figures)));
    }

    @ParameterizedTest
    @EnumSource
    void theSameInSeveralArenas(Sdk sdk) {
        sdk.missing().ifPresent(missing -> abort("the code for " + sdk + " is not checked: " + missing));
        List<KernelFigures> figures =
                new GpuCode(sdk, folder, 2).figures(MODE.isEmpty() ? products(sdk) : GpuCode.all(sdk));

        requireFast(sdk, figures);
    }

    /** Nothing spills, and what multiplies does little else. */
    private static void requireFast(Sdk sdk, List<KernelFigures> figures) {
        assertThat(figures)
                .allSatisfy(kernel -> assertThat(kernel.spills())
                        .as("bytes that %s spills", kernel.kernel())
                        .isZero());
        assertThat(figures)
                .filteredOn(kernel -> names(PRODUCTS).contains(kernel.kernel()))
                .hasSameSizeAs(PRODUCTS)
                .allSatisfy(GpuCodeTest::multiplies);
        assertThat(figures)
                .filteredOn(kernel -> names(onTensorCores(sdk)).contains(kernel.kernel()))
                .hasSameSizeAs(onTensorCores(sdk))
                .allSatisfy(GpuCodeTest::usesTensorCores);
    }

    private static List<Kernel> products(Sdk sdk) {
        List<Kernel> some = new ArrayList<>(PRODUCTS);
        some.add(ElementwiseKernels.AXPBY);
        some.addAll(onTensorCores(sdk));
        return GpuCode.withHalves(some.stream());
    }

    private static List<Kernel> onTensorCores(Sdk sdk) {
        return sdk == Sdk.OPENCL
                ? List.of()
                : List.of(
                        MatmulCoreKernels.PRODUCT,
                        ConvolutionCoreKernels.CONVOLVE,
                        WeightGradientCoreKernels.WEIGHT_GRADIENT);
    }

    /** The sums are 64 registers: TornadoVM's PTX loses them, without a word, where branches meet. */
    private static void usesTensorCores(KernelFigures kernel) {
        assertThat(kernel.inner().tensor())
                .as("products of a tensor core in the loop of %s", kernel)
                .isEqualTo(16);
        assertThat(kernel.registers()).as("registers of %s", kernel).isBetween(100, 168);
    }

    private static Set<String> names(List<Kernel> kernels) {
        return kernels.stream().map(Kernel::name).collect(Collectors.toSet());
    }

    private static void multiplies(KernelFigures kernel) {
        assertThat(kernel.inner().share())
                .as("share of multiply-adds in the inner loop of %s", kernel)
                .isGreaterThanOrEqualTo(SHARE);
        assertThat(kernel.inner().shared16())
                .as("reads of 16 bytes in the inner loop of %s", kernel)
                .isPositive()
                .isEqualTo(kernel.inner().shared());
        assertThat(kernel.outer().instructions())
                .as("instructions of the loop around it")
                .isPositive();
    }

    private static List<KernelFigures> known(KernelTable table, List<KernelFigures> figures) {
        return figures.stream()
                .map(f -> table.find(f.kernel(), f.backend())
                        .map(line -> aboutTheSame(line, f))
                        .orElse(null))
                .filter(Objects::nonNull)
                .toList();
    }

    /** A line with the registers and the length of the code as they are now, if they are about the same: TornadoVM orders some instructions by chance. */
    private static KernelFigures aboutTheSame(KernelFigures line, KernelFigures now) {
        boolean same = Math.abs(line.instructions() - now.instructions()) <= line.instructions() * ABOUT
                && Math.abs(line.registers() - now.registers()) <= line.registers() * ABOUT;
        return same ? line.with(now.registers(), now.instructions()) : line;
    }

    private static void write(Sdk sdk, List<KernelFigures> figures) throws IOException {
        KernelTable old = Files.exists(TABLE) ? KernelTable.parse(Files.readString(TABLE)) : KernelTable.EMPTY;
        Files.writeString(TABLE, old.with(sdk.label(), sdk.tools(), figures).text());
    }

    @Test
    void everyKernelIsInTheTableOfEachBackend() {
        KernelTable table = KernelTable.load();

        for (Sdk sdk : Sdk.values()) {
            assertThat(table.lines())
                    .filteredOn(line -> line.backend().equals(sdk.label()))
                    .extracting(KernelFigures::kernel)
                    .as("kernels for %s in the table; -Dgpu.code=write writes it anew", sdk)
                    .containsExactlyInAnyOrderElementsOf(names(GpuCode.all(sdk)));
            assertThat(table.lines())
                    .filteredOn(line -> names(PRODUCTS).contains(line.kernel()))
                    .allSatisfy(GpuCodeTest::multiplies);
        }
        assertThat(table.lines()).allSatisfy(line -> assertThat(line.spills()).isZero());
        assertThat(KernelTable.parse(table.text())).isEqualTo(table);
    }
}
