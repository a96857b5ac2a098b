package dev.squall.bench.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.squall.bench.peers.Weights.Constant;
import java.util.List;

/** PyTorch, through DJL. */
final class Torch implements AutoCloseable {
    private static final List<String> ARGUMENT = List.of("x");

    private final NDManager manager;
    private final TorchFunction channelsLast;
    private final TorchFunction contiguous;
    private final TorchFunction readable;

    /** The order of an image's values in memory. */
    enum Layout {
        /** NCHW, PyTorch's default. */
        CONTIGUOUS,
        /** NHWC. */
        CHANNELS_LAST;

        @Override
        public String toString() {
            return this == CONTIGUOUS ? "NCHW" : "channels_last";
        }
    }

    /** What numbers are made of; the code is that of PyTorch's ScalarType. */
    enum Precision {
        SINGLE(6),
        DOUBLE(7);

        private final int code;

        Precision(int code) {
            this.code = code;
        }
    }

    /** With {@code threads} threads for each operation; all tensors are of the given precision. */
    Torch(int threads, Precision precision) {
        Engine engine = Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(threads);
        manager = engine.newBaseManager();
        channelsLast = formatted(2, precision);
        contiguous = formatted(0, precision);
        readable = formatted(0, Precision.SINGLE);
    }

    private TorchFunction formatted(int memoryFormat, Precision precision) {
        return function(
                "ys = annotate(List[Tensor], [])",
                "for y in x:",
                "  z = torch.to(y, " + precision.code + ")",
                "  ys.append(torch.clone(z, memory_format=" + memoryFormat + " if torch.dim(y) == 4 else 0))",
                "return ys");
    }

    /** A function of one list called {@code x}. */
    TorchFunction function(String... body) {
        return TorchFunction.compile(manager, ARGUMENT, List.of(body));
    }

    /** A function of several lists. */
    TorchFunction function(List<String> parameters, List<String> body) {
        return TorchFunction.compile(manager, parameters, body);
    }

    /** Sets the number of threads for all that follows. */
    static void setThreads(int threads) {
        JniUtils.setNumThreads(threads);
    }

    /** A tensor in memory of PyTorch's own, in the given layout if it has rank 4. */
    NDArray tensor(Constant constant, Layout layout) {
        try (NDArray array = manager.create(constant.values(), new Shape(constant.shape()))) {
            // A tensor that is made while nothing may be recorded can never have a gradient.
            return (layout == Layout.CONTIGUOUS ? contiguous : channelsLast)
                    .callRecorded(new NDList(array))
                    .getFirst();
        }
    }

    /** Class labels. */
    NDArray labels(int[] labels) {
        long[] values = new long[labels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = labels[i];
        }
        return manager.create(values);
    }

    /** The values in row-major (NCHW) order, rounded to float. */
    float[] values(NDArray array) {
        try (NDList copy = readable.call(new NDList(array))) {
            return copy.getFirst().toFloatArray();
        }
    }

    @Override
    public void close() {
        readable.close();
        contiguous.close();
        channelsLast.close();
        manager.close();
    }
}
