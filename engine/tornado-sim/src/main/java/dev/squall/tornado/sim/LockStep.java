package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The work-items of a group that uses barriers. Work-item 0 runs on the caller's thread, each other one on a virtual
 * thread; a baton lets one of them run at a time, 0 to the last, from barrier to barrier.
 */
final class LockStep {

    /** Unwinds the work-items that are still waiting when another one has failed. */
    static final class Aborted extends RuntimeException {
        Aborted() {
            super(null, null, false, false);
        }
    }

    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private static final class Member {
        private final Thread thread;
        private volatile boolean hasBaton;
        private boolean done;
        private @Nullable String barrier;

        Member(Thread thread) {
            this.thread = thread;
        }

        void give() {
            hasBaton = true;
            LockSupport.unpark(thread);
        }

        void await() {
            while (!hasBaton) {
                LockSupport.park(this);
            }
            hasBaton = false;
        }
    }

    private final IntConsumer run;
    private final IntConsumer resume;
    private final Runnable passBarrier;
    private final Member[] members;
    private boolean aborted;
    private @Nullable KernelFault failure;

    /**
     * Starts the work-items 1 to {@code size - 1}; work-item 0 is running already.
     *
     * @param run runs the work-item of a number from its first line to its last
     * @param resume told whose turn it is after a barrier
     * @param passBarrier called once when all have come to a barrier
     */
    LockStep(int size, IntConsumer run, IntConsumer resume, Runnable passBarrier) {
        this.run = run;
        this.resume = resume;
        this.passBarrier = passBarrier;
        members = new Member[size];
        members[0] = new Member(Thread.currentThread());
        for (int i = 1; i < size; i++) {
            int number = i;
            members[i] = new Member(Thread.ofVirtual().unstarted(() -> runMember(number)));
            members[i].thread.start();
        }
    }

    private void runMember(int number) {
        members[number].await();
        try {
            if (!aborted) {
                run.accept(number);
            }
        } catch (KernelFault fault) {
            failure = fault;
        } catch (Aborted e) {
            // Another work-item has failed; this one only had to end.
        }
        members[number].done = true;
        members[failure != null || aborted ? 0 : next(number)].give();
    }

    private int next(int number) {
        return number + 1 == members.length ? 0 : number + 1;
    }

    /** Called in the kernel of work-item {@code number}; returns when every work-item has come here and it is this one's turn. */
    void barrier(int number) {
        Member me = members[number];
        me.barrier = callSite();
        if (number > 0 && members[0].done) {
            throw divergence("waits at a barrier, but work-item 0 of its group has returned");
        }
        pass(number);
        if (aborted) {
            throw new Aborted();
        }
        if (number == 0) {
            checkAllAtBarrier();
            passBarrier.run();
        }
        resume.accept(number);
    }

    /** Lets the others run until the baton has come round to {@code number}. */
    private void pass(int number) {
        if (members.length > 1) {
            members[next(number)].give();
            members[number].await();
        }
    }

    private void checkAllAtBarrier() {
        if (failure != null) {
            throw failure;
        }
        for (int i = 1; i < members.length; i++) {
            if (members[i].done) {
                throw divergence("waits at a barrier, but work-item " + i + " of its group has returned");
            }
            if (!Objects.equals(members[i].barrier, members[0].barrier)) {
                throw divergence("waits at the barrier in " + members[0].barrier + ", but work-item " + i
                        + " of its group waits at another one, in " + members[i].barrier);
            }
        }
    }

    static Violation divergence(String what) {
        return new Violation(
                Kind.BARRIER_DIVERGENCE,
                what + ": move the barrier out of the branch or loop whose condition" + " differs between work-items.");
    }

    private static String callSite() {
        return WALKER.walk(frames -> frames.filter(f -> Frames.isKernel(f.getDeclaringClass()))
                .findFirst()
                .map(f -> f.getMethodName() + ":" + f.getLineNumber())
                .orElse("unknown"));
    }

    /** After work-item 0 has returned: the others must return too, without another barrier. */
    void finish() {
        members[0].done = true;
        pass(0);
        if (failure != null) {
            throw failure;
        }
    }

    /** Ends the work-items that still wait; does nothing after a normal end. */
    void abort() {
        aborted = true;
        for (int i = 1; i < members.length; i++) {
            if (!members[i].done) {
                members[i].give();
                members[0].await();
            }
        }
    }
}
