package dev.squall.bench.gpu;

import dev.squall.bench.gpu.NetworkRun.Launch;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWindow;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.Tiles;
import dev.squall.tornado.kernel.WeightGradientTileKernels;
import java.util.Arrays;

/**
 * How long a launch takes on a GPU, by what the assembler made of its kernel. A model, not a measurement; it assumes:
 *
 * <ul>
 *   <li>A scheduler of a processor starts one instruction of a warp in a cycle, so that a product takes as long as all its instructions, or its
 *       multiply-adds where the lanes are fewer than the threads of a warp. The loop's instructions are counted as if each ran in every pass, but for what a convolution
 *       does when it comes to another tap: that runs once for the rounds that its channels take.
 *   <li>Local memory moves {@link #CACHE_BYTES} in a cycle: a read of 16 bytes occupies it as if no two threads read the same, a write twice as long as it would without conflicts,
 *       since the banks of a convolution's are met by two threads each, and three times as long in a wide tile, where those of one side are met by four; what comes from global memory passes through once.
 *   <li>Each round of a block takes its operands from the second-level cache, which moves {@link #L2_SHARE} of what its data sheet says; that they are there is assumed.
 *   <li>A convolution writes its tile through local memory, {@link #WRITE} instructions for each float of a thread; half of the other instructions outside of the loop run. The
 *       partial sums of weight gradients are read once more, for which the reading kernel's time is not counted a second time but here.
 *   <li>Blocks are handed out evenly, so that the processor with the most of them decides: a grid of 133 blocks takes as long on 132 processors as one of
 *       264. As many run at once as registers and shared memory allow.
 *   <li>A warp waits for shared memory once in each pass of the inner loop and for the others at each barrier ({@link #SHARED_LATENCY}, {@link #BARRIER_LATENCY}); other warps
 *       of the scheduler fill that time if there are any. What it fetches from global memory for the next round arrives meanwhile.
 *   <li>Every other kernel is bound by memory: its operands move once, at {@link #BANDWIDTH} of the data sheet's figure; 256 threads of each processor are needed
 *       for that. All are counted as if work-items took eight neighbouring floats, 4 bytes at a time, so that the first-level cache moves each sector of 32 bytes eight times. Kernels that
 *       go through all elements do better, since what a work-group loads at once is contiguous ({@code Lanes.load}); but on none of the devices does the cache decide either way.
 *   <li>No launch takes less than {@link #SHORTEST}, and between two launches the device waits for the host, since a launch returns when it is done.
 * </ul>
 */
final class LaunchModel {
    /** Cycles from a read of shared memory to its use; Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture" (2024): 29 to 33. */
    private static final double SHARED_LATENCY = 33;

    /** Cycles that a barrier of four warps costs each of them; our assumption. */
    private static final double BARRIER_LATENCY = 40;

    /** Of the bandwidth in a data sheet, what copying reaches; published measurements of A100 and H100 lie between 0.85 and 0.93. */
    private static final double BANDWIDTH = 0.85;

    /** Bytes that the first-level cache of a processor moves in a cycle, and of one sector. */
    private static final double CACHE_BYTES = 128;

    private static final double SECTOR = 32;

    /** Bytes of the widest access. */
    private static final double MOST_BYTES = 16;

    /** Of what a data sheet says of the second-level cache, what we take for granted. */
    private static final double L2_SHARE = 0.5;

    /** Instructions for a float that a convolution writes: counted in the code that the assembler makes. */
    private static final double WRITE = 24;

    /** Threads of a processor that keep enough reads in flight. */
    private static final double THREADS_FOR_BANDWIDTH = 256;

    /** Seconds from the first block's start to the last one's end, of a kernel that does nothing. */
    private static final double SHORTEST = 2e-6;

    private final KernelTable table;
    private final String backend;
    private final GpuDevice device;

    LaunchModel(KernelTable table, String backend, GpuDevice device) {
        this.table = table;
        this.backend = backend;
        this.device = device;
    }

    /**
     * What a launch takes, in seconds.
     *
     * @param time on the device, the launch itself not included
     * @param multiplyAdds what its multiply-adds alone would take on all lanes; 0 if it is no product
     * @param instructions what all instructions would take if no scheduler ever waited; 0 likewise
     * @param bound what decides
     */
    record Cost(double time, double multiplyAdds, double instructions, Bound bound) {}

    /** What decides how long a launch takes. */
    enum Bound {
        ARITHMETIC,
        TOO_FEW_BLOCKS,
        MEMORY,
        SHORT
    }

    /** What {@code launch} takes. */
    Cost of(Launch launch) {
        // What has no line for halves has no images where networks use it but for small ones, and waits for memory
        // alone.
        KernelFigures kernel = table.find(launch.line(), backend)
                .or(() -> table.find(launch.kernel(), backend))
                .orElseThrow(() -> new IllegalStateException("the kernels' table has no line for " + launch.line()
                        + " on " + backend + "; GpuCodeTest with -Dgpu.code=write writes it anew"));
        int rounds = rounds(launch);
        int onTensorCores = TensorCoreModel.rounds(launch);
        Cost cost = onTensorCores > 0
                ? TensorCoreModel.of(launch, kernel, onTensorCores, device)
                : rounds > 0 && kernel.outer().instructions() > 0
                        ? product(launch, kernel, rounds)
                        : new Cost(memory(launch, kernel), 0, 0, Bound.MEMORY);
        return cost.time < SHORTEST ? new Cost(SHORTEST, cost.multiplyAdds, cost.instructions, Bound.SHORT) : cost;
    }

