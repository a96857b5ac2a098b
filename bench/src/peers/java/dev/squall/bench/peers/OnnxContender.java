package dev.squall.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.squall.backend.Backend;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.nn.Module;
import dev.squall.onnx.OnnxExport;
import dev.squall.onnx.RecordingBackend;
import dev.squall.tensor.Shape;
import dev.squall.train.StateDict;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One of our networks in evaluation mode, exported to ONNX Runtime, with all optimisations of the graph; it chooses its own blocked layout. */
final class OnnxContender implements Contender {
    private final OrtSession session;
    private final OnnxTensor images;
    private OrtSession.@Nullable Result latest;

    /**
     * For images of the shape of {@code x} only, so that the runtime may plan with it.
     *
     * @param make builds the network
     * @param trained one of the same kind, whose state it gets
     */
    OnnxContender(int threads, Function<Backend, Module> make, Module trained, Constant x) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setMemoryPatternOptimization(true);
            options.setCPUArenaAllocator(true);
            options.setSymbolicDimensionValue(OnnxExport.BATCH, x.shape()[0]);
            session = environment.createSession(model(make, trained, x.shape()), options);
            FloatBuffer values = ByteBuffer.allocateDirect(x.values().length * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            values.put(x.values()).flip();
            images = OnnxTensor.createTensor(environment, values, x.shape());
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not take the network: " + e.getMessage(), e);
        }
    }

    private static byte[] model(Function<Backend, Module> make, Module trained, long[] shape) {
        Shape image = Shape.of((int) shape[1], (int) shape[2], (int) shape[3]);
        try (RecordingBackend recording = new RecordingBackend();
                Module network = make.apply(recording)) {
            StateDict.load(network, StateDict.of(trained), "the network to compare with");
            return OnnxExport.model(recording, network, image, Map.of()).toByteArray();
        }
    }

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public void run() {
        closeLatest();
        try {
            latest = session.run(Map.of(OnnxExport.INPUT, images));
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot run the network: " + e.getMessage(), e);
        }
    }

    @Override
    public Map<String, float[]> results() {
        if (latest == null) {
            throw new IllegalStateException("there are results only after a run");
        }
        FloatBuffer buffer = ((OnnxTensor) latest.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return Map.of(OnnxExport.OUTPUT, values);
    }

    private void closeLatest() {
        if (latest != null) {
            latest.close();
            latest = null;
        }
    }

    @Override
    public void close() {
        closeLatest();
        images.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot close its session: " + e.getMessage(), e);
        }
    }
}
