package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tornado.kernel.ElementwiseKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That a task graph is seen to be wrong if it loses a launch, swaps two or runs one twice. */
@Tag("sim")
@Tag("opencl")
class ReplayCheckTest {
    private static final List<Kernel> KERNELS =
            List.of(MemoryKernels.FILL, MemoryKernels.DOWNLOAD, ElementwiseKernels.AXPBY);

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void passesIfAllLaunchesRunInTheirOrder(int arenas) {
        List<Launch> launches = ReplayCheck.launches();
        assertThat(passes(arenas, launches)).isTrue();

        assertThat(passes(arenas, launches.subList(0, 10))).isFalse();
        assertThat(passes(arenas, swapped(launches))).isFalse();
        assertThat(passes(arenas, launches.subList(1, 11))).isFalse();
    }

    private static List<Launch> swapped(List<Launch> launches) {
        List<Launch> all = new java.util.ArrayList<>(launches);
        Collections.swap(all, 4, 5);
        return all;
    }

    private static boolean passes(int arenas, List<Launch> launches) {
        int[] vectors = new int[arenas];
        Arrays.fill(vectors, 4 * Device.ZERO_VECTORS);
        try (Device device = new Device(Devices.get(0), KERNELS, vectors, true, _ -> {})) {
            var graph = new ReplayGraph("check" + launches.hashCode(), device.shared(), launches);
            boolean passes =
                    ReplayCheck.passes(graph, device::run, device.shared().firstVectors());
            device.run(Launch.over(MemoryKernels.DOWNLOAD, ArenaAllocator.MAIN, 0, 2));
            assertThat(device.staging().get(0)).isZero();
            graph.close();
            return passes;
        }
    }
}