    /** Rounds of {@link Tiles#DEPTH} steps of each block, the one included that only fetches; 0 of a kernel that is no product in tiles. */
    static int rounds(Launch launch) {
        int[] sizes = launch.sizes();
        if (isConvolution(launch)) {
            return sizes[ConvolutionTileKernels.STEPS] + 1;
        }
        if (launch.kernel().equals("matmulTile")) {
            return sizes[MatmulTileKernels.STEPS] + 1;
        }
        if (isWeightGradient(launch)) {
            return sizes[WeightGradientTileKernels.PIXELS_OF_RANGE] / Tiles.DEPTH + 1;
        }
        return 0;
    }

    private static boolean isConvolution(Launch launch) {
        return launch.kernel().equals("convolveTile") || launch.kernel().equals("convolveWideTile");
    }

    private static boolean isWeightGradient(Launch launch) {
        return launch.kernel().equals("weightGradientTile") || launch.kernel().equals("weightGradientWideTile");
    }

    /** Columns of its tiles. */
    static int columns(Launch launch) {
        return launch.kernel().contains("Wide") ? Tiles.WIDE_COLUMNS : Tiles.COLUMNS;
    }

    private Cost product(Launch launch, KernelFigures kernel, int rounds) {
        int threads = launch.threads();
        int warpSize = device.occupancy().warpSize();
        double sums = (double) Tiles.ROWS * columns(launch);
        double perRound = sums * Tiles.DEPTH / threads;
        double passes = perRound / kernel.inner().multiplyAdds();
        double instructionsOfRound = kernel.inner().instructions() * passes
                + kernel.outer().least()
                + (kernel.outer().instructions() - kernel.outer().least()) * shareOfRare(launch)
                - kernel.inner().instructions();
        double fetched = (double) (Tiles.ROWS + columns(launch)) * Tiles.DEPTH;
        double moved = passes * kernel.inner().shared() * MOST_BYTES
                + fetched / threads * Float.BYTES * (columns(launch) == Tiles.COLUMNS ? 3 : 4);
        double cyclesOfLocal = moved * warpSize / CACHE_BYTES * device.schedulers();
        double warps = Math.ceilDiv(threads, warpSize) / (double) device.schedulers();
        double cyclesOfCache = fetched * Float.BYTES / (L2_SHARE * device.cacheBytes() / device.processors()) / warps;
        double cyclesOfRound = max(
                instructionsOfRound * device.cyclesOfIssue(),
                perRound * device.cyclesOfMultiplyAdd(),
                cyclesOfLocal,
                cyclesOfCache);
        double written = isConvolution(launch) ? WRITE * sums / threads : 0;
        double once =
                ((kernel.instructions() - kernel.outer().instructions()) / 2.0 + written) * device.cyclesOfIssue();
        double cycles = rounds * cyclesOfRound + once;
        double waiting = rounds * (passes * SHARED_LATENCY + BARRIER_LATENCY);
        int atOnce = Math.max(1, device.occupancy().blocks(threads, kernel.registers(), kernel.shared()));
        int blocks = Math.ceilDiv(launch.blocks(), device.processors());
        double busiest = blocks / atOnce * time(atOnce * warps, cycles, waiting)
                + (blocks % atOnce == 0 ? 0 : time(blocks % atOnce * warps, cycles, waiting));
        double seconds = busiest / device.hertz();
        double even = launch.blocks() * warps / device.processors() / device.hertz();
        double ideal = even * cycles;
        double memory = launch.bytes() / (BANDWIDTH * device.bandwidth());
        Bound bound =
                memory > seconds ? Bound.MEMORY : seconds > ideal * 1.25 ? Bound.TOO_FEW_BLOCKS : Bound.ARITHMETIC;
        return new Cost(
                Math.max(seconds, memory) + partialSums(launch),
                even * rounds * perRound * device.cyclesOfMultiplyAdd(),
                ideal,
                bound);
    }

    private static double max(double... values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    /** In which part of the rounds that runs which does not run in all. */
    private static double shareOfRare(Launch launch) {
        return isConvolution(launch)
                ? Math.min(1, (double) Tiles.DEPTH / launch.sizes()[ConvolutionWindow.PANEL_ROWS])
                : 1;
    }

    /** What it takes to read partial sums, in seconds. */
    private double partialSums(Launch launch) {
        return isWeightGradient(launch)
                ? (double) launch.blocks()
                        * Tiles.ROWS
                        * columns(launch)
                        * Float.BYTES
                        / (BANDWIDTH * device.bandwidth())
                : 0;
    }

    /** Cycles of blocks that run at once, {@code warps} of them for each scheduler: theirs one after another, or those of one with its waiting. */
    static double time(double warps, double cycles, double waiting) {
        return Math.max(warps * cycles, cycles + waiting);
    }

    private double memory(Launch launch, KernelFigures kernel) {
        double threads = (double) launch.blocks() * launch.threads();
        double busy = Math.min(1, threads / (device.processors() * THREADS_FOR_BANDWIDTH));
        double fromMemory = launch.bytes() / (BANDWIDTH * device.bandwidth());
        double width = kernel.loads().meanBytes();
        double throughCache = launch.bytes() * SECTOR / width / (device.processors() * CACHE_BYTES * device.hertz());
        return Math.max(fromMemory, throughCache) / busy;
    }
}
