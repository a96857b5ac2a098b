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

/** Softmax and the cross entropy on it, with its gradient. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CrossEntropyBenchmark extends OperationState {
    /** Rows and classes. */
    @Param({"8x1000", "1024x10"})
    public String logits;

    private Storage x;
    private Storage targets;
    private Storage loss;
    private Storage dx;

    @Override
    void prepare() {
        int[] n = numbers(logits);
        x = activation(n[0], n[1]);
        targets = activation(n[0], n[1]);
        loss = activation(1);
        dx = activation(n[0], n[1]);
    }

    @Benchmark
    public void softmax() {
        backend.loss().softmax(x, dx);
    }

    @Benchmark
    public void crossEntropy() {
        backend.loss().crossEntropy(x, targets, loss, dx);
    }
}
