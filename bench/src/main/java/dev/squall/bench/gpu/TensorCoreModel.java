package dev.squall.bench.gpu;

import dev.squall.bench.gpu.NetworkRun.Launch;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.kernel.ConvolutionCoreKernels;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWindow;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.TensorCores;
import dev.squall.tornado.kernel.WeightGradientCoreKernels;
import dev.squall.tornado.kernel.WeightGradientKernels;
import dev.squall.tornado.kernel.WeightGradientTileKernels;
import java.util.stream.DoubleStream;

/**
 * How long a product takes on tensor cores, see {@link TensorCores}. A model, not a measurement, with the assumptions of {@link LaunchModel} and these:
 *
 * <ul>
 *   <li>A tensor core computes a product of {@value #OPERATIONS} operations at the pace of the device's data sheet; on an H200 at {@link #HOPPER} of it.
 *   <li>Local memory hands out pieces of the left side in twice the time that it takes without conflicts, since their rows lie 32 bytes apart, and takes in what was fetched likewise;
 *       what is fetched from global memory passes through once, a float at a time.
 *   <li>Columns that a result does not have are fetched as zeros from one place, which the first-level cache has.
 *   <li>A convolution reads, rounds and writes its sums once more where they are rounded or something comes after them, {@link #FINISH} instructions for each.
 *   <li>Whatever takes longest, tensor cores, other instructions, local memory or the second-level cache, decides of a round; other warps fill the waiting for a barrier, a read of local memory
 *       and a product ({@link #WAITING}).
 * </ul>
 */
final class TensorCoreModel {
    /** Operations of the product of 16 x 16 and 16 x 8 halves. */
    private static final int OPERATIONS = 2 * 16 * 16 * 8;

    /**
     * Of the data sheet's figure, what these instructions reach on Hopper, whose full pace needs others: Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU
     * Architecture" (2024).
     */
    private static final double HOPPER = 0.63;

    /** Cycles of a round that a warp waits if it is alone; our assumption, from the latencies of {@link LaunchModel} and 33 cycles of a product. */
    private static final double WAITING = 40 + 33 + 33;

    /** Instructions to finish a sum; our estimate: a dozen to round, a read, a write, and what two sums share for their place. */
    private static final double FINISH = 24;

    private static final double CACHE_BYTES = 128;
    private static final double L2_SHARE = 0.5;
    private static final double BANDWIDTH = 0.85;
    private static final int WARPS = TensorCores.ITEMS / 32;

    private TensorCoreModel() {}

    /** Rounds of {@link TensorCores#DEPTH} steps of each block, the one included that only fetches; 0 of a kernel that uses no tensor cores. */
    static int rounds(Launch launch) {
        int[] sizes = launch.sizes();
        if (launch.kernel().equals(MatmulCoreKernels.PRODUCT.name())) {
            return sizes[MatmulTileKernels.STEPS] + 1;
        }
        if (launch.kernel().equals(ConvolutionCoreKernels.CONVOLVE.name())) {
            return sizes[ConvolutionTileKernels.STEPS] + 1;
        }
        if (launch.kernel().equals(WeightGradientCoreKernels.WEIGHT_GRADIENT.name())) {
            return sizes[WeightGradientTileKernels.PIXELS_OF_RANGE] / TensorCores.DEPTH + 1;
        }
        return 0;
    }

