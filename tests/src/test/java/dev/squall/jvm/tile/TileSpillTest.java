package dev.squall.jvm.tile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShuffle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The compiler keeps the sums of each tile in registers: the machine code of its loop does not touch the stack. A tile whose sums it spills runs at half
 * the speed or less, and whether it spills depends on the kernels that were compiled before, so a JVM of its own makes all of them in both orders.
 *
 * <p>The JVM prints machine code as bytes. This looks for a few instructions of x86-64 among them and knows no other processor.
 *
 * <p>Depthwise tiles are left out. The compiler unrolls their loop over taps, and so some of their sums do touch the stack; but with the loop of the
 * other tiles, which it does not unroll, they took up to 15 % longer.
 */
@Tag("slow")
class TileSpillTest {
    /** Bytes between two multiply-adds of one loop, at most; a loop that spills has two other vector instructions between them. */
    private static final int NEAR = 200;

    /** A fused multiply-add of packed floats: opcodes 98, A8 or B8 of map 0F38, with the prefix of AVX2 or of AVX-512. */
    private static final Pattern MULTIPLY_ADD = Pattern.compile(
            "(\\x62[\\x02\\x12\\x22\\x32\\x42\\x52\\x62\\x72\\x82\\x92\\xA2\\xB2\\xC2\\xD2\\xE2\\xF2].."
                    + "|\\xC4[\\x02\\x22\\x42\\x62\\x82\\xA2\\xC2\\xE2].)[\\x98\\xA8\\xB8]",
            Pattern.DOTALL);

    /** A load or a store of a vector at a distance from the stack pointer. */
    private static final Pattern STACK_ACCESS = Pattern.compile(
            "(\\x62...|\\xC5.|\\xC4..)[\\x10\\x11\\x28\\x29\\x6F\\x7F][\\x44\\x4C\\x54\\x5C\\x64\\x6C\\x74\\x7C\\x84\\x8C\\x94\\x9C\\xA4\\xAC\\xB4\\xBC]\\x24",
            Pattern.DOTALL);

    private static final Pattern METHOD =
            Pattern.compile("Compiled method \\(c2\\)[^\\n]*?(\\S*Generated\\w+/0x\\w+)::run");
    private static final Pattern CODE = Pattern.compile("\\[MachCode\\](.*?)\\[/MachCode\\]", Pattern.DOTALL);
    private static final Pattern BYTES = Pattern.compile("(?m)^\\s+0x\\w+: ([0-9a-f |]+)$");

    /** In the other order of making them, {@code -Dtests.long=true}. */
    @ParameterizedTest
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    @CsvSource({"-XX:UseAVX=3, true", "-XX:UseAVX=2, true"})
    void keepsSumsInRegistersOnDemand(String option, boolean descending) throws Exception {
        keepsSumsInRegisters(option, descending);
    }

    @ParameterizedTest
    @CsvSource({"-XX:UseAVX=3, false", "-XX:UseAVX=2, false"})
    void keepsSumsInRegisters(String option, boolean descending) throws Exception {
        String arch = System.getProperty("os.arch");
        assumeTrue(arch.equals("amd64") || arch.equals("x86_64"), "machine code of " + arch + " is not looked at");
        String output = child(option, descending);
        assumeTrue(output.contains("[MachCode]"), "this JVM does not print machine code");
        Map<String, String> codes = codes(output);
        List<String> spilled = new ArrayList<>();
        int kernels = 0;
        Matcher made = Pattern.compile("made (\\S+) (\\d+) (.*)").matcher(output);
        while (made.find()) {
            String code = codes.get(made.group(1));
            assertThat(code).as("machine code of " + made.group(3)).isNotNull();
            int sums = Integer.parseInt(made.group(2));
            List<String> loops = loops(code, sums);
            assertThat(loops).as("loops of " + made.group(3)).isNotEmpty();
            if (loops.stream().anyMatch(loop -> STACK_ACCESS.matcher(loop).find())) {
                spilled.add(made.group(3));
            }
            kernels++;
        }
        assertThat(kernels).isGreaterThan(TileSizes.MAX_POSITIONS);
        assertThat(spilled).as("tiles whose sums go through memory").isEmpty();
    }

