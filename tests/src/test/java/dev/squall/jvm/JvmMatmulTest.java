package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class JvmMatmulTest {
    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "2,3,5",
        "14,32,16",
        "15,33,17",
        "7,1000,64",
        "100,70,700",
        "83,5,1200",
        "300,40,3",
        "5,16,32",
        "83,48,208",
        "100,64,2112"
    })
    void agreesWithTheDefinition(int m, int n, int k) {
        try (Backend backend = new JvmBackend(BackendOptions.DEFAULT.withThreads(2))) {
            for (Role role : Role.values()) {
                for (boolean transposeA : new boolean[] {false, true}) {
                    for (boolean transposeB : new boolean[] {false, true}) {
                        check(backend, m, n, k, transposeA, transposeB, role);
                    }
                }
            }
        }
    }

    private static void check(
            Backend backend, int m, int n, int k, boolean transposeA, boolean transposeB, Role roleOfB) {
        float[] a = values(m * k, 1);
        float[] b = values(k * n, 2);
        float[] expected = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j];
                }
                expected[i * n + j] = (float) sum;
            }
        }
        Storage c = backend.allocate(Shape.of(m, n), Role.ACTIVATION);
        backend.fill(c, Float.NaN);
        backend.matmul()
                .matmul(
                        storage(backend, transposeA ? Shape.of(k, m) : Shape.of(m, k), Role.ACTIVATION, a),
                        transposeA,
                        storage(backend, transposeB ? Shape.of(n, k) : Shape.of(k, n), roleOfB, b),
                        transposeB,
                        c);
        float[] actual = new float[m * n];
        backend.download(c, actual);
        assertThat(JvmConvolutionTest.relativeError(actual, expected)).isLessThan(2e-6);
    }

    private static Storage storage(Backend backend, Shape shape, Role role, float[] values) {
        Storage storage = backend.allocate(shape, role);
        backend.upload(values, storage);
        return storage;
    }

    private static float[] values(int count, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
