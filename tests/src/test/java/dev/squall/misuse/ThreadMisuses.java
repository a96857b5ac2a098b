package dev.squall.misuse;

import dev.squall.nn.Linear;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** One backend or network used by threads out of turn. The thread that commits a misuse has made the backend and has a scope open. */
final class ThreadMisuses {
    private ThreadMisuses() {}

    static List<Misuse> all() {
        return List.of(
                new Misuse("two threads at a time", "while another thread", b -> {
                    b.images();
                    inNewThread(b::images);
                }),
                new Misuse("a network in two threads", "while another thread", b -> {
                    var layer = new Linear(b.backend, 3, 2);
                    layer.forward(b.of(4, 3));
                    inNewThread(() -> scoped(() -> layer.forward(b.of(4, 3))));
                }),
                new Misuse("a second thread without a scope", "without a scope", b -> inNewThread(b::images)),
                new Misuse("a thread without a scope after one that had a scope", "without a scope", b -> {
                    CountDownLatch done = new CountDownLatch(1);
                    CountDownLatch end = new CountDownLatch(1);
                    FutureTask<Boolean> first = new FutureTask<>(() -> {
                        scoped(b::images);
                        done.countDown();
                        end.await();
                        return true;
                    });
                    new Thread(first).start();
                    done.await();
                    try {
                        inNewThread(b::images);
                    } finally {
                        end.countDown();
                        get(first);
                    }
                }));
    }

    private static Tensor scoped(Callable<Tensor> work) throws Exception {
        try (Scope _ = Scope.open()) {
            return work.call();
        }
    }

    private static void inNewThread(Callable<Tensor> work) throws InterruptedException {
        FutureTask<Tensor> task = new FutureTask<>(work);
        new Thread(task).start();
        get(task);
    }

    private static void get(FutureTask<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        }
    }
}
