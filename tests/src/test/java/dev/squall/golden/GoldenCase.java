package dev.squall.golden;

import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.tensor.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** One entry of {@code cases.json}. */
record GoldenCase(GoldenDirectory directory, JsonNode json) {
    /** What is tested, for example {@code conv2d}. */
    String op() {
        return json.required("op").asString();
    }

    /** The settings. */
    JsonNode attrs() {
        return json.required("attrs");
    }

    /** The tensors of the file {@code file} of this directory. */
    Map<String, HostTensor> tensors(String file) {
        return SafeTensors.read(directory.path().resolve(file)).tensors();
    }

    /** The tensors of the case's only file. */
    Map<String, HostTensor> tensors() {
        return tensors(json.required("file").asString());
    }

    /** What must come out, by name. */
    Map<String, Expectation> outputs() {
        Map<String, HostTensor> tensors = tensors();
        Map<String, Expectation> outputs = new TreeMap<>();
        json.required("outputs").forEachEntry((name, output) -> {
            HostTensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new AssertionError(this + " lists an output " + name + " that its file lacks");
            }
            double maxAbs = output.required("max_abs").asDouble();
            double tolerance = Expectation.tolerance(
                    output.required("torch_f32_max_abs_err").asDouble(), maxAbs);
            outputs.put(name, new Expectation(tensor.floats(), Math.max(tolerance, inversionLoss(name, maxAbs))));
        });
        return outputs;
    }

    /**
     * The one exception: where the weight is 0 and the bias is not, an in-place normalisation that recovers its input from its output
     * divides the rounding of the output by epsilon = 1e-5, and what depends on the recovered input loses most digits, as it does in
     * the original.
     */
    private double inversionLoss(String output, double maxAbs) {
        if (!op().equals("inplace_abn") || !hasZeroWeightWithBias()) {
            return 0;
        }
        return switch (output) {
            case "dweight" -> 1e-2;
            case "dx" -> 5e-4 * maxAbs;
            default -> 0;
        };
    }

    private boolean hasZeroWeightWithBias() {
        float[] weight = tensors().get("weight").floats();
        float[] bias = tensors().get("bias").floats();
        return IntStream.range(0, weight.length).anyMatch(c -> weight[c] == 0 && bias[c] != 0);
    }

    static Shape shape(HostTensor tensor) {
        return Shape.of(Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray());
    }

    /** For example {@code conv2d.k3s1p1}. */
    @Override
    public String toString() {
        return op() + "." + json.required("case").asString();
    }
}
