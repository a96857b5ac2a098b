package dev.squall.tresnet;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.data.ImageShape;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.WeightsFile;
import dev.squall.nn.NormKind;
import dev.squall.op.Softmax;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A trained network with all that is needed to classify pictures. */
public final class Classifier implements AutoCloseable {
    private static final String COUNTER = "num_batches_tracked";

    private final Backend backend;
    private final ImageNetwork network;
    private final ModelCard card;
    private final List<String> notes;

    private Classifier(Backend backend, ImageNetwork network, ModelCard card, List<String> notes) {
        this.backend = backend;
        this.network = network;
        this.card = card;
        this.notes = List.copyOf(notes);
    }

    /**
     * A class and how probable it is.
     *
     * @param name of the class
     * @param probability from 0 to 1
     */
    public record Guess(String name, float probability) {}

    /**
     * Loads the weights in a file of any kind that {@link WeightsFile} reads.
     *
     * @param model the network; needed, and only used, if the file does not say it itself
     * @param imageSize the side to which pictures are scaled; null for that of the training or the network's usual one
     * @throws BadInputException if the file is missing or damaged, or does not fit the network
     */
    public static Classifier open(Backend backend, Path file, @Nullable String model, @Nullable Integer imageSize) {
        WeightsFile stored = WeightsFile.read(file, true);
        List<String> notes = new ArrayList<>(stored.notes());
        ModelCard card = cardOf(stored, file, model, notes);
        if (imageSize != null) {
            card = card.withImage(new ImageShape(card.image().channels(), imageSize, imageSize));
        }
        requireFinite(stored.tensors(), file);
        NetworkConfig config = Networks.config(card);
        config.requireImageSize(card.image().height(), card.image().width());
        ImageNetwork network = config.build(backend);
        try {
            Weights.load(network, stored.tensors(), card.norm(), file.toString());
        } catch (BadInputException e) {
            network.close();
            throw e;
        }
        network.eval();
        return new Classifier(backend, network, card, notes);
    }

    /** A counter that was cast to half precision may have become infinite, which does no harm; anything else would make every answer NaN. */
    private static void requireFinite(Map<String, HostTensor> tensors, Path file) {
        tensors.entrySet().parallelStream()
                .filter(entry ->
                        !entry.getKey().endsWith(COUNTER) && !entry.getValue().isFinite())
                .findFirst()
                .ifPresent(entry -> {
                    throw new BadInputException("the weights in " + file
                            + " are not finite: there is a NaN or an infinity in " + entry.getKey()
                            + "; take weights from before that, or train with a lower learning rate");
                });
    }

    private static ModelCard cardOf(WeightsFile stored, Path file, @Nullable String model, List<String> notes) {
        if (ModelCard.isIn(stored.metadata())) {
            ModelCard card = ModelCard.fromMetadata(stored.metadata(), file);
            if (model != null && !model.equals(card.model())) {
                throw new BadInputException(file + " holds weights of " + card.model() + ", not of " + model);
            }
            return card;
        }
        NetworkPreset preset = Networks.preset(model != null ? model : onlyOneThatFits(stored, file, notes));
        ModelCard card = ModelCard.plain(preset, classes(preset.config(), stored.tensors(), file));
        if (card.norm() == NormKind.INPLACE && Weights.needBatchNorm(stored.tensors())) {
            notes.add("a scale is negative, so the network is built with batch norm in place of Inplace-ABN");
            return card.withNorm(NormKind.BATCHNORM);
        }
        return card;
    }

    /** The network that the tensors fit, where there is only one. */
    private static String onlyOneThatFits(WeightsFile stored, Path file, List<String> notes) {
        List<String> fitting = Fit.of(stored.tensors()).stream()
                .filter(Fit::isWhole)
                .map(Fit::network)
                .toList();
        if (fitting.size() != 1) {
            throw new BadInputException(file + " does not say which network it belongs to; add --model with one of "
                    + String.join(", ", fitting.isEmpty() ? Networks.names() : fitting));
        }
        notes.add("these are weights of " + fitting.getFirst() + " by their names and shapes");
        return fitting.getFirst();
    }

    private static int classes(NetworkConfig config, Map<String, HostTensor> tensors, Path file) {
        String weight = config.classifier() + ".weight";
        return tensors.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(weight)
                        && entry.getValue().shape().length == 2
                        && entry.getValue().shape()[0] > 0)
                .mapToInt(entry -> Math.toIntExact(entry.getValue().shape()[0]))
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        file + " holds no weights of " + config.name() + ": there is no matrix " + weight));
    }

    /** What was looked through and left out when the weights were read, a sentence each without a full stop. */
    public List<String> notes() {
        return notes;
    }

    /** The network, in evaluation mode. */
    public ImageNetwork network() {
        return network;
    }

    /** What the network computes on. */
    public Backend backend() {
        return backend;
    }

    /** What it was trained for. */
    public ModelCard card() {
        return card;
    }

    /**
     * The {@code top} most probable classes of a picture of any size, the most probable first.
     *
     * @throws BadInputException if the weights are such that there is no answer but NaN
     */
    public List<Guess> classify(Picture picture, int top) {
        float[] pixels = card.prepare(picture).pixels();
        ImageShape shape = card.image();
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(1, shape.channels(), shape.height(), shape.width()), pixels);
            float[] probabilities = Autograd.withoutGradients(
                    () -> Softmax.softmax(network.forward(x)).toArray());
            if (Float.isNaN(probabilities[0])) {
                throw new BadInputException(
                        "with these weights the network's answer is not a number; values in it grow beyond"
                                + " all limits; take other weights");
            }
            return IntStream.range(0, probabilities.length)
                    .mapToObj(label -> new Guess(card.classNames().get(label), probabilities[label]))
                    .sorted(Comparator.comparing(Guess::probability).reversed())
                    .limit(top)
                    .toList();
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
