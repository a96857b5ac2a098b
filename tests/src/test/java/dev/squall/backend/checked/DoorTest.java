package dev.squall.backend.checked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose turn it is. Every refusal here is certain: none depends on two calls meeting by chance. */
@Tag("fast")
class DoorTest {
    private final Door door = new Door(new ReferenceBackend());
    private final List<Thread> threads = new ArrayList<>();
    private final ExecutorService other = Executors.newSingleThreadExecutor(work -> {
        threads.add(new Thread(work));
        return threads.getLast();
    });

    @AfterEach
    void endOfTheOtherThread() {
        other.close();
    }

    @Test
    void aNetworkIsBuiltInOneThreadAndUsedByOthersInTurns() throws Exception {
        call();
        inOther(this::scopedCall);
        scopedCall();
        inOther(this::scopedCall);
    }

    @Test
    void aThreadWithoutAScopeIsRefusedAfterALivingThreadAndNotAfterADeadOne() throws Exception {
        call();
        assertThatThrownBy(() -> inOther(this::call)).hasMessageContaining("without a scope");
        call();
        inOther(this::scopedCall);
        assertThatThrownBy(this::call).hasMessageContaining("without a scope");
        scopedCall();
        inOther(this::scopedCall);
        other.close();
        // An executor is closed a moment before its thread is dead.
        threads.getLast().join();
        call();
    }

    @Test
    void anOpenScopeKeepsTheTurnBetweenCalls() throws Exception {
        try (Scope _ = Scope.open()) {
            call();
            assertThatThrownBy(() -> inOther(this::scopedCall)).hasMessageContaining("while another thread");
            call();
        }
        inOther(this::scopedCall);
    }

    @Test
    void nobodyComesInOrClosesTheBackendDuringACall() throws Exception {
        CountDownLatch isInside = new CountDownLatch(1);
        CountDownLatch isEnough = new CountDownLatch(1);
        Future<?> inside = other.submit(() -> door.enter("long").run(() -> {
            isInside.countDown();
            await(isEnough);
        }));
        isInside.await();
        assertThatThrownBy(this::scopedCall).hasMessageContaining("while another thread");
        assertThatThrownBy(() -> door.close(() -> {})).hasMessageContaining("while another thread");
        isEnough.countDown();
        inside.get();
        scopedCall();
        door.close(() -> {});
        assertThatThrownBy(this::call).hasMessageContaining("closed");
    }

    @Test
    void aPrimitiveMayBeComposedOfOthersAndFail() {
        door.enter("outer").run(this::callUnchecked);
        assertThatThrownBy(() -> door.enter("failing").run(() -> {
                    throw new IllegalStateException("failed");
                }))
                .hasMessage("failed");
        callUnchecked();
    }

    private boolean call() {
        callUnchecked();
        return true;
    }

    private void callUnchecked() {
        boolean[] hasRun = {false};
        door.enter("primitive").run(() -> hasRun[0] = true);
        assertThat(hasRun[0]).isTrue();
    }

    private boolean scopedCall() {
        try (Scope _ = Scope.open()) {
            return call();
        }
    }

    private void inOther(Callable<Boolean> work) throws Exception {
        try {
            other.submit(work).get();
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
