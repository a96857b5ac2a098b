package dev.squall.examples;

import static dev.squall.op.Relu.relu;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.data.ByteImageDataset;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.nn.BatchNorm;
import dev.squall.nn.Conv2d;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.MaxPool;
import dev.squall.nn.Module;
import dev.squall.nn.NormLayer;
import dev.squall.tensor.Tensor;
import dev.squall.train.Recipe;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunDirectory.Existing;
import dev.squall.train.RunSummary;
import dev.squall.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A convolutional network of one's own, on images of one's own, trained in ten lines. */
@Tag("fast")
class OwnClassifierTest {
    /** {@code [N, 1, 16, 16]} to logits {@code [N, 3]}. */
    private static final class Network extends Module {
        private final Module first;
        private final Module norm;
        private final Module second;
        private final Module pool = new MaxPool(PoolGeometry.square(2, 2, 0));
        private final Module mean = new GlobalAveragePool();
        private final Module classifier;

        Network(Backend backend) {
            first = child("first", new Conv2d(backend, 1, 16, ConvGeometry.square(3, 1, 1), false));
            norm = child("norm", new BatchNorm(backend, NormLayer.Config.of(16, Activation.RELU)));
            second = child("second", new Conv2d(backend, 16, 32, ConvGeometry.square(3, 1, 1), true));
            classifier = child("classifier", new Linear(backend, 32, 3));
        }

        @Override
        protected Tensor compute(Tensor x) {
            Tensor maps = pool.forward(norm.forward(first.forward(x)));
            return classifier.forward(mean.forward(relu(second.forward(maps))));
        }
    }

    @Test
    void learnsToTellShapes(@TempDir Path directory) {
        Recipe recipe = Recipe.STANDARD
                .with("epochs", 4)
                .with("batch", 20)
                .with("optimizer", "adamw")
                .with("lr", 0.01);
        try (Backend backend = Backends.open("jvm", BackendOptions.DEFAULT).backend();
                Network network = new Network(backend);
                RunDirectory files = RunDirectory.open(directory.resolve("run"), Existing.REFUSE)) {
            network.initialise(recipe.seed());
            var train = recipe.loader(shapes("train", 600, 1)).build();
            var test = recipe.testLoader(shapes("test", 70, 2)).build();
            try (Trainer trainer = Trainer.of(Trainer.Setup.of(network, train, test, recipe), files)) {
                RunSummary summary = trainer.run();
                assertThat(summary.bestTop1()).isGreaterThan(0.95);
                assertThat(files.best()).exists();
            }
        }
    }

    /** A bar, a cross or a square somewhere on a noisy ground. */
    private static Dataset shapes(String name, int images, long seed) {
        RandomGenerator random = new MersenneTwister(seed);
        ImageShape shape = new ImageShape(1, 16, 16);
        byte[] pixels = new byte[images * shape.elements()];
        byte[] labels = new byte[images];
        for (int n = 0; n < images; n++) {
            labels[n] = (byte) (n % 3);
            int top = 1 + random.nextInt(8);
            int left = 1 + random.nextInt(8);
            for (int y = 0; y < 16; y++) {
                for (int x = 0; x < 16; x++) {
                    boolean inside = isInside(labels[n], y - top, x - left);
                    pixels[(n * 16 + y) * 16 + x] = (byte) (random.nextInt(60) + (inside ? 180 : 0));
                }
            }
        }
        return new ByteImageDataset(name, shape, List.of("bar", "cross", "square"), pixels, labels);
    }

    private static boolean isInside(int label, int y, int x) {
        boolean near = y >= 0 && y < 7 && x >= 0 && x < 7;
        return near
                && switch (label) {
                    case 0 -> y == 3;
                    case 1 -> y == 3 || x == 3;
                    default -> y == 0 || y == 6 || x == 0 || x == 6;
                };
    }
}
