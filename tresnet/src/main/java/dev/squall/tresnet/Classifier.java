package dev.squall.tresnet;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.op.Softmax;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A trained network with all that is needed to classify pictures. */
public final class Classifier implements AutoCloseable {
    private final Backend backend;
    private final ImageNetwork network;
    private ModelCard card;
    private final Map<String, String> metadata;
    private final List<String> notes;

    private Classifier(
            Backend backend, ImageNetwork network, ModelCard card, Map<String, String> metadata, List<String> notes) {
        this.backend = backend;
        this.network = network;
        this.card = card;
        this.metadata = Map.copyOf(metadata);
        this.notes = List.copyOf(notes);
    }

    /**
     * A class and how probable it is.
     *
     * @param label the class
     * @param name of the class
     * @param probability from 0 to 1
     */
    public record Guess(int label, String name, float probability) {}

    /**
     * Loads the weights in a file as {@link StoredNetwork#read} does.
     *
     * @param model the network; needed, and only used, if the file does not say it itself
     * @param imageSize the side to which pictures are scaled; null for that of the training or the network's usual one
     * @throws BadInputException if the file is missing or damaged, or does not fit the network
     */
    public static Classifier open(Backend backend, Path file, @Nullable String model, @Nullable Integer imageSize) {
        return open(backend, StoredNetwork.read(file, model), imageSize);
    }

    /**
     * With weights that have been read.
     *
     * @param imageSize as above
     * @throws BadInputException if they do not fit the network
     */
    public static Classifier open(Backend backend, StoredNetwork stored, @Nullable Integer imageSize) {
        ModelCard card = stored.card();
        if (!stored.hasHead()) {
            throw new BadInputException(
                    stored.file() + " holds no weights of " + card.model() + " that classify: there is no matrix "
                            + Networks.preset(card.model()).config().classifier() + ".weight");
        }
        if (imageSize != null) {
            card = card.withImage(new ImageShape(card.image().channels(), imageSize, imageSize));
        }
        Networks.config(card)
                .requireImageSize(card.image().height(), card.image().width());
        ImageNetwork network = stored.build(backend, card);
        network.eval();
        return new Classifier(backend, network, card, stored.metadata(), stored.notes());
    }

    /**
     * Gives the classes other names.
     *
     * @throws IllegalArgumentException if there are more or fewer
     */
    public void rename(List<String> classNames) {
        card = card.withClassNames(classNames);
    }

    /** All texts that lie beside the weights. */
    public Map<String, String> metadata() {
        return metadata;
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
        return classify(List.of(card.prepare(picture)), top).getFirst();
    }

    /**
     * The same for several images at once, in their order.
     *
     * @param images what {@link ModelCard#prepare} has made of pictures
     */
    public List<List<Guess>> classify(List<Image> images, int top) {
        return probabilities(images).stream()
                .map(probabilities -> guesses(probabilities, top))
                .toList();
    }

    /**
     * How probable each class is, by its label, for several images at once, in their order. They may be NaN, see {@link #guesses}.
     *
     * @param images what {@link ModelCard#prepare} has made of pictures
     */
    public List<float[]> probabilities(List<Image> images) {
        try (Scope _ = Scope.open()) {
            Tensor x = tensor(images);
            float[] all = Autograd.withoutGradients(
                    () -> Softmax.softmax(network.forward(x)).toArray());
            int classes = all.length / images.size();
            return IntStream.range(0, images.size())
                    .mapToObj(n -> Arrays.copyOfRange(all, n * classes, (n + 1) * classes))
                    .toList();
        }
    }

    /**
     * Images as the network takes them, (N, channels, height, width), in the scope that is open.
     *
     * @param images what {@link ModelCard#prepare} has made of pictures
     */
    public Tensor tensor(List<Image> images) {
        ImageShape shape = card.image();
        float[] pixels = new float[Math.multiplyExact(images.size(), shape.elements())];
        for (int n = 0; n < images.size(); n++) {
            System.arraycopy(images.get(n).pixels(), 0, pixels, n * shape.elements(), shape.elements());
        }
        return Tensor.fromArray(
                backend, Shape.of(images.size(), shape.channels(), shape.height(), shape.width()), pixels);
    }

    /**
     * The {@code top} most probable classes, the most probable first.
     *
     * @param probabilities by label
     * @throws BadInputException if one is NaN, which is the weights' fault
     */
    public List<Guess> guesses(float[] probabilities, int top) {
        if (IntStream.range(0, probabilities.length).anyMatch(label -> Float.isNaN(probabilities[label]))) {
            throw new BadInputException(
                    "with these weights the network's answer is not a number; values in it grow beyond"
                            + " all limits; take other weights");
        }
        return IntStream.range(0, probabilities.length)
                .mapToObj(label -> new Guess(label, card.classNames().get(label), probabilities[label]))
                .sorted(Comparator.comparing(Guess::probability).reversed())
                .limit(top)
                .toList();
    }

    @Override
    public void close() {
        network.close();
    }
}
