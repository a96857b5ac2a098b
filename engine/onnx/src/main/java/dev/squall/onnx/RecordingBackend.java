package dev.squall.onnx;

import dev.squall.backend.Convolution;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.Movement;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.error.BadInputException;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;

/**
 * A backend that computes nothing with activations but writes each primitive into an ONNX graph. Parameters keep their values, so that weights can be loaded and
 * norms folded as on any other backend. A primitive that {@link Translation} does not know cannot be exported.
 */
public final class RecordingBackend extends CheckedBackend {
    private final OnnxGraph graph = new OnnxGraph();
    private final Translation translation = new Translation(graph);

    /** With an empty graph. */
    public RecordingBackend() {
        serve(new Families(
                recording(Elementwise.class),
                recording(Reduction.class),
                recording(Movement.class),
                recording(Matmul.class),
                recording(Convolution.class),
                recording(Pooling.class),
                recording(Normalisation.class),
                recording(Loss.class),
                recording(Update.class)));
    }

    /** What has been recorded. */
    OnnxGraph graph() {
        return graph;
    }

    /** Each call goes to the method of the translation that has its name and parameters; what is made of other primitives runs as those. */
    private <T> T recording(Class<T> family) {
        InvocationHandler handler = (proxy, primitive, operands) -> {
            if (primitive.getDeclaringClass() == Object.class) {
                return primitive.invoke(this, operands);
            }
            Method method;
            try {
                method = Translation.class.getDeclaredMethod(primitive.getName(), primitive.getParameterTypes());
            } catch (NoSuchMethodException e) {
                if (primitive.isDefault()) {
                    return InvocationHandler.invokeDefault(proxy, primitive, operands);
                }
                throw new BadInputException(
                        "the network cannot be exported, because there is no translation of the primitive "
                                + family.getSimpleName() + "." + primitive.getName() + " into ONNX",
                        e);
            }
            try {
                return method.invoke(translation, operands);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return family.cast(Proxy.newProxyInstance(family.getClassLoader(), new Class<?>[] {family}, handler));
    }

    @Override
    public String name() {
        return "onnx";
    }

    @Override
    public String description() {
        return "records an ONNX graph, computes nothing";
    }

    @Override
    protected Storage make(Shape shape, Role role) {
        return new RecordedStorage(this, shape, role);
    }

    @Override
    protected void release(Storage storage) {
        // The garbage collector does it.
    }

    @Override
    protected void write(float[] values, Storage destination) {
        ((RecordedStorage) destination).setValues(values.clone());
    }

    @Override
    protected void read(Storage source, float[] values) {
        System.arraycopy(((RecordedStorage) source).values(), 0, values, 0, values.length);
    }

    @Override
    protected void set(Storage destination, float value) {
        float[] values = new float[destination.shape().elements()];
        Arrays.fill(values, value);
        ((RecordedStorage) destination).setValues(values);
    }

    @Override
    protected void add(Storage addend, Storage destination) {
        throw new BadInputException("gradients cannot be exported");
    }

    @Override
    protected void roundTo(HalfFormat format, Storage storage) {
        throw new BadInputException("rounding to " + format + " cannot be exported");
    }

    @Override
    protected void packAs(HalfFormat format, Storage storage) {
        throw new BadInputException("packing to " + format + " cannot be exported");
    }

    @Override
    protected void unpackFrom(HalfFormat format, Storage storage) {
        throw new BadInputException("unpacking from " + format + " cannot be exported");
    }

    @Override
    public long liveBytes() {
        return 0;
    }

    @Override
    public long peakBytes() {
        return 0;
    }

    @Override
    public void resetPeak() {
        // Nothing is counted.
    }

    @Override
    protected void shutDown() {
        // There is nothing to free.
    }
}
