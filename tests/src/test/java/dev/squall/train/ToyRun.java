package dev.squall.train;

import dev.squall.backend.Backend;
import dev.squall.data.ByteImageDataset;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.nn.Dropout;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.optim.OneCycle;
import dev.squall.optim.Optimizer;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.train.parallel.Communicator;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A training that takes a second: noisy images of which one of three bands of rows is brighter. */
final class ToyRun {
    static final PrintStream SILENT = new PrintStream(OutputStream.nullOutputStream());

    final Module network;
    final Optimizer optimizer;
    private final Recipe config;
    private final DataLoader train;
    private final DataLoader validation;
    private final float learningRate;
    private RunOptions options = RunOptions.DEFAULT;

    private PrintStream out = SILENT;
    private int mostEpochs = Integer.MAX_VALUE;

    ToyRun(Backend backend, Recipe config, float learningRate) {
        this(backend, config, learningRate, 90);
    }

    ToyRun(Backend backend, Recipe config, float learningRate, int images) {
        this(backend, config, learningRate, bands("toy/train", images, 1));
    }

    /** The image {@code poisoned} is NaN when it is first looked at. */
    ToyRun(Backend backend, Recipe config, float learningRate, int images, int poisoned) {
        this(backend, config, learningRate, new Poisoned(bands("toy/train", images, 1), poisoned, new AtomicBoolean()));
    }

    private ToyRun(Backend backend, Recipe config, float learningRate, Dataset images) {
        this.config = config;
        this.learningRate = learningRate;
        network = new Sequential(new Dropout(0.05f), NetworkExamples.small(backend, NormKind.INPLACE, 3))
                .initialise(config.seed());
        optimizer = new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), 0.9f, true);
        train = DataLoader.builder(images)
                .batchSize(12)
                .shuffle(true)
                .seed(config.seed())
                .transforms(List.of(new HorizontalFlip(0.5)))
                .build();
        validation = DataLoader.builder(bands("toy/test", 30, 2)).batchSize(16).build();
    }

    ToyRun with(RunOptions options) {
        this.options = options;
        return this;
    }

    ToyRun reporting(OutputStream notes) {
        out = new PrintStream(notes, true, StandardCharsets.UTF_8);
        return this;
    }

    RunSummary into(RunDirectory directory) {
        return into(directory, config.epochs());
    }

    /** Breaks off after {@code epochs}. */
    RunSummary into(RunDirectory directory, int epochs) {
        return into(directory, epochs, setup());
    }

    RunSummary into(RunDirectory directory, Trainer.Setup setup) {
        return into(directory, config.epochs(), setup);
    }

    /** With the recipe's own optimizer and schedule; at most so far as {@link #breakingOffAfter} says. */
    void intoAsTheRecipeSays(RunDirectory directory) {
        Trainer.Setup setup = new Trainer.Setup(
                network,
                config.optimizer(network),
                config.schedule(train),
                Loss.crossEntropy(config.labelSmoothing()),
                train,
                validation,
                config);
        try (Optimizer _ = setup.optimizer()) {
            into(directory, mostEpochs, setup);
        } catch (Interruption e) {
            // As was asked for.
        }
    }

    ToyRun breakingOffAfter(int epochs) {
        mostEpochs = epochs;
        return this;
    }

    Trainer.Setup setup() {
        return new Trainer.Setup(
                network,
                optimizer,
                OneCycle.of(learningRate, config.steps(train)),
                Loss.crossEntropy(config.labelSmoothing()),
                train,
                validation,
                config);
    }

    private RunSummary into(RunDirectory directory, int epochs, Trainer.Setup setup) {
        RunDescription description = new RunDescription("toy", "bands", "reference", Map.of("classes", "3"));
        try (directory;
                Trainer trainer = new Trainer(setup, description, directory, out).with(options)) {
            return trainer.afterEpoch(metrics -> {
                        if (metrics.epoch() == epochs && epochs < config.epochs()) {
                            throw new Interruption();
                        }
                    })
                    .run();
        }
    }

    /** As one of several workers; {@code directory} is null for all but the first. */
    RunSummary into(@Nullable RunDirectory directory, Communicator communicator) {
        RunDescription description = new RunDescription("toy", "bands", "reference", Map.of("classes", "3"));
        try (directory;
                Trainer trainer = new Trainer(setup(), description, directory, out)
                        .with(options)
                        .with(communicator)) {
            return trainer.run();
        }
    }

    Evaluation evaluate() {
        return Evaluator.evaluate(network, validation);
    }

    static Dataset bands(String name, int images, long seed) {
        ImageShape shape = new ImageShape(2, 8, 8);
        RandomGenerator random = new MersenneTwister(seed);
        byte[] pixels = new byte[images * shape.elements()];
        byte[] labels = new byte[images];
        for (int n = 0; n < images; n++) {
            labels[n] = (byte) (n % 3);
            for (int i = 0; i < shape.elements(); i++) {
                int row = i / 8 % 8;
                boolean bright = row >= 2 * labels[n] && row < 2 * labels[n] + 4;
                pixels[n * shape.elements() + i] = (byte) (random.nextInt(100) + (bright ? 120 : 0));
            }
        }
        return new ByteImageDataset(name, shape, List.of("top", "middle", "bottom"), pixels, labels);
    }

    /** A data set with one bad apple. */
    private record Poisoned(Dataset good, int index, AtomicBoolean eaten) implements Dataset {
        @Override
        public String name() {
            return good.name();
        }

        @Override
        public ImageShape shape() {
            return good.shape();
        }

        @Override
        public List<String> classNames() {
            return good.classNames();
        }

        @Override
        public int size() {
            return good.size();
        }

        @Override
        public int label(int image) {
            return good.label(image);
        }

        @Override
        public void image(int image, float[] destination, int offset) {
            good.image(image, destination, offset);
            if (image == index && eaten.compareAndSet(false, true)) {
                destination[offset] = Float.NaN;
            }
        }
    }

    static final class Interruption extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