    @Test
    void seesWhatIsSpilled() {
        // vfmadd231ps zmm0, zmm1, zmm2; vmovups [rsp + 64], zmm0 (or ymm0); vfmadd231ps zmm3, zmm1, zmm2
        String add = "62f27548b8c2";
        String other = "62f27548b8da";
        assertThat(loops(bytes(add + other), 2))
                .singleElement()
                .satisfies(loop -> assertThat(STACK_ACCESS.matcher(loop).find()).isFalse());
        for (String store : List.of("62f17c4811442401", "c5fc11442440", "62f17e487f442401")) {
            assertThat(loops(bytes(add + store + other), 2))
                    .singleElement()
                    .satisfies(loop ->
                            assertThat(STACK_ACCESS.matcher(loop).find()).isTrue());
        }
    }

    /** The stretches of code with {@code sums} multiply-adds or more, close to each other: from the first to the last of these. */
    private static List<String> loops(String code, int sums) {
        List<String> loops = new ArrayList<>();
        Matcher add = MULTIPLY_ADD.matcher(code);
        int first = -1;
        int last = -1;
        int count = 0;
        while (true) {
            boolean found = add.find();
            if (count > 0 && (!found || add.start() - last > NEAR)) {
                if (count >= sums) {
                    loops.add(code.substring(first, last));
                }
                count = 0;
            }
            if (!found) {
                return loops;
            }
            first = count == 0 ? add.start() : first;
            last = add.end();
            count++;
        }
    }

    /** The machine code of each generated class, a character for each byte. */
    private static Map<String, String> codes(String output) {
        Map<String, String> codes = new TreeMap<>();
        Matcher method = METHOD.matcher(output);
        Matcher code = CODE.matcher(output);
        while (method.find()) {
            if (code.find(method.end())) {
                StringBuilder hex = new StringBuilder();
                BYTES.matcher(code.group(1)).results().forEach(line -> hex.append(line.group(1)));
                codes.put(method.group(1), bytes(hex.toString().replaceAll("[^0-9a-f]", "")));
            }
        }
        return codes;
    }

    private static String bytes(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        StringBuilder characters = new StringBuilder();
        for (byte b : bytes) {
            characters.append((char) (b & 0xFF));
        }
        return characters.toString();
    }

