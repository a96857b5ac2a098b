package dev.squall.tornado;

import static dev.squall.tornado.TornadoFixture.activation;
import static dev.squall.tornado.TornadoFixture.compare;
import static dev.squall.tornado.TornadoFixture.download;
import static dev.squall.tornado.TornadoFixture.parameter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.kernel.PartKernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products, all transposes, on both variants of the kernel. */
@Tag("sim")
@Tag("opencl")
class TornadoMatmulTest {
    record Case(int m, int n, int k, boolean transposeA, boolean transposeB, Role roleOfB) {
        Shape a() {
            return transposeA ? Shape.of(k, m) : Shape.of(m, k);
        }

        Shape b() {
            return transposeB ? Shape.of(n, k) : Shape.of(k, n);
        }

        void on(Backend backend, Storage c) {
            Storage a = activation(backend, a(), 1);
            Storage b = roleOfB == Role.PARAMETER ? parameter(backend, b(), 2) : activation(backend, b(), 2);
            backend.matmul().matmul(a, transposeA, b, transposeB, c);
            backend.free(a);
            backend.free(b);
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        int[][] shapes = {
            {1, 1, 1},
            {2, 10, 17},
            {3, 5, 7},
            {8, 16, 8},
            {9, 17, 33},
            {16, 32, 5},
            {65, 66, 9},
            {70, 80, 11},
            {1, 8, 64}
        };
        for (int[] shape : shapes) {
            for (Role role : Role.values()) {
                for (int transposes = 0; transposes < 4; transposes++) {
                    cases.add(new Case(shape[0], shape[1], shape[2], transposes % 2 == 1, transposes / 2 == 1, role));
                }
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void matmul(Case c) {
        compare(c, Shape.of(c.m, c.n), Role.ACTIVATION, 1e-6, c::on);
    }

    @Test
    void isTheSumOfPartsWhereTheDeviceHasMoreProcessorsThanTheProductTiles() {
        inParts(() -> compare(
                "in parts",
                Shape.of(9, 21),
                Role.ACTIVATION,
                1e-6,
                new Case(9, 21, 2000, false, false, Role.PARAMETER)::on));
        inParts(() -> compare(
                "in parts",
                Shape.of(12, 24),
                Role.ACTIVATION,
                1e-6,
                new Case(12, 24, 2231, true, true, Role.PARAMETER)::on));
    }

    /** As on a device of many processors, which cuts sums into parts. */
    static void inParts(Runnable test) {
        int before = sums();
        System.setProperty(Split.PROCESSORS, "100");
        try {
            test.run();
        } finally {
            System.clearProperty(Split.PROCESSORS);
        }
        assertThat(sums()).as("sums of parts").isGreaterThan(before);
    }

    private static int sums() {
        return TornadoFixture.GPU.launcher().device().launchesByKernel().getOrDefault(PartKernels.SUM.name(), 0);
    }

    @Test
    void packsAParameterAgainWhenItChanges() {
        for (TornadoVmBackend backend : List.of(TornadoFixture.CPU, TornadoFixture.GPU)) {
            long before = backend.liveBytes();
            Storage a = activation(backend, Shape.of(2, 3), 1);
            Storage w = parameter(backend, Shape.of(5, 3), 2);
            Storage c = backend.allocate(Shape.of(2, 5), Role.ACTIVATION);
            backend.matmul().matmul(a, false, w, true, c);
            float[] once = download(c);
            backend.elementwise().scale(2f, w, w);
            w.overwrite("scale");
            backend.matmul().matmul(a, false, w, true, c);
            float[] twice = download(c);
            for (int i = 0; i < once.length; i++) {
                assertThat(twice[i]).isEqualTo(2 * once[i]);
            }
            List.of(a, w, c).forEach(backend::free);
            assertThat(backend.liveBytes())
                    .as("what was packed is freed with the parameter")
                    .isEqualTo(before);
        }
    }
}
