package dev.squall.tresnet;

import dev.squall.nn.Conv2d;
import dev.squall.nn.Init;
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
}
