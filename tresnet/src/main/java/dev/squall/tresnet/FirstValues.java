package dev.squall.tresnet;

import dev.squall.nn.Conv2d;
import dev.squall.nn.Init;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;

/** Where the first weights of the networks come from, where the papers take other values than the layers have by themselves. */
final class FirstValues {
    private FirstValues() {}

    /**
     * Draws the weights of all convolutions below {@code network} from N(0, 2 / fanOut), as the official code of TResNet and that of the
     * ResNets do.
     */
    static void ofConvolutions(Module network) {
        network.visit((name, module) -> {
            if (module instanceof Conv2d convolution) {
                convolution.weightsFrom(Init.kaimingNormalFanOut());
            }
        });
    }

    /**
     * As the code of the EfficientNets does: weights of convolutions from N(0, 2 / fanOut), where fanOut counts the outputs of one group, those of
     * the classifier from U(-1/sqrt(classes), 1/sqrt(classes)), and no biases.
     */
    static void ofMobileNetwork(Module network) {
        network.visit((name, module) -> {
            if (module instanceof Conv2d convolution) {
                int groups = convolution.geometry().groups();
                convolution.weightsFrom(Init.kaimingNormalFanOut(groups)).biasFromZero();
            } else if (module instanceof Linear classifier) {
                int classes = classifier.weight().shape().dim(0);
                classifier.weightsFrom(Init.uniformFanIn(classes)).biasFromZero();
            }
        });
    }
}
