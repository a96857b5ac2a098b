package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Backends for tests of kernels, made once for all of them: on the simulator with all detectors on, or on a device if the JVM was started
 * with TornadoVM.
 */
final class TornadoFixture {
    /** The results that count. */
    static final Backend REFERENCE = new ReferenceBackend();

    /** Runs the kernels for processors. */
    static final TornadoVmBackend CPU = Simulated.backend(false);

    /** Runs the kernels for GPUs, where they are others. */
    static final TornadoVmBackend GPU = Simulated.backend(true);

    private TornadoFixture() {}

    /** What a test computes: writes {@code result}. */
    @FunctionalInterface
    interface Computation {
        void on(Backend backend, Storage result);
    }

    /** Asserts that both variants compute what the reference does, that they write all of it, and that padding channels are zero. */
    static void compare(Object name, Shape shape, Role role, double tolerance, Computation computation) {
        Storage expected = REFERENCE.allocate(shape, role);
        computation.on(REFERENCE, expected);
        for (TornadoVmBackend backend : List.of(CPU, GPU)) {
            var actual = (TornadoStorage) backend.allocate(shape, role);
            backend.fill(physical(actual), Float.NaN);
            computation.on(backend, actual);
            double error = relativeError(download(actual), download(expected));
            String variant = backend.launcher().isGpu() ? "for GPUs" : "for processors";
            assertThat(error).as("%s, kernels %s", name, variant).isLessThan(tolerance);
            assertPaddingIsZero(actual);
            backend.free(actual);
        }
    }

    /** A storage's memory as it is, padding included. */
    static TornadoStorage physical(Storage storage) {
        return TornadoStorage.of(storage).physical();
    }

    static void assertPaddingIsZero(TornadoStorage storage) {
        if (storage.isChannelsLast()) {
            float[] values = download(physical(storage));
            for (int i = 0; i < values.length; i++) {
                if (storage.rowMajorIndex(i) < 0) {
                    assertThat(values[i])
                            .as("padding of %s at float %d", storage.shape(), i)
                            .isZero();
                }
            }
        }
    }

    /** The norm of the difference, relative to the norm of what is expected; not a number if anything is not. */
    static double relativeError(float[] actual, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = (double) actual[i] - expected[i];
            error += d * d;
            norm += (double) expected[i] * expected[i];
        }
        return Math.sqrt(error / Math.max(norm, 1e-30));
    }

    static float[] values(Shape shape, long seed) {
        var random = new SplittableRandom(seed);
        var values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    /** Random values from {@code seed}, an activation. */
    static Storage activation(Backend backend, Shape shape, long seed) {
        return filled(backend, shape, Role.ACTIVATION, seed);
    }

    /** Random values from {@code seed}, a parameter. */
    static Storage parameter(Backend backend, Shape shape, long seed) {
        return filled(backend, shape, Role.PARAMETER, seed);
    }

    private static Storage filled(Backend backend, Shape shape, Role role, long seed) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values(shape, seed), storage);
        return storage;
    }

    static float[] download(Storage storage) {
        var values = new float[storage.shape().elements()];
        storage.memory().download(storage, values);
        return values;
    }
}
