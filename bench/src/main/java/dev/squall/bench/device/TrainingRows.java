package dev.squall.bench.device;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.bench.device.Contender.Work;
import dev.squall.bench.device.DeviceRow.Plan;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Networks;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Training steps of a whole network: forward and backward pass, and the update of the weights. */
final class TrainingRows {
    static final String NETWORK = "tresnet_tiny";
    private static final int BATCH = 32;
    private static final int SIDE = 32;
    private static final int CLASSES = 10;

    private TrainingRows() {}

    static List<Plan> all() {
        return List.of(new Plan(
                NETWORK + ", training, " + SIDE + "x" + SIDE,
                engines -> DeviceRow.onBoth(engines, new Work(BATCH, "images/s"), TrainingRows::training)));
    }

    /** Each step's loss. Operands and network end with the program. */
    static Supplier<Tensor> training(DeviceOperands operands) {
        Backend backend = operands.backend();
        Module network = Networks.create(NETWORK, backend, 3, CLASSES, NormKind.INPLACE);
        network.initialise(1);
        network.train();
        Sgd optimizer = new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), 0.9f, true);
        Tensor images = operands.activation(BATCH, 3, SIDE, SIDE);
        int[] labels = new int[BATCH];
        Arrays.setAll(labels, i -> i % CLASSES);
        return () -> {
            Tensor loss = CrossEntropy.crossEntropy(network.forward(images), labels, 0.1f);
            Autograd.backward(loss);
            optimizer.step(1e-3f);
            optimizer.zeroGradients();
            return loss;
        };
    }
}
