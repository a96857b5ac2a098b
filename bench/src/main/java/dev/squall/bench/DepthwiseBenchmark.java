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

/** Depthwise convolutions, of which EfficientNets and MixNets consist besides 1x1 convolutions. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DepthwiseBenchmark extends OperationState {
    /** Channels, height and width of the input, kernel, stride. */
    @Param({"96-120-k3s2", "144-60-k3s1", "240-30-k5s1", "480-15-k3s1", "672-15-k5s2", "1152-8-k5s1"})
    public String convolution;

    private ConvGeometry geometry;
    private Storage x;
    private Storage dx;
    private Storage w;
    private Storage dw;
    private Storage y;

    @Override
    void prepare() {
        int[] n = numbers(convolution);
        geometry = ConvGeometry.square(n[2], n[3], n[2] / 2).grouped(n[0]);
        x = activation(BATCH, n[0], n[1], n[1]);
        dx = activation(BATCH, n[0], n[1], n[1]);
        w = parameter(0, 0.1, n[0], 1, n[2], n[2]);
        dw = parameter(0, 0, n[0], 1, n[2], n[2]);
        y = activation(geometry.output(x.shape(), w.shape()).toArray());
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
