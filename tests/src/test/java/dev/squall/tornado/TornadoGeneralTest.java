package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Binary;
import dev.squall.backend.GeneralPrimitives;
import dev.squall.backend.Operands;
import dev.squall.backend.Unary;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("sim")
@Tag("opencl")
class TornadoGeneralTest extends GeneralPrimitives {
    /** The JVM backend sums in double precision, a device cannot; and its functions are exact to a few units in the last place only. */
    private static final double LEEWAY = 3;

    @Override
    protected void check(double tolerance, Consumer<Operands> body) {
        var expected = new Operands(TornadoFixture.REFERENCE, 11, storage -> {});
        body.accept(expected);
        var actual = new Operands(
                TornadoFixture.CPU,
                11,
                storage -> TornadoFixture.CPU.fill(TornadoFixture.physical(storage), Float.NaN));
        body.accept(actual);
        List<Storage> storages = actual.storages();
        for (int i = 0; i < storages.size(); i++) {
            Storage storage = storages.get(i);
            float[] values = TornadoFixture.download(storage);
            assertThat(Operands.difference(
                            TornadoFixture.download(expected.storages().get(i)), values))
                    .as("storage %d, %s %s", i, storage.role(), storage.shape())
                    .isLessThanOrEqualTo(LEEWAY * tolerance);
            TornadoFixture.assertPaddingIsZero(TornadoStorage.of(storage));
        }
        storages.forEach(TornadoFixture.CPU::free);
    }

    @Override
    protected Backend open() {
        return new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(1 << 20));
    }

    /** Bases and exponents at which a power is special, or at which a device's own one is none. */
    @Test
    void powers() {
        float inf = Float.POSITIVE_INFINITY;
        float[] bases = {0, -0f, 1, -1, 2, -2, 0.3f, -0.3f, 9.7f, -9.7f, 1e-20f, -1e20f, inf, -inf, Float.NaN};
        float[] exponents = {
            0, 1, -1, 2, 3, -3, 32, 33, -34, 0.5f, -0.5f, 1.7f, -0.3f, 1e9f, -1e9f, inf, -inf, Float.NaN
        };
        Shape shape = Shape.of(bases.length);
        Storage x = TornadoFixture.CPU.allocate(shape, Role.ACTIVATION);
        Storage y = TornadoFixture.CPU.allocate(shape, Role.ACTIVATION);
        TornadoFixture.CPU.upload(bases, x);
        for (float exponent : exponents) {
            TornadoFixture.CPU.elementwise().unary(Unary.power(exponent), x, y);
            float[] unary = TornadoFixture.download(y);
            TornadoFixture.CPU.elementwise().binary(Binary.POWER, x, exponent, y);

            assertThat(TornadoFixture.download(y)).containsExactly(unary);
            for (int i = 0; i < bases.length; i++) {
                // Java's power of 1 to infinity is not a number; PyTorch's, like C's, is 1.
                boolean isOne = Math.abs(bases[i]) == 1f && Float.isInfinite(exponent) || bases[i] == 1f;
                float expected = isOne ? 1f : (float) Math.pow(bases[i], exponent);
                assertThat(unary[i])
                        .as("%s to the power of %s", bases[i], exponent)
                        .satisfiesAnyOf(
                                actual -> assertThat(actual).isEqualTo(expected),
                                actual -> assertThat((double) actual).isCloseTo(expected, withPercentage(0.0004)));
            }
        }
        TornadoFixture.CPU.free(x);
        TornadoFixture.CPU.free(y);
    }

    /** Comparisons of a NaN are false on a device, too. */
    @Test
    void derivativesOfNotANumber() {
        Shape shape = Shape.of(4);
        Storage x = TornadoFixture.CPU.allocate(shape, Role.ACTIVATION);
        Storage dy = TornadoFixture.CPU.allocate(shape, Role.ACTIVATION);
        TornadoFixture.CPU.upload(new float[] {-1, 2, 3, Float.NaN}, x);
        TornadoFixture.CPU.fill(dy, 2);

        TornadoFixture.CPU.elementwise().unaryBackward(Unary.clamp(-1, 2), x, dy, dy);

        assertThat(TornadoFixture.download(dy)).containsExactly(2, 2, 0, 0);
        TornadoFixture.CPU.free(x);
        TornadoFixture.CPU.free(dy);
    }
}
