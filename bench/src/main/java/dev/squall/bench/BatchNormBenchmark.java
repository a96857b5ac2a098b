package dev.squall.bench;

import dev.squall.backend.Norm;
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

/** Batch normalisation in training, which keeps its input for the backward pass. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatchNormBenchmark extends OperationState {
    private static final Norm NORM = Norm.plain(1e-5f);

    /** Channels, height, width of the input. */
    @Param({"64x56x56", "256x14x14", "2048x7x7"})
    public String images;

    private Storage x;
    private Storage y;
    private Storage mean;
    private Storage variance;
    private Storage weight;
    private Storage bias;
    private Storage dweight;
    private Storage dbias;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        y = activation(BATCH, n[0], n[1], n[2]);
        mean = parameter(0, 1, n[0]);
        variance = parameter(1, 0, n[0]);
        weight = parameter(1, 0.1, n[0]);
        bias = parameter(0, 0.1, n[0]);
        dweight = parameter(0, 1, n[0]);
        dbias = parameter(0, 1, n[0]);
    }

    @Benchmark
    public void forward() {
        backend.normalisation().statistics(x, mean, variance);
        backend.normalisation().apply(x, mean, variance, weight, bias, NORM, y);
    }

    @Benchmark
    public void backward() {
        backend.normalisation().backward(x, mean, variance, weight, y, NORM, true, y, dweight, dbias);
    }
}
