package dev.squall.tornado.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What a task graph was told to do, in order. */
public final class GraphRecord {

    record Transfer(int mode, Object object) {}

    private final String name;
    private final List<Transfer> toDevice;
    private final List<Object> consumed;
    private final List<KernelTask> tasks;
    private final List<Object> persisted;
    private final List<Transfer> toHost;

    public GraphRecord(String name) {
        this(name, List.of(), List.of(), List.of(), List.of(), List.of());
    }

    private GraphRecord(
            String name,
            List<Transfer> toDevice,
            List<Object> consumed,
            List<KernelTask> tasks,
            List<Object> persisted,
            List<Transfer> toHost) {
        this.name = name;
        this.toDevice = new ArrayList<>(toDevice);
        this.consumed = new ArrayList<>(consumed);
        this.tasks = new ArrayList<>(tasks);
        this.persisted = new ArrayList<>(persisted);
        this.toHost = new ArrayList<>(toHost);
    }

    public GraphRecord copy() {
        return new GraphRecord(name, toDevice, consumed, tasks, persisted, toHost);
    }

    public String name() {
        return name;
    }

    public void transferToDevice(int mode, Object... objects) {
        for (Object object : objects) {
            toDevice.add(new Transfer(mode, object));
        }
    }

    public void consume(Object... objects) {
        consumed.addAll(List.of(objects));
    }

    public void persist(Object... objects) {
        persisted.addAll(List.of(objects));
    }

    public void transferToHost(int mode, Object... objects) {
        for (Object object : objects) {
            toHost.add(new Transfer(mode, object));
        }
    }

    /**
     * Adds a kernel.
     *
     * @param code the functional object that the caller passed, whose class loader finds the kernel's class
     * @throws KernelFault if the kernel cannot run on a device
     */
    public void task(String id, Object code, KernelBody body, Object... arguments) {
        KernelMethod kernel = KernelMethod.resolve(code, body, arguments);
        refuseArrayTwice(kernel, arguments);
        tasks.add(new KernelTask(name + "." + id, kernel, body, arguments.clone()));
    }

    /**
     * TornadoVM never ends scheduling a task that has the same array for two parameters and writes by one that is not the last. A kernel that takes it once
     * does the same, so all are refused.
     */
    private static void refuseArrayTwice(KernelMethod kernel, Object[] arguments) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Object argument : arguments) {
            if (KernelMethod.isArray(argument) && !seen.add(argument)) {
                throw KernelFault.launch(
                        kernel.name(),
                        "it has the same array for two parameters, and TornadoVM may wait for ever; let it take the array once.");
            }
        }
    }

    List<Transfer> toDevice() {
        return toDevice;
    }

    List<KernelTask> tasks() {
        return tasks;
    }

    List<Transfer> toHost() {
        return toHost;
    }

    boolean consumes(Object object) {
        return containsIdentity(consumed, object);
    }

    boolean persists(Object object) {
        return containsIdentity(persisted, object);
    }

    List<Object> consumed() {
        return consumed;
    }

    List<Object> persisted() {
        return persisted;
    }

    private static boolean containsIdentity(List<Object> objects, Object object) {
        return objects.stream().anyMatch(o -> o == object);
    }
}