    /** What a launch of so many rounds takes. */
    static LaunchModel.Cost of(Launch launch, KernelFigures kernel, int rounds, GpuDevice device) {
        double warps = (double) WARPS / device.schedulers();
        double instructions = kernel.inner().least()
                + (kernel.inner().instructions() - kernel.inner().least()) * shareOfRare(launch);
        double products = kernel.inner().tensor() * cyclesOfProduct(device);
        double fetched = (double) (TensorCores.ROWS * bytesOfLeft(launch) + TensorCores.COLUMNS * bytesOfRight(launch))
                * TensorCores.DEPTH;
        double handedOut = WARPS * (2 * 2 * 512.0 + 8 * 256.0);
        double local = (handedOut + fetched / 2 * 2 + fetched) / CACHE_BYTES / warps;
        double cache = (TensorCores.ROWS * bytesOfLeft(launch) + columns(launch) * bytesOfRight(launch))
                * TensorCores.DEPTH
                / (L2_SHARE * device.cacheBytes() / device.processors())
                / warps;
        double ofRound =
                DoubleStream.of(instructions, products, local, cache).max().orElseThrow();
        double finishing = isFinished(launch) ? FINISH * TensorCores.ROWS * TensorCores.COLUMNS / launch.threads() : 0;
        double cycles =
                rounds * ofRound + (kernel.instructions() - kernel.inner().instructions()) / 2.0 + finishing;
        int atOnce = Math.max(1, device.occupancy().blocks(launch.threads(), kernel.registers(), kernel.shared()));
        int blocks = Math.ceilDiv(launch.blocks(), device.processors());
        double waiting = rounds * WAITING;
        double busiest = blocks / atOnce * LaunchModel.time(atOnce * warps, cycles, waiting)
                + (blocks % atOnce == 0 ? 0 : LaunchModel.time(blocks % atOnce * warps, cycles, waiting));
        double seconds = busiest / device.hertz();
        double even = launch.blocks() * warps / device.processors() / device.hertz();
        double memory = (launch.bytes() + sums(launch)) / (BANDWIDTH * device.bandwidth());
        LaunchModel.Bound bound = memory > seconds
                ? LaunchModel.Bound.MEMORY
                : seconds > even * cycles * 1.25 ? LaunchModel.Bound.TOO_FEW_BLOCKS : LaunchModel.Bound.ARITHMETIC;
        return new LaunchModel.Cost(
                Math.max(seconds, memory) + partialSums(launch, device),
                even * rounds * kernel.inner().tensor() * OPERATIONS / operationsOfCycle(device),
                even * cycles,
                bound);
    }

    /** Operations in a cycle of one scheduler's tensor core, by the data sheet. */
    private static double operationsOfCycle(GpuDevice device) {
        return device.halfPeak() / device.processors() / device.schedulers() / device.hertz();
    }

    private static double cyclesOfProduct(GpuDevice device) {
        return OPERATIONS / operationsOfCycle(device) / (device == GpuDevice.H200 ? HOPPER : 1);
    }

    /** In which part of the rounds that runs which a convolution does when it comes to another tap. */
    private static double shareOfRare(Launch launch) {
        return launch.kernel().equals(ConvolutionCoreKernels.CONVOLVE.name())
                ? Math.min(1, (double) TensorCores.DEPTH / launch.sizes()[ConvolutionWindow.PANEL_ROWS])
                : 1;
    }

    /** Images lie in memory as halves, all else as floats. */
    private static int bytesOfLeft(Launch launch) {
        return launch.kernel().equals(MatmulCoreKernels.PRODUCT.name()) ? Float.BYTES : Short.BYTES;
    }

    private static int bytesOfRight(Launch launch) {
        return launch.kernel().equals(WeightGradientCoreKernels.WEIGHT_GRADIENT.name()) ? Short.BYTES : Float.BYTES;
    }

    /** Bytes of the sums of a convolution, which are written to memory and read again from a cache. */
    private static double sums(Launch launch) {
        int[] sizes = launch.sizes();
        return launch.kernel().equals(ConvolutionCoreKernels.CONVOLVE.name())
                ? (double) sizes[ConvolutionTileKernels.PART_VECTORS] * ArenaAllocator.VECTOR_BYTES
                : 0;
    }

    private static boolean isFinished(Launch launch) {
        int[] sizes = launch.sizes();
        return launch.kernel().equals(ConvolutionCoreKernels.CONVOLVE.name())
                && sizes[ConvolutionCoreKernels.FINISHED] == 1;
    }

    /** Columns of a tile that the result has, in the mean. */
    static double columns(Launch launch) {
        int[] sizes = launch.sizes();
        int all = ArenaAllocator.LANES
                * (launch.kernel().equals(MatmulCoreKernels.PRODUCT.name())
                        ? sizes[1]
                        : launch.kernel().equals(ConvolutionCoreKernels.CONVOLVE.name())
                                ? sizes[ConvolutionWindow.Y_VECTORS]
                                : sizes[WeightGradientKernels.DY_VECTORS]);
        return (double) all / Math.ceilDiv(all, TensorCores.COLUMNS);
    }

    /** What it takes to read the partial sums of a weight gradient. */
    private static double partialSums(Launch launch, GpuDevice device) {
        double sums = launch.blocks() * TensorCores.ROWS * columns(launch) * Float.BYTES;
        return launch.kernel().equals(WeightGradientCoreKernels.WEIGHT_GRADIENT.name())
                ? sums / (BANDWIDTH * device.bandwidth())
                : 0;
    }
}