    private static String child(String option, boolean descending) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("..", "engine", "jvm", "java.options"),
                        option,
                        "-XX:+UnlockDiagnosticVMOptions",
                        "-XX:CompileCommand=print," + TileKernels.class.getPackageName() + ".Generated*::run",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TileSpillTest.class.getName(),
                        Boolean.toString(descending))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(output.substring(0, Math.min(2000, output.length())))
                .isZero();
        return output;
    }

    /** Makes all tiles that the program uses, in the JVM that the test starts, and says which class each is. */
    public static void main(String[] arguments) {
        List<Runnable> kernels = new ArrayList<>();
        for (int positions = 1; positions <= TileSizes.MAX_POSITIONS; positions++) {
            int size = positions;
            for (int vectors = 1; vectors <= 2; vectors++) {
                int width = vectors;
                kernels.add(() -> dense(size, width, false));
                if (Prefetches.ARE_POSSIBLE) {
                    kernels.add(() -> dense(size, width, true));
                }
            }
        }
        // A row of a 7x7 kernel with stride 2 on images of 3 channels that are not padded.
        for (int size : new TreeSet<>(TileSizes.gradientSizes(21, 2))) {
            kernels.add(() -> gradient(size, 2, 24));
        }
        for (int size : new TreeSet<>(TileSizes.gradientSizes(BlockedLayout.BLOCK, 2))) {
            kernels.add(() -> gradient(size, 2, BlockedLayout.PIXEL_BYTES));
            if (Prefetches.ARE_POSSIBLE) {
                kernels.add(() -> gradient(size, 2, BlockedLayout.PIXEL_BYTES, true));
            }
            kernels.add(() -> positions(size, 2));
        }
        for (int size : new TreeSet<>(TileSizes.gradientSizes(BlockedLayout.BLOCK, 1))) {
            kernels.add(() -> gradient(size, 1, BlockedLayout.PIXEL_BYTES));
            kernels.add(() -> positions(size, 1));
        }
        // With few registers it is not settled yet whether tiles of small groups keep all that they need in them.
        for (int channels = 4; channels <= Lanes.COUNT && !TileSizes.FEW_REGISTERS; channels *= 2) {
            int each = channels;
            int most = TileSizes.groupedPositions(channels);
            for (int step = 1; step <= 2; step++) {
                int inStep = step * BlockedLayout.PIXEL_BYTES;
                kernels.add(() -> grouped(most - 1, each, inStep));
                kernels.add(() -> grouped(most, each, inStep));
            }
        }
        if (Boolean.parseBoolean(arguments[0])) {
            Collections.reverse(kernels);
        }
        kernels.forEach(Runnable::run);
    }

    private static void dense(int positions, int vectors, boolean isPrefetching) {
        DenseKernel kernel = TileKernels.dense(positions, vectors, 64, 64, isPrefetching);
        String what = "dense " + positions + " x " + vectors;
        say(kernel, positions * vectors, isPrefetching ? "prefetching " + what : what);
    }

    private static void gradient(int channels, int vectors, int inStep) {
        gradient(channels, vectors, inStep, false);
    }

    private static void gradient(int channels, int vectors, int inStep, boolean isPrefetching) {
        GradientKernel kernel =
                TileKernels.gradient(channels, vectors, inStep, BlockedLayout.PIXEL_BYTES, isPrefetching);
        try (var allocator = new Allocator(0)) {
            long memory = allocator.allocate(1 << 16).address();
            Lanes.zero(memory, 1 << 16);
            for (int i = 0; i < 1000; i++) {
                kernel.run(
                        memory,
                        new long[1],
                        memory,
                        new long[1],
                        Lanes.BYTES,
                        0,
                        1,
                        16,
                        memory + (1 << 15),
                        i % 2 == 0,
                        memory);
            }
        }
        String what = "gradient " + channels + " x " + vectors + " every " + inStep + " bytes";
        say(kernel, vectors * channels, isPrefetching ? "prefetching " + what : what);
    }

    @SuppressWarnings("unchecked")
    private static void grouped(int positions, int channels, int inStep) {
        GroupedKernel kernel = LaneKernels.grouped(positions, channels, inStep, BlockedLayout.PIXEL_BYTES);
        VectorShuffle<Float>[] orders = IntStream.range(0, channels)
                .mapToObj(i -> VectorShuffle.fromOp(Lanes.SPECIES, lane -> lane ^ i))
                .toArray(VectorShuffle[]::new);
        try (var allocator = new Allocator(0)) {
            long memory = allocator.allocate(1 << 16).address();
            Lanes.zero(memory, 1 << 16);
            for (int i = 0; i < 1000; i++) {
                kernel.run(
                        memory,
                        new long[9],
                        9,
                        orders,
                        memory,
                        memory + (1 << 15),
                        FusedEpilogue.NONE,
                        DenseKernel.NO_BIAS);
            }
        }
        int sums = positions * TileSizes.groupedSums(channels);
        say(kernel, sums, "groups of " + channels + " x " + positions + " every " + inStep + " bytes");
    }

    private static void positions(int channels, int vectors) {
        PositionKernel kernel = TileKernels.positions(channels, vectors);
        try (var allocator = new Allocator(0)) {
            long memory = allocator.allocate(1 << 16).address();
            Lanes.zero(memory, 1 << 16);
            for (int i = 0; i < 1000; i++) {
                kernel.run(memory, memory, Lanes.BYTES, new long[32], 16, memory + (1 << 15), i % 2 == 0);
            }
        }
        say(kernel, vectors * channels, "gradient by positions " + channels + " x " + vectors);
    }

    private static void say(Object kernel, int sums, String what) {
        System.out.println(
                "made " + kernel.getClass().getName() + " " + sums + " " + what + " of " + Lanes.COUNT + " lanes");
    }
}
