package dev.squall.tornado.device;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task8;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task9;

/** A graph of many tasks. Kernels bind all of them under one name, and those of a graph must differ: so each gets its number behind it. */
final class NumberedTasks extends TaskGraph {
    private int tasks;

    NumberedTasks(String name) {
        super(name);
    }

    /** What the task with this number is called, counted from 0, that was bound as {@code task}. */
    static String name(String task, int number) {
        return task + number;
    }

    private String next(String task) {
        return name(task, tasks++);
    }

    @Override
    public <A, B, C> TaskGraph task(String id, Task3<A, B, C> code, A a, B b, C c) {
        return super.task(next(id), code, a, b, c);
    }

    @Override
    public <A, B, C, D> TaskGraph task(String id, Task4<A, B, C, D> code, A a, B b, C c, D d) {
        return super.task(next(id), code, a, b, c, d);
    }

    @Override
    public <A, B, C, D, E> TaskGraph task(String id, Task5<A, B, C, D, E> code, A a, B b, C c, D d, E e) {
        return super.task(next(id), code, a, b, c, d, e);
    }

    @Override
    public <A, B, C, D, E, F> TaskGraph task(String id, Task6<A, B, C, D, E, F> code, A a, B b, C c, D d, E e, F f) {
        return super.task(next(id), code, a, b, c, d, e, f);
    }

    @Override
    public <A, B, C, D, E, F, G> TaskGraph task(
            String id, Task7<A, B, C, D, E, F, G> code, A a, B b, C c, D d, E e, F f, G g) {
        return super.task(next(id), code, a, b, c, d, e, f, g);
    }

    @Override
    public <A, B, C, D, E, F, G, H> TaskGraph task(
            String id, Task8<A, B, C, D, E, F, G, H> code, A a, B b, C c, D d, E e, F f, G g, H h) {
        return super.task(next(id), code, a, b, c, d, e, f, g, h);
    }

    @Override
    public <A, B, C, D, E, F, G, H, I> TaskGraph task(
            String id, Task9<A, B, C, D, E, F, G, H, I> code, A a, B b, C c, D d, E e, F f, G g, H h, I i) {
        return super.task(next(id), code, a, b, c, d, e, f, g, h, i);
    }
}
