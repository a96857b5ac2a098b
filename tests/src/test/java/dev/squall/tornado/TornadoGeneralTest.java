package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.GeneralPrimitives;
import dev.squall.backend.Operands;
import dev.squall.tensor.Storage;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;

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
}
