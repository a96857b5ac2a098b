package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Where a GPU's tensors begin in its memory, as a kernel sees it that nobody has rewritten. */
@Tag("sim")
@Tag("opencl")
class AlignmentTest {
    private static final int VECTORS = Device.ZERO_VECTORS + 256;

    /** staging[i] = memory[first + i], both counted from the end of TornadoVM's header. */
    private static final Kernel RAW = Kernel.line(
            "readRaw",
            "reads the arena as it lies",
            AlignmentTest.class,
            (g, a) -> g.task(
                    Kernel.TASK, AlignmentTest::readRaw, a.context(), a.operandFloats(0), a.sizes(), a.stagingFloats()),
            Kernel.Extra.TO_HOST);

    public static void readRaw(KernelContext context, FloatArray memory, IntArray sizes, FloatArray staging) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            staging.set(i, memory.get(sizes.get(1) + i));
        }
    }

    /**
     * Sizes are of all kinds; each range is filled with a value of its own, and the first place that has it is where it begins. Memory that is
     * new may hold what others left there, hence values that nobody else writes.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void rangesBeginWhereLinesOfTheCacheDo(int arenas) {
        int[] vectors = new int[arenas];
        Arrays.fill(vectors, VECTORS);
        List<Kernel> kernels = List.of(MemoryKernels.FILL, RAW);
        try (Device device = new Device(Devices.get(0), kernels, vectors, true, _ -> {})) {
            ArenaAllocator allocator = new ArenaAllocator(Device.ZERO_VECTORS, vectors, true);
            SplittableRandom random = new SplittableRandom(arenas);
            for (int range = 1; range <= 12; range++) {
                int wanted = random.nextInt(1, 12);
                float value = 7_654_321.5f / range;
                ArenaAllocator.Place place = allocator.allocateActivation(wanted);
                int[] in = {place.arena()};
                device.launch(MemoryKernels.FILL, in, wanted, 1, new int[] {wanted, place.offset()}, value);

                int all = VECTORS * ArenaAllocator.LANES;
                device.launch(RAW, in, all, 1, new int[] {all, 0});
                FloatArray raw = device.staging().array();
                int first = 0;
                while (raw.get(first) != value) {
                    first++;
                }
                assertThat((TornadoNativeArray.ARRAY_HEADER + (long) first * Float.BYTES) % 128)
                        .as("where range %d begins, of %d vectors in arena %d", range, wanted, place.arena())
                        .isZero();
                for (int i = 0; i < wanted * ArenaAllocator.LANES; i++) {
                    assertThat(raw.get(first + i)).isEqualTo(value);
                }
            }
        }
    }
}
