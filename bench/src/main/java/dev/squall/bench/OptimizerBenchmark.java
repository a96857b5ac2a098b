package dev.squall.bench;

import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** Updates of as many values as a ResNet50 has. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OptimizerBenchmark extends OperationState {
    /** Learned values. */
    @Param("25000000")
    public int values;

    private List<Storage> parameters;
    private List<Storage> gradients;
    private List<Storage> means;
    private List<Storage> squares;

    @Override
    void prepare() {
        parameters = List.of(parameter(0, 1, values));
        gradients = List.of(parameter(0, 1e-3, values));
        means = List.of(parameter(0, 1e-3, values));
        squares = List.of(parameter(1, 0, values));
    }

    @Benchmark
    public void sgd() {
        backend.update().sgd(parameters, gradients, means, new Update.Sgd(1e-6f, 0.9f, 1e-4f, true, false));
    }

    @Benchmark
    public void adam() {
        backend.update()
                .adam(
                        parameters,
                        gradients,
                        means,
                        squares,
                        new Update.Adam(1e-6f, 0.9, 0.999, 1e-8f, 1e-2f, true, 10));
    }

    @Benchmark
    public void movingAverage() {
        backend.update().interpolate(means, parameters, 0.999f);
    }
}
