package dev.squall.jvm.strassen;

import static dev.squall.jvm.strassen.StrassenTest.assertSame;
import static dev.squall.jvm.strassen.StrassenTest.backend;
import static dev.squall.jvm.strassen.StrassenTest.download;
import static dev.squall.jvm.strassen.StrassenTest.error;
import static dev.squall.jvm.strassen.StrassenTest.storage;
import static dev.squall.jvm.strassen.StrassenTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of large matrices by {@link Strassen} against the sums that define them. */
@Tag("fast")
class StrassenMatmulTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Backend FAST = backend(Precision.FAST);
    private static final Backend ACCURATE = backend(Precision.ACCURATE);

    private static final double BOUND = 3e-6;

    /** [m, k] by [k, n], each as it is or transposed. */
    record Case(int m, int n, int k, boolean transposeA, boolean transposeB, Role ofB) {
        Shape a() {
            return transposeA ? Shape.of(k, m) : Shape.of(m, k);
        }

        Shape b() {
            return transposeB ? Shape.of(n, k) : Shape.of(k, n);
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case(700, 256, 256, false, false, Role.ACTIVATION),
                new Case(713, 256, 288, true, false, Role.ACTIVATION),
                new Case(729, 320, 256, false, true, Role.PARAMETER),
                new Case(705, 320, 320, true, true, Role.PARAMETER));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheDefinition(Case c) {
        float[] a = values(c.a(), 1);
        float[] b = values(c.b(), 2);
        float[] exact = product(REFERENCE, c, a, b);
        float[] fast = product(FAST, c, a, b);
        float[] accurate = product(ACCURATE, c, a, b);
        assertThat(error(fast, exact)).isLessThan(BOUND);
        assertThat(error(accurate, exact)).isLessThan(BOUND);
        assertThat(Arrays.equals(fast, accurate)).isFalse();
        assertThat(Strassen.pays(c.k, c.n, c.m)).isEqualTo(Lanes.COUNT == BlockedLayout.BLOCK);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesNotDependOnTheThreads(Case c) {
        float[] a = values(c.a(), 1);
        float[] b = values(c.b(), 2);
        try (Backend three =
                Backends.open("jvm", BackendOptions.DEFAULT.withThreads(3)).backend()) {
            assertThat(product(three, c, a, b)).isEqualTo(product(FAST, c, a, b));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void spreadsNeitherNanNorInfinity(Case c) {
        float[] a = values(c.a(), 1);
        float[] b = values(c.b(), 2);
        a[0] = Float.NaN;
        a[a.length - 1] = Float.NEGATIVE_INFINITY;
        assertSame(product(FAST, c, a, b), product(REFERENCE, c, a, b));
        b[1] = Float.POSITIVE_INFINITY;
        assertSame(product(FAST, c, a, b), product(REFERENCE, c, a, b));
    }

    /** Sums of two values are too large for a float, but no result is. */
    @ParameterizedTest
    @MethodSource("cases")
    void doesNotOverflowBeforeTheDefinitionDoes(Case c) {
        float[] a = values(c.a(), 1);
        for (int i = 0; i < a.length; i++) {
            a[i] = Math.copySign(3e38f, a[i]);
        }
        float[] b = values(c.b(), 2);
        for (int i = 0; i < b.length; i++) {
            b[i] *= 1e-4f;
        }
        assertSame(product(FAST, c, a, b), product(REFERENCE, c, a, b));
    }

    private static float[] product(Backend backend, Case c, float[] a, float[] b) {
        Storage left = storage(backend, c.a(), Role.ACTIVATION, a);
        Storage right = storage(backend, c.b(), c.ofB, b);
        Storage result = backend.allocate(Shape.of(c.m, c.n), Role.ACTIVATION);
        backend.fill(result, Float.NaN);
        backend.matmul().matmul(left, c.transposeA, right, c.transposeB, result);
        return download(backend, result);
    }

    @AfterAll
    static void close() {
        REFERENCE.close();
        FAST.close();
        ACCURATE.close();
    }
}
