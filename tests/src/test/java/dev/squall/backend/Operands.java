package dev.squall.backend;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** The operands of one run. */
public final class Operands {
    public final Backend backend;
    private final Consumer<Storage> spoil;
    private final SplittableRandom random;
    private final List<Storage> storages = new ArrayList<>();

    /**
     * Operands on {@code backend}, the same on every backend for the same seed.
     *
     * @param spoil fills what is to be written to with what must not remain
     */
    public Operands(Backend backend, long seed, Consumer<Storage> spoil) {
        this.backend = backend;
        this.spoil = spoil;
        random = new SplittableRandom(seed);
    }

    /** An activation of normal values with mean 1/2 and deviation 2. */
    public Storage activation(Shape shape) {
        return random(shape, Role.ACTIVATION, 0.5, 2);
    }

    /** Row-major values around {@code mean}. */
    public Storage parameter(Shape shape, double mean, double deviation) {
        return random(shape, Role.PARAMETER, mean, deviation);
    }

    public Storage random(Shape shape, Role role, double mean, double deviation) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return of(shape, role, values);
    }

    public Storage of(Shape shape, Role role, float... values) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        storages.add(storage);
        return storage;
    }

    /** An activation to write to, full of NaN. */
    public Storage out(Shape shape) {
        return out(shape, Role.ACTIVATION);
    }

    /** A tensor to write to, full of NaN. */
    public Storage out(Shape shape, Role role) {
        Storage storage = backend.allocate(shape, role);
        spoil.accept(storage);
        storages.add(storage);
        return storage;
    }

    public int nextInt(int bound) {
        return random.nextInt(bound);
    }

    /** All of them, in the order in which they were made. */
    public List<Storage> storages() {
        return storages;
    }

    /**
     * The largest difference, as a share of the largest expected value (at least 0.01); infinite if only one of the two
     * is NaN.
     */
    public static double difference(float[] expected, float[] actual) {
        double largest = 0.01;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Float.isNaN(expected[i]) != Float.isNaN(actual[i])) {
                return Double.POSITIVE_INFINITY;
            }
            if (!Float.isNaN(expected[i])) {
                largest = Math.max(largest, Math.abs(expected[i]));
                difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
            }
        }
        return difference / largest;
    }
}
