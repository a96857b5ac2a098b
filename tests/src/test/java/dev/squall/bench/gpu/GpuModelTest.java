package dev.squall.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.bench.gpu.KernelFigures.Loop;
import dev.squall.bench.gpu.KernelFigures.Widths;
import dev.squall.bench.gpu.LaunchModel.Bound;
import dev.squall.bench.gpu.LaunchModel.Cost;
import dev.squall.bench.gpu.NetworkRun.Launch;
import dev.squall.tensor.Shape;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.Tiles;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.Summary;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The model's arithmetic on kernels and devices made up for the purpose, and that it counts the work of a real network. */
class GpuModelTest {
    private static final double FMA_OF_COLUMN = (double) Tiles.ROWS * Tiles.DEPTH;
    private static final double FMA_OF_BLOCK = FMA_OF_COLUMN * Tiles.COLUMNS;

    /** 64 multiply-adds among 80 instructions, sixteen times, and 128 around them. */
    private static final KernelFigures PRODUCT = new KernelFigures(
            "matmulTile",
            "ptx",
            128,
            128,
            0,
            0,
            12_544,
            208,
            new Widths(24, 0, 0),
            new Widths(64, 0, 0),
            new Loop(80, 64, 4, 4, 80, 0),
            new Loop(208, 64, 4, 4, 200, 0));

    private static final KernelFigures COPY = new KernelFigures(
            "copy", "ptx", 256, 16, 0, 0, 0, 40, new Widths(8, 0, 0), new Widths(8, 0, 0), Loop.NONE, Loop.NONE);

    private static final LaunchModel H200 = model(GpuDevice.H200);

    private static LaunchModel model(GpuDevice device) {
        return new LaunchModel(new KernelTable(Map.of(), List.of(PRODUCT, COPY)), "ptx", device);
    }

    private static Launch product(int blocks, int rounds) {
        int[] sizes = new int[64];
        sizes[MatmulTileKernels.STEPS] = rounds - 1;
        return new Launch("layer", false, "matmul", "matmulTile", false, blocks, 128, sizes, 0);
    }

    @Test
    void aLargeProductTakesWhatItsInstructionsTake() {
        int blocks = 132 * 4 * 100;

        Cost cost = H200.of(product(blocks, 50));

        double useful = blocks * 50 * FMA_OF_BLOCK * 2 / GpuDevice.H200.peak();
        assertThat(cost.multiplyAdds()).isCloseTo(useful, within(1e-9));
        assertThat(cost.time() / useful).isCloseTo((16 * 80 + 128) / 1024.0, within(1e-3));
        assertThat(cost.bound()).isEqualTo(Bound.ARITHMETIC);
    }

    @Test
    void oneBlockMoreThanThereAreProcessorsTakesAsLongAsTwice() {
        double one = H200.of(product(132, 1000)).time();
        double more = H200.of(product(133, 1000)).time();

        assertThat(more).isEqualTo(H200.of(product(264, 1000)).time());
        assertThat(more / one).isBetween(1.2, 2.0);
        assertThat(H200.of(product(133, 1000)).bound()).isEqualTo(Bound.TOO_FEW_BLOCKS);
    }

    /** A processor of an A100 has half as many lanes as its schedulers could feed: other instructions fill the time between. */
    @Test
    void fewerLanesHideOtherInstructions() {
        Cost cost = model(GpuDevice.A100).of(product(108 * 4 * 100, 50));

        assertThat(cost.time() / cost.multiplyAdds()).isCloseTo(1, within(1e-3));
    }

    @Test
    void otherKernelsTakeWhatTheirBytesTake() {
        Launch copy = new Launch("layer", false, "copy", "copy", false, 1 << 16, 256, new int[64], 4.8e9 * 0.85);

        assertThat(H200.of(copy).time()).isBetween(1e-3, 1.1e-3);
        assertThat(H200.of(copy).bound()).isEqualTo(Bound.MEMORY);
        Launch small = new Launch("layer", false, "copy", "copy", false, 1, 256, new int[64], 8192);
        assertThat(H200.of(small).bound()).isEqualTo(Bound.SHORT);
    }

    @Test
    void occupancyIsWhatRegistersSharedMemoryAndWarpsAllow() {
        assertThat(Occupancy.SM90.blocks(128, 128, 12_544)).isEqualTo(4);
        assertThat(Occupancy.SM90.blocks(256, 32, 0)).isEqualTo(8);
        assertThat(Occupancy.SM90.blocks(32, 16, 0)).isEqualTo(32);
        assertThat(Occupancy.SM90.blocks(128, 32, 100 << 10)).isEqualTo(2);
        assertThat(Occupancy.SM89.blocks(256, 40, 0)).isEqualTo(6);
    }

    @Test
    void peaksAreThoseOfTheDataSheets() {
        assertThat(GpuDevice.H200.peak()).isCloseTo(67e12, within(1e12));
        assertThat(GpuDevice.A100.peak()).isCloseTo(19.5e12, within(0.1e12));
        assertThat(GpuDevice.RTX4090.peak()).isCloseTo(82.6e12, within(0.1e12));
        assertThat(GpuDevice.MI210.peak()).isCloseTo(22.6e12, within(0.1e12));
    }

