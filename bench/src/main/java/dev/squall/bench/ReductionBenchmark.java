package dev.squall.bench;

import dev.squall.backend.Reduction.Kind;
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

/** Sums and maxima over dimensions. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReductionBenchmark extends OperationState {
    /** Channels, height, width of the input. */
    @Param({"64x56x56", "2048x7x7"})
    public String images;

    private Storage x;
    private Storage perImage;
    private Storage perChannel;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        perImage = activation(BATCH);
        perChannel = parameter(0, 1, n[0]);
    }

    @Benchmark
    public void sumPerImage() {
        backend.reduction().reduce(Kind.SUM, x, new int[] {1, 2, 3}, perImage);
    }

    @Benchmark
    public void maxPerImage() {
        backend.reduction().reduce(Kind.MAX, x, new int[] {1, 2, 3}, perImage);
    }

    @Benchmark
    public void sumPerChannel() {
        backend.reduction().channelSum(x, perChannel);
    }
}
