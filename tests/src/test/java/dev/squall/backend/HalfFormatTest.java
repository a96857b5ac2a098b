package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.RealDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rounding and packing on every backend, against Java's own conversion, of every half and of what lies between them. */
@Tag("fast")
class HalfFormatTest {
    private static final int HALVES = 1 << Short.SIZE;

    static Stream<Arguments> backendsAndFormats() {
        return backends()
                .flatMap(backend -> Arrays.stream(HalfFormat.values())
                        .filter(format -> !isOnTornado(backend) || format == HalfFormat.FP16)
                        .map(format -> Arguments.of(backend.name(), format)));
    }

    private static Stream<Backend> backends() {
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), BackendsUnderTest.others().stream());
    }

    private static boolean isOnTornado(Backend backend) {
        return backend.name().equals("tornado");
    }

    /** By name, since JUnit closes what it is given. */
    private static Backend backend(String name) {
        return backends()
                .filter(backend -> backend.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What a value of 16 bits stands for. */
    private static float expected(HalfFormat format, float value) {
        if (format == HalfFormat.FP16) {
            return Float.float16ToFloat(Float.floatToFloat16(value));
        }
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            return value;
        }
        // The nearest multiple of 2^(e - 7), ties to even, as Math.rint rounds.
        double unit = Math.scalb(1.0, Math.max(Math.getExponent(value), Float.MIN_EXPONENT) - 7);
        return (float) (Math.rint(value / unit) * unit);
    }

    @ParameterizedTest
    @MethodSource("backendsAndFormats")
    void everyHalfStaysAsItIs(String name, HalfFormat format) {
        Backend backend = backend(name);
        float[] values = new float[HALVES];
        for (int i = 0; i < HALVES; i++) {
            values[i] = format.value((short) i);
        }
        check(backend, format, values, values);
    }

    @ParameterizedTest
    @MethodSource("backendsAndFormats")
    void whatLiesBetweenHalvesGoesToTheNearest(String name, HalfFormat format) {
        Backend backend = backend(name);
        List<Float> values = new ArrayList<>();
        for (int i = 0; i < HALVES; i++) {
            float value = format.value((short) i);
            float next = format.value((short) (i + 1));
            float middle = (float) (((double) value + next) / 2);
            values.addAll(List.of(Math.nextUp(value), Math.nextDown(value), middle));
            values.addAll(List.of(Math.nextUp(middle), Math.nextDown(middle)));
        }
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < HALVES; i++) {
            values.add(Float.intBitsToFloat(random.nextInt()));
            values.add((float) random.nextGaussian());
        }
        values.addAll(List.of(65504f, 65519.996f, 65520f, 65536f, 0x1p-25f, 0x1.000002p-25f, Float.MIN_VALUE));
        // The simulator is slow, and 7 is prime to the 5 values that each half adds.
        int step = isOnTornado(backend) && !RealDevice.isPresent() ? 7 : 1;
        float[] all = new float[values.size() / step];
        float[] rounded = new float[all.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = values.get(i * step);
            rounded[i] = expected(format, all[i]);
        }
        check(backend, format, all, rounded);
    }

    /** Rounds, packs and unpacks {@code values} as what has a layout and what has none, whole and in awkward lengths. */
    private static void check(Backend backend, HalfFormat format, float[] values, float[] expected) {
        for (int count : new int[] {values.length, 1, 3, 17, 999}) {
            for (Role role : Role.values()) {
                check(backend, format, Shape.of(count), role, values, expected);
            }
        }
        int images = values.length / (21 * 5 * 7);
        check(backend, format, Shape.of(images, 21, 5, 7), Role.ACTIVATION, values, expected);
        check(backend, format, Shape.of(5, 3, 1, 2), Role.ACTIVATION, values, expected);
    }

    private static void check(
            Backend backend, HalfFormat format, Shape shape, Role role, float[] values, float[] expected) {
        Storage storage = backend.allocate(shape, role);
        long live = backend.liveBytes();
        backend.upload(Arrays.copyOf(values, shape.elements()), storage);
        assertThat(storage.format()).isNull();
        backend.round(format, storage);
        assertThat(storage.format()).isEqualTo(format);
        backend.pack(storage);
        assertThat(storage.isPacked()).isEqualTo(backend.packs());
        if (backend.packs() && storage.bytes() > 1024) {
            assertThat((double) (live - backend.liveBytes()) / storage.bytes()).isBetween(0.45, 0.55);
        }
        float[] result = new float[shape.elements()];
        backend.download(storage, result);
        assertThat(storage.isPacked()).isFalse();
        assertThat(backend.liveBytes()).isEqualTo(live);
        // Kernels of TornadoVM compute with values, among which -0 is 0.
        float zero = isOnTornado(backend) ? 0f : -0f;
        int[] wanted = toInts(Arrays.copyOf(expected, result.length), zero);
        int[] got = toInts(result, zero);
        for (int i = 0; i < got.length; i++) {
            if (got[i] != wanted[i]) {
                throw new AssertionError(format + " of " + Float.toHexString(values[i]) + " in " + shape + " is "
                        + Float.toHexString(result[i]) + ", not " + Float.toHexString(expected[i]));
            }
        }
        backend.free(storage);
    }

    /** The bits, with one NaN for all, since their payload is not promised. Adding 0 takes the sign from a zero, and adding -0 changes nothing. */
    private static int[] toInts(float[] values, float zero) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(values[i] + zero);
        }
        return bits;
    }

    @ParameterizedTest
    @MethodSource("backendsAndFormats")
    void aWriteEndsWhatRoundingPromised(String name, HalfFormat format) {
        Backend backend = backend(name);
        Storage x = backend.allocate(Shape.of(2, 3, 4, 5), Role.ACTIVATION);
        backend.fill(x, 1 / 3f);
        backend.round(format, x);
        backend.elementwise().scale(1 / 3f, x, x);
        assertThat(x.format()).isNull();
        assertThatThrownBy(() -> backend.pack(x)).hasMessageContaining("have not been rounded");
        backend.round(format, x);
        backend.pack(x);
        // A primitive unpacks what it reads, and what it is to overwrite.
        Storage y = backend.allocate(x.shape(), Role.ACTIVATION);
        backend.elementwise().scale(3, x, y);
        float[] values = new float[120];
        backend.download(y, values);
        assertThat(values).containsOnly(3 * format.round(format.round(1 / 3f) / 3));
        backend.free(x);
        backend.free(y);
    }

    @ParameterizedTest
    @MethodSource("backendsAndFormats")
    void aPackedStorageIsFreedAsWhatItIs(String name, HalfFormat format) {
        Backend backend = backend(name);
        long before = backend.liveBytes();
        Storage x = backend.allocate(Shape.of(2, 35, 9, 6), Role.ACTIVATION);
        backend.fill(x, 2);
        backend.round(format, x);
        backend.pack(x);
        backend.pack(x);
        backend.free(x);
        assertThat(backend.liveBytes()).isEqualTo(before);
    }
}
