package dev.squall.tornado.device;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;

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
}
