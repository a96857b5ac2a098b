package dev.squall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.jvm.layout.JvmPadding;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.TornadoPadding;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Looks, after each primitive of a backend, at what nobody sees from outside until much later:
 *
 * <ul>
 *   <li>the padding of every operand is still zero, since sums and convolutions run over it;
 *   <li>what a backend keeps of an operand that has changed, such as packed weights, is not used any more. Before each primitive its
 *       operands are multiplied and convolved with, so that there is something to forget.
 * </ul>
 */
public final class Probes {
    /** As many rows and images as make it worth packing the other operand. */
    private static final int ROWS = 17;

    /** Probes in place; closing takes them away. */
    @FunctionalInterface
    public interface Probing extends AutoCloseable {
        @Override
        void close();
    }

    private final Backend backend;
    private final Field field;
    private final Families families;

    private Probes(Backend backend) throws ReflectiveOperationException {
        this.backend = backend;
        field = CheckedBackend.class.getDeclaredField("families");
        field.setAccessible(true);
        families = (Families) field.get(backend);
    }

    /** Probes {@code backend} until the result is closed; the reference, which has no padding and keeps nothing, it leaves alone. */
    public static Probing on(Backend backend) {
        if (backend.name().equals("reference")) {
            return () -> {};
        }
        try {
            Probes probes = new Probes(backend);
            RecordComponent[] components = Families.class.getRecordComponents();
            Object[] probed = new Object[components.length];
            for (int i = 0; i < probed.length; i++) {
                probed[i] = probes.probed(components[i].getType(), components[i].getAccessor());
            }
            probes.serve((Families) Families.class.getDeclaredConstructors()[0].newInstance(probed));
            return () -> probes.serve(probes.families);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private Object probed(Class<?> family, Method accessor) {
        Object primitives = call(families, accessor);
        return Proxy.newProxyInstance(
                family.getClassLoader(),
                new Class<?>[] {family},
                (proxy, method, arguments) -> probe(primitives, method, arguments));
    }

    private static Object call(Object target, Method method, Object... arguments) {
        try {
            method.setAccessible(true);
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw Probes.<RuntimeException>unchecked(e.getCause());
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> RuntimeException unchecked(Throwable e) throws T {
        throw (T) e;
    }

    private Object probe(Object primitives, Method method, Object... arguments) {
        Set<Storage> operands = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(arguments, operands);
        operands.removeIf(Storage::isFreed);
        operands.removeIf(operand -> operand.memory() != backend);
        Map<Storage, float[]> before = new IdentityHashMap<>();
        Map<Storage, Integer> undefined = new IdentityHashMap<>();
        for (Storage operand : operands) {
            before.put(operand, values(operand));
            if (method.getName().equals("copyChannels")) {
                // It may write the first channels of a new tensor; whoever reads that next is told if the padding stays
                // so.
                undefined.put(operand, nonZerosInPadding(operand));
            }
            // What is asked for once may not be worth keeping.
            product(operand);
            product(operand);
        }
        Object result = call(primitives, method, arguments);
        for (Storage operand : operands) {
            assertThat(nonZerosInPadding(operand))
                    .as(
                            "values in the padding of an operand %s after %s on %s",
                            operand.shape(), method.getName(), backend.name())
                    .isLessThanOrEqualTo(undefined.getOrDefault(operand, 0));
            if (!Arrays.equals(values(operand), before.get(operand))) {
                assertForgotten(operand, method);
            }
        }
        return result;
    }

    private void assertForgotten(Storage changed, Method method) {
        Storage copy = backend.allocate(changed.shape(), changed.role());
        backend.upload(values(changed), copy);
        assertThat(Arrays.equals(product(changed), product(copy)))
                .as(
                        "what %s keeps of an operand %s is that from before %s changed it",
                        backend.name(), changed.shape(), method.getName())
                .isTrue();
        backend.free(copy);
    }

    private static void collect(Object value, Set<Storage> storages) {
        switch (value) {
            case Storage storage -> storages.add(storage);
            case Collection<?> values -> values.forEach(element -> collect(element, storages));
            case Object[] values -> Arrays.stream(values).forEach(element -> collect(element, storages));
            case Record values -> {
                for (RecordComponent component : values.getClass().getRecordComponents()) {
                    collect(call(values, component.getAccessor()), storages);
                }
            }
            case null, default -> {}
        }
    }

    private float[] values(Storage storage) {
        float[] values = new float[storage.shape().elements()];
        backend.download(storage, values);
        return values;
    }

    private int nonZerosInPadding(Storage storage) {
        return switch (backend.name()) {
            case "jvm" -> JvmPadding.nonZeros(storage);
            case "tornado" -> TornadoPadding.nonZeros(backend, storage);
            default -> 0;
        };
    }

    /** Something times {@code weights}, if it is a parameter of rank 2, and something convolved with it, if it is one of rank 4. */
    private float[] product(Storage weights) {
        Shape shape = weights.shape();
        if (weights.role() != Role.PARAMETER || (shape.rank() != 2 && shape.rank() != 4)) {
            return new float[0];
        }
        boolean isMatrix = shape.rank() == 2;
        ConvGeometry geometry = isMatrix ? null : new ConvGeometry(shape.dim(2), shape.dim(3), 1, 1, 0, 0, 1, 1, 1);
        Shape input =
                isMatrix ? Shape.of(ROWS, shape.dim(1)) : Shape.of(2, shape.dim(1), shape.dim(2) + 7, shape.dim(3) + 7);
        Storage x = backend.allocate(input, Role.ACTIVATION);
        Storage y = backend.allocate(
                isMatrix ? Shape.of(ROWS, shape.dim(0)) : geometry.output(input, shape), Role.ACTIVATION);
        backend.fill(x, 1);
        if (isMatrix) {
            families.matmul().matmul(x, false, weights, true, y);
        } else {
            families.convolution().forward(x, weights, geometry, Epilogue.NONE, y);
        }
        float[] values = values(y);
        backend.free(x);
        backend.free(y);
        return values;
    }

    private void serve(Families primitives) {
        try {
            field.set(backend, primitives);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
