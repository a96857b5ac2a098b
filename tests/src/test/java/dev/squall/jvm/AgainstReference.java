package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Operands;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.layout.JvmPadding;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs the same primitives on the reference backend and on the JVM backend with one thread and with two, from equal
 * operands, and compares every storage that took part: close to the reference, bit-identical for the threads, and with
 * the halo and the padding channels zero.
 */
final class AgainstReference {
    private static final int[] CHANNELS = {1, 3, 5, 16, 17, 33, 83};

    private AgainstReference() {}

    /**
     * Seeded random shapes {@code [N, C, H, W]} with planes from 1x1 to 15x13, and one that is large enough for two
     * threads.
     */
    static Stream<Shape> images() {
        var random = new SplittableRandom(7);
        Stream<Shape> small = IntStream.range(0, 2 * CHANNELS.length)
                .mapToObj(i -> Shape.of(
                        1 + random.nextInt(3),
                        CHANNELS[i % CHANNELS.length],
                        1 + random.nextInt(15),
                        1 + random.nextInt(13)));
        return Stream.concat(Stream.of(Shape.of(2, 5, 1, 1), Shape.of(3, 33, 1, 1), Shape.of(3, 83, 41, 43)), small);
    }

    /** {@link #images} and batches of vectors. */
    static Stream<Shape> imagesAndVectors() {
        return Stream.concat(images(), Stream.of(Shape.of(1, 1), Shape.of(3, 5), Shape.of(2, 33), Shape.of(700, 1000)));
    }

    /** As {@link #check(double, Consumer)} with a tolerance for single values. */
    static void check(Consumer<Operands> body) {
        check(2e-6, body);
    }

    /**
     * Runs {@code body} three times and compares.
     *
     * @param tolerance the largest difference from the reference, as a share of the reference's largest value
     */
    static void check(double tolerance, Consumer<Operands> body) {
        List<float[]> expected = run(new ReferenceBackend(), body);
        List<float[]> one = run(new JvmBackend(BackendOptions.DEFAULT.withThreads(1)), body);
        List<float[]> two = run(new JvmBackend(BackendOptions.DEFAULT.withThreads(2)), body);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Arrays.equals(two.get(i), one.get(i)))
                    .as("storage %d is the same on two threads", i)
                    .isTrue();
            assertThat(Operands.difference(expected.get(i), one.get(i)))
                    .as("storage %d", i)
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    private static List<float[]> run(Backend backend, Consumer<Operands> body) {
        try (backend) {
            var operands = new Operands(backend, 11, storage -> backend.fill(storage, Float.NaN));
            body.accept(operands);
            List<float[]> results = new ArrayList<>();
            for (Storage storage : operands.storages()) {
                float[] values = new float[storage.shape().elements()];
                backend.download(storage, values);
                results.add(values);
                if (storage instanceof JvmStorage) {
                    assertThat(JvmPadding.nonZeros(storage))
                            .as("non-zeros in halo and padding")
                            .isZero();
                }
            }
            return results;
        }
    }
}
