package dev.squall.bench;

import dev.squall.backend.Activation;
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

/** What else a network does to whole feature maps. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ElementwiseBenchmark extends OperationState {
    /** Channels, height, width of the input. */
    @Param({"64x56x56", "1024x14x14"})
    public String images;

    private Storage x;
    private Storage y;
    private Storage out;
    private Storage scale;

    @Override
    void prepare() {
        int[] n = numbers(images);
        x = activation(BATCH, n[0], n[1], n[2]);
        y = activation(BATCH, n[0], n[1], n[2]);
        out = activation(BATCH, n[0], n[1], n[2]);
        scale = activation(BATCH, n[0]);
    }

    @Benchmark
    public void addRelu() {
        backend.elementwise().addRelu(x, y, out);
    }

    @Benchmark
    public void addReluBackward() {
        backend.elementwise().activateBackward(Activation.RELU, y, x, out);
    }

    @Benchmark
    public void silu() {
        backend.elementwise().activate(Activation.SILU, x, out);
    }

    /** The excitation of squeeze-and-excitation. */
    @Benchmark
    public void multiplyChannels() {
        backend.elementwise().multiplyChannels(x, scale, out);
    }

    /** The gradient of the excitation. */
    @Benchmark
    public void channelDot() {
        backend.reduction().channelDot(x, y, scale);
    }
}