    /** If a kernel's slots or tiles change and the model does not, this differs. */
    @Test
    void productsDoTheMultiplyAddsOfTheNetwork() {
        NetworkConfig config = Networks.preset("tresnet_m").config();
        Shape images = Shape.of(8, 3, 224, 224);
        double forward = Summary.of(config, 8, 224, 224).multiplyAdds();

        List<Launch> inference = NetworkRun.of(config, images, 132, false, Precision.FAST);
        List<Launch> training = NetworkRun.of(config, images, 132, true, Precision.FAST);

        assertThat(multiplyAdds(inference) / forward).isBetween(1.0, 1.1);
        assertThat(multiplyAdds(training) / forward).isBetween(3.0, 3.5);
        assertThat(inference).allMatch(launch -> !launch.backward());
        assertThat(training)
                .filteredOn(launch -> launch.kernel().matches("weightGradient(Wide)?Tile"))
                .extracting(Launch::layer)
                .contains("body.layer1.0.conv1.0", "body.layer4.2.conv3.0")
                .doesNotHaveDuplicates();
    }

    /** What tensor cores compute and what is left to others, together. */
    @Test
    void productsOnTensorCoresAreCounted() {
        NetworkConfig config = Networks.preset("tresnet_m").config();
        double forward = Summary.of(config, 16, 224, 224).multiplyAdds();
        List<Launch> training = NetworkRun.of(config, Shape.of(16, 3, 224, 224), 132, true, Precision.MIXED);

        double onTensorCores = training.stream()
                .filter(launch -> TensorCoreModel.rounds(launch) > 0)
                .mapToDouble(launch -> (TensorCoreModel.rounds(launch) - 1)
                        * FMA_OF_COLUMN
                        * TensorCoreModel.columns(launch)
                        * launch.blocks())
                .sum();

        assertThat((onTensorCores + multiplyAdds(training)) / forward).isBetween(3.0, 3.5);
        assertThat(multiplyAdds(training) / onTensorCores).isLessThan(0.1);
    }

    @Test
    @ResourceLock(Resources.SYSTEM_OUT)
    void mixedPrecisionIsFasterByTheModel() {
        String[] arguments = {"--model", "tresnet_tiny", "--batch", "64", "--launch", "0", "--json"};
        JsonNode single = JsonMapper.shared().readTree(printed(arguments));
        List<String> mixedToo = new ArrayList<>(List.of(arguments));
        mixedToo.addAll(List.of("--precision", "mixed"));
        JsonNode mixed = JsonMapper.shared().readTree(printed(mixedToo.toArray(String[]::new)));

        String products = "/devices/H200/0/kernels/";
        assertThat(mixed.at(products + "convolveCores/forward").asDouble())
                .isPositive()
                .isLessThan(single.at(products + "convolveTile/forward").asDouble());
        assertThat(GpuModel.run("--precision", "bf16")).isEqualTo(2);
        assertThat(GpuModel.run("--precision", "mixed", "--backend", "opencl")).isEqualTo(2);
        assertThat(GpuModel.run("--precision", "mixed", "--device", "MI210")).isEqualTo(2);
    }

    private static double multiplyAdds(List<Launch> launches) {
        return launches.stream()
                .filter(launch -> LaunchModel.rounds(launch) > 0)
                .mapToDouble(launch -> (LaunchModel.rounds(launch) - 1)
                        * FMA_OF_COLUMN
                        * LaunchModel.columns(launch)
                        * launch.blocks())
                .sum();
    }

    @Test
    @ResourceLock(Resources.SYSTEM_OUT)
    void theCommandPrintsATableAndJson() {
        String text = printed("--device", "all", "--model", "tresnet_tiny", "--batch", "4");
        assertThat(text)
                .contains("not a measurement")
                .contains("| NVIDIA H200 SXM | training |", "| AMD Instinct MI210 | inference |");

        JsonNode json = JsonMapper.shared()
                .readTree(printed("--device", "a100", "--model", "tresnet_tiny", "--batch", "4", "--json"));
        JsonNode step = json.at("/devices/A100/1");
        assertThat(step.at("/training").asBoolean()).isTrue();
        assertThat(step.at("/share").asDouble()).isBetween(0.0, 1.0);
        assertThat(step.at("/launches").asInt()).isBetween(50, 1000);
    }

    @Test
    void whatItDoesNotKnowIsRefused() {
        assertThat(GpuModel.run("--device", "H300")).isEqualTo(2);
        assertThat(GpuModel.run("--batch", "0")).isEqualTo(2);
        assertThat(GpuModel.run("--backend", "spirv")).isEqualTo(2);
    }

    private static String printed(String... arguments) {
        PrintStream standard = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            assertThat(GpuModel.run(arguments)).isZero();
        } finally {
            System.setOut(standard);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
