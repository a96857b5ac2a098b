package dev.squall.examples;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.PoolGeometry;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.MaxPool;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.train.Recipe;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.Trainer;
import java.nio.file.Path;

/**
 * Trains a network of one's own on 6,000 pictures of clothes: a program, whose argument is a new directory for what the run leaves behind
 * ({@code runs/own-network} if there is none).
 */
public final class OwnNetwork {
    private OwnNetwork() {}

    public static void main(String... arguments) {
        Path run = Path.of(arguments.length == 0 ? "runs/own-network" : arguments[0]);
        DataSource clothes = DataSources.open("sample");
        Recipe recipe = Recipe.STANDARD.with("epochs", 4);
        try (Backend backend = Backends.open("auto", BackendOptions.DEFAULT).backend();
                Module network = network(backend, clothes.train().classNames().size());
                RunDirectory directory = RunDirectory.open(run, Existing.REFUSE)) {
            network.initialise(recipe.seed());
            var train = recipe.loader(clothes.train()).transforms(clothes.trainTransforms());
            var test = recipe.testLoader(clothes.test()).transforms(clothes.testTransforms());
            try (Trainer trainer =
                    Trainer.of(Trainer.Setup.of(network, train.build(), test.build(), recipe), directory)) {
                trainer.run();
            }
        }
    }

    /** Images {@code [N, 1, 28, 28]} to logits {@code [N, classes]}. */
    private static Module network(Backend backend, int classes) {
        return new Sequential(
                convolution(backend, 1, 16),
                new MaxPool(PoolGeometry.square(2, 2, 0)),
                convolution(backend, 16, 32),
                new MaxPool(PoolGeometry.square(2, 2, 0)),
                convolution(backend, 32, 64),
                new GlobalAveragePool(),
                new Linear(backend, 64, classes));
    }

    /** A 3x3 convolution of stride 1 with its norm and its activation. */
    private static Module convolution(Backend backend, int in, int out) {
        return new ConvAbn(backend, ConvAbn.Config.of(in, out, 3, 1).withActivation(Activation.leakyRelu(0.01f)));
    }
}
