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

/** Global average pooling: in squeeze-and-excitation, and before the classifier. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GlobalAveragePoolBenchmark extends OperationState {
    /** Channels, height, width of the input. */
    @Param({"64x56x56", "128x28x28", "256x14x14", "2048x7x7"})
    public String images;

    private Storage x;
    private Storage y;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        y = activation(BATCH, n[0]);
    }

    @Benchmark
    public void forward() {
        backend.pooling().globalAverage(x, y);
    }

    @Benchmark
    public void backward() {
        backend.pooling().globalAverageBackward(y, x);
    }
}
