package dev.squall.bench;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
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

/** Convolution and its two derivatives. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Conv2dBenchmark extends OperationState {
    /** Input channels, output channels, height and width of the input, kernel, stride. */
    @Param({
        "48-64-56-k3s1",
        "64-64-56-k3s1",
        "128-128-28-k3s1",
        "256-256-14-k3s1",
        "512-512-7-k3s1",
        "256-1024-14-k1s1",
        "1024-256-14-k1s1",
        "2048-512-7-k1s1",
        "128-128-56-k3s2"
    })
    public String convolution;

    private ConvGeometry geometry;
    private Storage x;
    private Storage w;
    private Storage y;
    private Storage dx;
    private Storage dw;

    @Override
    void prepare() {
        int[] n = numbers(convolution);
        geometry = ConvGeometry.square(n[3], n[4], n[3] / 2);
        x = activation(BATCH, n[0], n[2], n[2]);
        dx = activation(BATCH, n[0], n[2], n[2]);
        w = parameter(0, 0.05, n[1], n[0], n[3], n[3]);
        dw = parameter(0, 0, n[1], n[0], n[3], n[3]);
        y = activation(BATCH, n[1], n[2] / n[4], n[2] / n[4]);
    }

    @Benchmark
    public void forward() {
        backend.convolution().forward(x, w, geometry, Epilogue.NONE, y);
    }

    @Benchmark
    public void backwardInput() {
        backend.convolution().backwardInput(y, w, geometry, dx);
    }

    @Benchmark
    public void backwardWeight() {
        backend.convolution().backwardWeight(x, y, geometry, dw);
    }
}
