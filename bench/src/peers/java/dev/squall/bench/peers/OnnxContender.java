package dev.squall.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.Weights.Constant;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A network in evaluation mode on ONNX Runtime, with all optimisations of the graph; it chooses its own blocked layout. */
final class OnnxContender implements Contender {
    private final OrtSession session;
    private final OnnxTensor images;
    private OrtSession.@Nullable Result latest;

    OnnxContender(int threads, Weights weights, Graph graph, Constant x) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setMemoryPatternOptimization(true);
            options.setCPUArenaAllocator(true);
            session = environment.createSession(OnnxProgram.model(weights, graph, x.shape()), options);
            FloatBuffer values = ByteBuffer.allocateDirect(x.values().length * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            values.put(x.values()).flip();
            images = OnnxTensor.createTensor(environment, values, x.shape());
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not take the network: " + e.getMessage(), e);
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
            latest = session.run(Map.of(OnnxProgram.IMAGES, images));
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
        return Map.of("logits", values);
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
