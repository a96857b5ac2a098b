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

/** The stem: blocks of 4x4 pixels become channels. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SpaceToDepthBenchmark extends OperationState {
    private static final int BLOCK = 4;

    /** Channels, height, width of the input. */
    @Param("3x224x224")
    public String images;

    private Storage x;
    private Storage y;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        y = activation(BATCH, n[0] * BLOCK * BLOCK, n[1] / BLOCK, n[2] / BLOCK);
    }

    @Benchmark
    public void forward() {
        backend.pooling().spaceToDepth(x, BLOCK, y);
    }

    @Benchmark
    public void backward() {
        backend.pooling().depthToSpace(y, BLOCK, x);
    }
}
