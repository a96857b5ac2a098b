package dev.squall.op.random;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * An operation, and what to apply it to.
 *
 * @param name with what matters of its settings
 * @param inputs drawn already
 * @param gradients whether it has a backward pass; without one, it may change parameters
 * @param apply makes a tensor of the inputs
 */
record RandomOperation(String name, List<Input> inputs, boolean gradients, Function<Tensor[], Tensor> apply) {
    /**
     * An input of an operation.
     *
     * @param parameter whether it is learned, else it is an activation
     */
    record Input(Shape shape, boolean parameter, float[] values) {
        Tensor on(Backend backend) {
            return parameter ? Tensor.parameter(backend, shape, values) : Tensor.fromArray(backend, shape, values);
        }

        @Override
        public String toString() {
            return (parameter ? "parameter " : "") + shape;
        }
    }

    /** What is looked at while the tensors are there. */
    @FunctionalInterface
    interface Inspection {
        void look(String what, Storage storage);
    }

    /** The output, and the gradients of all inputs or, without a backward pass, the parameters as they are then. */
    List<float[]> run(Backend backend, Inspection inspection) {
        List<float[]> results = new ArrayList<>();
        try (Scope scope = Scope.open()) {
            Tensor[] tensors = inputs.stream().map(input -> input.on(backend)).toArray(Tensor[]::new);
            try {
                if (gradients) {
                    Arrays.stream(tensors).forEach(Tensor::requireGradient);
                    differentiate(tensors, inspection, results);
                } else {
                    Tensor y = Autograd.withoutGradients(() -> apply.apply(tensors));
                    inspection.look("the output", y.storage());
                    results.add(y.toArray());
                    Arrays.stream(tensors)
                            .filter(tensor -> tensor.role() == Role.PARAMETER)
                            .forEach(parameter -> results.add(parameter.toArray()));
                }
            } finally {
                Arrays.stream(tensors).forEach(Tensor::close);
            }
        }
        return results;
    }

    private void differentiate(Tensor[] tensors, Inspection inspection, List<float[]> results) {
        Tensor y = apply.apply(tensors);
        inspection.look("the output", y.storage());
        float[] output = y.toArray();
        results.add(output);
        Tensor seed = y.like();
        seed.upload(seed(output.length));
        Autograd.backward(y, seed);
        for (int k = 0; k < tensors.length; k++) {
            Tensor gradient = tensors[k].gradient();
            if (gradient != null) {
                inspection.look("the gradient of input " + k, gradient.storage());
                results.add(gradient.toArray());
            }
        }
    }

    private static float[] seed(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] seed = new float[count];
        for (int i = 0; i < count; i++) {
            seed[i] = random.nextInt(-64, 65) / 64f;
        }
        return seed;
    }

    @Override
    public String toString() {
        return name + " of " + inputs;
    }
}
