package dev.squall.bench;

import dev.squall.backend.Region;
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

/** Copies that change the order, and joins. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MovementBenchmark extends OperationState {
    /** Channels, height, width of the input. */
    @Param({"64x56x56", "512x7x7"})
    public String images;

    private Storage x;
    private Storage lastChannels;
    private Storage twice;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        lastChannels = activation(BATCH, n[1], n[2], n[0]);
        twice = activation(BATCH, 2 * n[0], n[1], n[2]);
    }

    /** NCHW to NHWC. */
    @Benchmark
    public void permute() {
        backend.movement()
                .copy(x, Region.of(x.shape()).permuted(0, 2, 3, 1), lastChannels, Region.of(lastChannels.shape()));
    }

    /** One of two inputs that are joined along the channels. */
    @Benchmark
    public void concat() {
        backend.elementwise()
                .copyChannels(x, 0, twice, x.shape().channels(), x.shape().channels());
    }

    @Benchmark
    public void reshape() {
        backend.elementwise().reshape(x, lastChannels);
    }
}
