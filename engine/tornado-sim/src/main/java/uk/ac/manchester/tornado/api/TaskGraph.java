package uk.ac.manchester.tornado.api;

import dev.squall.tornado.sim.GraphRecord;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task1;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task8;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task9;

/** Kernels and the transfers around them, recorded in the order of the calls; {@link #snapshot()} freezes the record. */
public class TaskGraph {

    private final GraphRecord graph;

    public TaskGraph(String name) {
        graph = new GraphRecord(name);
    }

    /** Copies host objects to the device before the tasks run; {@code mode} is a constant of DataTransferMode. */
    public TaskGraph transferToDevice(int mode, Object... objects) {
        graph.transferToDevice(mode, objects);
        return this;
    }

    /** Uses the device memory that an earlier graph of the plan persisted. */
    public TaskGraph consumeFromDevice(Object... objects) {
        graph.consume(objects);
        return this;
    }

    /** Keeps the objects' device memory for the plan's other graphs. */
    public TaskGraph persistOnDevice(Object... objects) {
        graph.persist(objects);
        return this;
    }

    /** Copies device memory to host objects after the tasks have run. */
    public TaskGraph transferToHost(int mode, Object... objects) {
        graph.transferToHost(mode, objects);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1> TaskGraph task(String id, Task1<T1> code, T1 arg1) {
        graph.task(id, code, a -> code.apply((T1) a[0]), arg1);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2> TaskGraph task(String id, Task2<T1, T2> code, T1 arg1, T2 arg2) {
        graph.task(id, code, a -> code.apply((T1) a[0], (T2) a[1]), arg1, arg2);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3> TaskGraph task(String id, Task3<T1, T2, T3> code, T1 arg1, T2 arg2, T3 arg3) {
        graph.task(id, code, a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2]), arg1, arg2, arg3);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4> TaskGraph task(String id, Task4<T1, T2, T3, T4> code, T1 arg1, T2 arg2, T3 arg3, T4 arg4) {
        graph.task(id, code, a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3]), arg1, arg2, arg3, arg4);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4, T5> TaskGraph task(
            String id, Task5<T1, T2, T3, T4, T5> code, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5) {
        graph.task(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4, T5, T6> TaskGraph task(
            String id, Task6<T1, T2, T3, T4, T5, T6> code, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6) {
        graph.task(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4, T5, T6, T7> TaskGraph task(
            String id,
            Task7<T1, T2, T3, T4, T5, T6, T7> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7) {
        graph.task(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5], (T7) a[6]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4, T5, T6, T7, T8> TaskGraph task(
            String id,
            Task8<T1, T2, T3, T4, T5, T6, T7, T8> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8) {
        graph.task(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5], (T7) a[6], (T8) a[7]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8);
        return this;
    }

    @SuppressWarnings("unchecked")
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9> TaskGraph task(
            String id,
            Task9<T1, T2, T3, T4, T5, T6, T7, T8, T9> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9) {
        graph.task(
                id,
                code,
                a -> code.apply(
                        (T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5], (T7) a[6], (T8) a[7],
                        (T9) a[8]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9);
        return this;
    }

    public ImmutableTaskGraph snapshot() {
        return new ImmutableTaskGraph(graph.copy());
    }
}
