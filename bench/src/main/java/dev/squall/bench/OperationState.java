package dev.squall.bench;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.Backends;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An open backend, and operands of normal values on it. */
@State(Scope.Benchmark)
public abstract class OperationState implements Work.Countable {
    static final int BATCH = 8;

    /** The backend's name; {@code auto} for the one the command line would take. */
    @Param("jvm")
    public String backendName;

    /** Threads to compute with; 0 for one per processor. */
    @Param("0")
    public int threads;

    Backend backend;
    private final SplittableRandom random = new SplittableRandom(1);

    @Override
    public void useBackend(String name) {
        backendName = name;
    }

    @Override
    public Backend backend() {
        return backend;
    }

    /** Opens the backend and makes the operands. */
    @Override
    @Setup(Level.Trial)
    public void open() {
        // Launches that wait to be replayed would not be timed.
        BackendOptions options = BackendOptions.DEFAULT.withReplay(Replay.NEVER);
        backend = Backends.open(backendName, options.withThreads(threads)).backend();
        prepare();
    }

    /** Allocates the operands. */
    abstract void prepare();

    /** Frees everything. */
    @Override
    @TearDown(Level.Trial)
    public void close() {
        backend.close();
    }

    final Storage activation(int... shape) {
        return random(Shape.of(shape), Role.ACTIVATION, 0, 1);
    }

    /** Row-major values around {@code mean}. */
    final Storage parameter(double mean, double deviation, int... shape) {
        return random(Shape.of(shape), Role.PARAMETER, mean, deviation);
    }

    private Storage random(Shape shape, Role role, double mean, double deviation) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    /** The numbers in a text such as {@code 64x56x56}. */
    static int[] numbers(String text) {
        return Arrays.stream(text.split("[^0-9]+")).mapToInt(Integer::parseInt).toArray();
    }
}
