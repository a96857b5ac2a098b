package dev.squall.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * What the machine can do at most: multiply-adds in registers, and the triad {@code a = b + s c} of the STREAM benchmark on arrays much
 * larger than the caches.
 *
 * @param gflops 10^9 floating-point operations a second
 * @param gbytes 10^9 bytes a second, those read and those written
 */
record Peak(double gflops, double gbytes) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int ACCUMULATORS = 12;
    private static final int FMA_STEPS = 4_000_000;
    private static final int TRIAD_FLOATS = 1 << 25;
    /** The first tries are slow, since the compiler is not done. */
    private static final int TRIES = 9;
    /** Long enough for the compiler to be done, and for a moment in which no other program runs. */
    private static final double SECONDS = 1.5;

    /** Measures with so many threads. */
    static Peak measure(int threads) {
        double operations = (double) threads * FMA_STEPS * ACCUMULATORS * SPECIES.length() * 2;
        float[] sink = new float[threads];
        double fma = seconds(threads, thread -> sink[thread] = multiplyAdds());
        float[] a = new float[TRIAD_FLOATS];
        float[] b = new float[TRIAD_FLOATS];
        float[] c = new float[TRIAD_FLOATS];
        int part = TRIAD_FLOATS / threads;
        double triad = seconds(threads, thread -> triad(a, b, c, thread * part, (thread + 1) * part));
        return new Peak(operations / fma * 1e-9, 3.0 * part * threads * Float.BYTES / triad * 1e-9);
    }

    /** The best time of many tries. */
    private static double seconds(int threads, IntConsumer work) {
        DescriptiveStatistics seconds = new DescriptiveStatistics();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            long first = System.nanoTime();
            for (int i = 0; i < TRIES || (System.nanoTime() - first) * 1e-9 < SECONDS; i++) {
                long start = System.nanoTime();
                List<Future<?>> running = new ArrayList<>();
                for (int t = 0; t < threads; t++) {
                    int thread = t;
                    running.add(pool.submit(() -> work.accept(thread)));
                }
                for (Future<?> future : running) {
                    future.get();
                }
                seconds.addValue((System.nanoTime() - start) * 1e-9);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the peak could not be measured", e);
        }
        return seconds.getMin();
    }

    /**
     * As many independent sums as hide the latency of a multiply-add; named, so that they stay in registers. The sum is what is added, as the
     * processor's instruction overwrites that; any other form needs a copy.
     */
    private static float multiplyAdds() {
        FloatVector x = FloatVector.broadcast(SPECIES, 0.999f);
        FloatVector y = FloatVector.broadcast(SPECIES, 0.001f);
        FloatVector a0 = y;
        FloatVector a1 = y;
        FloatVector a2 = y;
        FloatVector a3 = y;
        FloatVector a4 = y;
        FloatVector a5 = y;
        FloatVector a6 = y;
        FloatVector a7 = y;
        FloatVector a8 = y;
        FloatVector a9 = y;
        FloatVector a10 = y;
        FloatVector a11 = y;
        for (int i = 0; i < FMA_STEPS; i++) {
            a0 = x.fma(y, a0);
            a1 = x.fma(y, a1);
            a2 = x.fma(y, a2);
            a3 = x.fma(y, a3);
            a4 = x.fma(y, a4);
            a5 = x.fma(y, a5);
            a6 = x.fma(y, a6);
            a7 = x.fma(y, a7);
            a8 = x.fma(y, a8);
            a9 = x.fma(y, a9);
            a10 = x.fma(y, a10);
            a11 = x.fma(y, a11);
        }
        FloatVector sum = a0.add(a1).add(a2).add(a3).add(a4).add(a5);
        return sum.add(a6).add(a7).add(a8).add(a9).add(a10).add(a11).reduceLanes(VectorOperators.ADD);
    }

    private static void triad(float[] a, float[] b, float[] c, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }
}
