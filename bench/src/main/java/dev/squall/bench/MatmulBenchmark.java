package dev.squall.bench;

import dev.squall.tensor.Storage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** Products of two matrices, and batches of such. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MatmulBenchmark extends OperationState {
    /** Matrices in a batch, rows of the first, common extent, columns of the second. */
    @Param({"1x1024x1024x1024", "1x512x512x512", "1x8x2048x1000", "64x64x64x64"})
    public String product;

    private Storage a;
    private Storage b;
    private Storage c;

    @Override
    void prepare() {
        int[] n = numbers(product);
        if (n[0] == 1) {
            a = activation(n[1], n[2]);
            b = activation(n[2], n[3]);
            c = activation(n[1], n[3]);
        } else {
            a = activation(n[0], n[1], n[2]);
            b = activation(n[0], n[2], n[3]);
            c = activation(n[0], n[1], n[3]);
        }
    }

    @Benchmark
    public void matmul() {
        if (a.shape().rank() == 2) {
            backend.matmul().matmul(a, false, b, false, c);
        } else {
            backend.matmul().batched(a, false, b, false, c);
        }
    }
}
