package dev.squall.bench;

import dev.squall.backend.Backend;
import dev.squall.backend.meta.Counters;
import dev.squall.backend.meta.MetaBackend;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What one call of a benchmark does, found by running it once on the backend {@code meta}, which computes nothing and counts: so no benchmark has to state it.
 *
 * @param operations multiplications and additions of convolutions and matrix products; others are not counted
 * @param bytes read and written by all primitives, each operand once
 */
record Work(long operations, long bytes) {
    /** Of a benchmark that no backend takes part in. */
    private static final Work NONE = new Work(0, 0);

    /** A benchmark whose setup opens a backend by name. */
    interface Countable {
        /** Sets what JMH would set from its parameters: the backend's name. */
        void useBackend(String name);

        /** Its {@code @Setup}. */
        void open();

        /** Its {@code @TearDown}. */
        void close();

        /** The open backend. */
        Backend backend();
    }

    /** The work of one call with these parameters. */
    static Work of(BenchmarkParams parameters) throws ReflectiveOperationException {
        String name = parameters.getBenchmark();
        int dot = name.lastIndexOf('.');
        Map<String, String> values = new HashMap<>();
        parameters.getParamsKeys().forEach(key -> values.put(key, parameters.getParam(key)));
        return of(Class.forName(name.substring(0, dot)), name.substring(dot + 1), values);
    }

    /** The work of one call of {@code method}, with these values of the fields that are parameters. */
    static Work of(Class<?> type, String method, Map<String, String> values) throws ReflectiveOperationException {
        if (!Countable.class.isAssignableFrom(type)) {
            return NONE;
        }
        Object instance = type.getDeclaredConstructor().newInstance();
        for (Map.Entry<String, String> value : values.entrySet()) {
            set(instance, value.getKey(), value.getValue());
        }
        Countable benchmark = (Countable) instance;
        benchmark.useBackend("meta");
        benchmark.open();
        try {
            MetaBackend backend = (MetaBackend) benchmark.backend();
            Counters before = backend.counters();
            type.getMethod(method).invoke(instance);
            Counters done = backend.counters().since(before);
            return new Work(2 * done.multiplyAdds(), done.bytesMoved());
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + "." + method + " cannot be counted", e.getCause());
        } finally {
            benchmark.close();
        }
    }

    private static void set(Object instance, String field, String value) throws ReflectiveOperationException {
        var target = instance.getClass().getField(field);
        target.set(instance, target.getType() == int.class ? (Object) Integer.valueOf(value) : value);
    }
}
