package dev.squall.bench.peers;

import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Weights.Constant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** Runs an operation of ND4J again and again. It hands convolutions to oneDNN and products of matrices to OpenBLAS. */
final class Nd4j implements Contender {
    private static final int NCHW = 0;
    private static final int OIHW = 1;

    private final CustomOp operation;
    private final int result;
    private INDArray[] latest = {};

    private Nd4j(CustomOp operation, int result) {
        this.operation = operation;
        this.result = result;
    }

    /**
     * A convolution.
     *
     * @param pass 0 forward, 1 and 2 the derivatives by the images and by the weights, which ND4J computes together
     */
    static Nd4j convolution(int threads, int pass, ConvGeometry g, Constant x, Constant w, Constant dy) {
        setThreads(threads);
        List<INDArray> inputs = pass == 0 ? List.of(array(x), array(w)) : List.of(array(x), array(w), array(dy));
        CustomOp operation = DynamicCustomOp.builder(pass == 0 ? "conv2d" : "conv2d_bp")
                .addInputs(inputs.toArray(INDArray[]::new))
                .addIntegerArguments(
                        g.kernelH(), g.kernelW(), g.strideH(), g.strideW(), g.padH(), g.padW(), 1, 1, 0, NCHW, OIHW)
                .build();
        return new Nd4j(operation, Math.max(0, pass - 1));
    }

    /** The product of two matrices. */
    static Nd4j product(int threads, Constant a, Constant b) {
        setThreads(threads);
        return new Nd4j(
                DynamicCustomOp.builder("matmul").addInputs(array(a), array(b)).build(), 0);
    }

    private static void setThreads(int threads) {
        org.nd4j.linalg.factory.Nd4j.getEnvironment().setMaxThreads(threads);
        org.nd4j.linalg.factory.Nd4j.getEnvironment().setMaxMasterThreads(threads);
    }

    private static INDArray array(Constant constant) {
        return org.nd4j.linalg.factory.Nd4j.create(constant.values(), constant.shape(), 'c');
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public void run() {
        // Writes over the results of the call before.
        latest = org.nd4j.linalg.factory.Nd4j.exec(operation);
    }

    @Override
    public Map<String, float[]> results() {
        return Map.of("result", latest[result].dup('c').data().asFloat());
    }

    @Override
    public void close() {
        Arrays.stream(latest).forEach(INDArray::close);
    }
}
