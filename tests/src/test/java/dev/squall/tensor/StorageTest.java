package dev.squall.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class StorageTest {
    private final Backend backend = BackendsUnderTest.reference();
    private final Storage storage = backend.allocate(Shape.of(2), Role.ACTIVATION);

    @Test
    void isFreedWithItsLastHolder() {
        Tensor first = Tensor.persistent(storage);
        Tensor second = Tensor.persistent(storage);
        Saved saved = storage.save("op");
        assertThat(storage.isExclusive()).isFalse();
        first.close();
        second.close();
        assertThat(storage.isFreed()).isFalse();
        assertThat(storage.isExclusive()).isTrue();
        saved.release();
        saved.release();
        assertThat(storage.isFreed()).isTrue();
    }

    @Test
    void isNotFreedWhileSomebodyHoldsItNorTwice() {
        Tensor holder = Tensor.persistent(storage);
        assertThatIllegalStateException()
                .isThrownBy(() -> backend.free(storage))
                .withMessageContaining("close the tensor");
        holder.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> backend.free(storage))
                .withMessageContaining("freed twice");
        assertThatIllegalStateException().isThrownBy(() -> storage.save("op")).withMessageContaining("freed");
    }

    @Test
    void isNotChangedWhileAnOperationNeedsIt() {
        Saved first = storage.save("first");
        Saved second = storage.save("second");
        assertThatIllegalStateException()
                .isThrownBy(() -> storage.overwrite("update"))
                .withMessageContaining("update")
                .withMessageContaining("second");
        second.permitChange();
        assertThatIllegalStateException()
                .isThrownBy(() -> backend.fill(storage, 0))
                .withMessageContaining("first");
        first.permitChange();
        backend.fill(storage, 0);
        assertThat(storage.version()).isZero();
        storage.overwrite("update");
        assertThat(storage.version()).isEqualTo(1);
        first.release();
        second.release();
        assertThat(storage.isFreed()).isTrue();
    }
}
