package dev.squall.bench;

import dev.squall.backend.PoolGeometry;
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

/** Maxima and averages over windows. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PoolingBenchmark extends OperationState {
    /** Channels, height, width of the input, window, stride. */
    @Param({"64x112x112-k3s2", "256x56x56-k2s2"})
    public String pooling;

    private PoolGeometry geometry;
    private Storage x;
    private Storage dx;
    private Storage y;

    @Override
    void prepare() {
        int[] n = numbers(pooling);
        geometry = PoolGeometry.square(n[3], n[4], n[3] == 3 ? 1 : 0);
        x = activation(BATCH, n[0], n[1], n[2]);
        dx = activation(BATCH, n[0], n[1], n[2]);
        y = activation(geometry.output(x.shape()).toArray());
    }

    @Benchmark
    public void max() {
        backend.pooling().max(x, geometry, y);
    }

    @Benchmark
    public void maxBackward() {
        backend.pooling().maxBackward(x, y, geometry, dx);
    }

    @Benchmark
    public void average() {
        backend.pooling().average(x, geometry, y);
    }

    @Benchmark
    public void averageBackward() {
        backend.pooling().averageBackward(y, geometry, dx);
    }
}
