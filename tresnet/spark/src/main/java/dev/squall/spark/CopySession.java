package dev.squall.spark;

import dev.squall.train.Replica;
import dev.squall.train.Round;
import dev.squall.tresnet.cli.Main;
import dev.squall.tresnet.cli.Member;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A network in an executor that is trained in rounds, as whichever copy comes its way: a round says all that counts. It is kept from round to round
 * only because opening data and a backend takes time; nothing is lost with it.
 */
final class CopySession {
    private static final Map<String, List<CopySession>> IDLE = new HashMap<>();
    private static final Order END = new Order(null, 0, new CompletableFuture<>());

    private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile @Nullable Throwable failure;
    private volatile boolean isCancelled;

    private record Order(@Nullable Round round, int shard, CompletableFuture<float @Nullable []> result) {}

    private CopySession(List<String> arguments, Map<String, String> texts) {
        thread = Thread.ofPlatform().daemon().name("tresnet-copy").start(() -> {
            try {
                Locale.setDefault(Locale.ROOT);
                Main.train(Member.copy(texts, this::serve), OutputStream.nullOutputStream(), arguments);
            } catch (Throwable e) {
                failure = e;
            }
        });
    }

    private void serve(Replica replica) {
        try {
            for (Order order = orders.take(); order.round != null; order = orders.take()) {
                try {
                    order.result.complete(replica.train(order.round, order.shard, () -> isCancelled));
                } catch (RuntimeException e) {
                    order.result.completeExceptionally(e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Trains a copy for a round, on a network that is free, or a new one.
     *
     * @param run whose networks these are
     * @return null if it was cancelled
     * @throws dev.squall.error.BadInputException if it cannot
     */
    static float @Nullable [] train(
            String run,
            List<String> arguments,
            Map<String, String> texts,
            Round round,
            int shard,
            BooleanSupplier isCancelled) {
        CopySession session = take(run);
        if (session == null) {
            session = new CopySession(arguments, texts);
        }
        Order order = new Order(round, shard, new CompletableFuture<>());
        session.orders.add(order);
        boolean isFine = false;
        try {
            float[] result = session.await(order, isCancelled);
            isFine = result != null;
            return result;
        } finally {
            if (isFine) {
                putBack(run, session);
            } else {
                session.end();
            }
        }
    }

    private float @Nullable [] await(Order order, BooleanSupplier isCancelled) {
        while (true) {
            try {
                return order.result.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                Throwable failed = failure;
                if (failed != null) {
                    throw failed instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failed);
                }
                this.isCancelled |= isCancelled.getAsBoolean();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
            } catch (InterruptedException e) {
                // Spark cancels the task, and is told so when the step that is being taken has ended.
                this.isCancelled = true;
            }
        }
    }

    private static synchronized @Nullable CopySession take(String run) {
        List<CopySession> idle = IDLE.get(run);
        return idle == null || idle.isEmpty() ? null : idle.removeLast();
    }

    private static synchronized void putBack(String run, CopySession session) {
        IDLE.computeIfAbsent(run, key -> new ArrayList<>()).add(session);
    }

    /** Ends the networks of a run in this process. */
    static void endAll(String run) {
        List<CopySession> idle;
        synchronized (CopySession.class) {
            idle = IDLE.remove(run);
        }
        if (idle != null) {
            idle.forEach(CopySession::end);
        }
    }

    private void end() {
        isCancelled = true;
        orders.add(END);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
