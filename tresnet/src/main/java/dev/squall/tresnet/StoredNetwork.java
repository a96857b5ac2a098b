package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.error.Excerpt;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.WeightsFile;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The weights in a file, and the network that they belong to.
 *
 * @param file where they lie
 * @param card the network, as the file describes it, or as it is found by names and shapes
 * @param hasHead whether the classifier is among the weights; without one, the card's classes are the network's usual ones
 * @param tensors by the names that they have in the file
 * @param metadata all texts beside them
 * @param notes what was looked through and found out when they were read, a sentence each without a full stop
 */
public record StoredNetwork(
        Path file,
        ModelCard card,
        boolean hasHead,
        Map<String, HostTensor> tensors,
        Map<String, String> metadata,
        List<String> notes) {
    private static final String COUNTER = "num_batches_tracked";

    public StoredNetwork {
        notes = List.copyOf(notes);
    }

    /**
     * Reads a file of any kind that {@link WeightsFile} reads.
     *
     * @param model the network; needed, and only used, if the file does not say it itself
     * @throws BadInputException if the file is missing or damaged, holds values that are not finite, or belongs to no network or another one
     */
    public static StoredNetwork read(Path file, @Nullable String model) {
        return read(file, model, true);
    }

    /**
     * The same, with or without a moving average.
     *
     * @param preferAverage whether to take a moving average of the weights where the file holds one beside them
     */
    public static StoredNetwork read(Path file, @Nullable String model, boolean preferAverage) {
        return of(file, WeightsFile.read(file, preferAverage), model);
    }

    /**
     * Of what a file held.
     *
     * @throws BadInputException as above
     */
    public static StoredNetwork of(Path file, WeightsFile stored, @Nullable String model) {
        requireFinite(stored.tensors(), file);
        List<String> notes = new ArrayList<>(stored.notes());
        if (ModelCard.isIn(stored.metadata())) {
            ModelCard card = ModelCard.fromMetadata(stored.metadata(), file);
            if (model != null && !model.equals(card.model())) {
                throw new BadInputException(file + " holds weights of " + card.model() + ", not of " + model);
            }
            return new StoredNetwork(file, card, true, stored.tensors(), stored.metadata(), notes);
        }
        Map<String, HostTensor> tensors = Fit.withoutPrefix(stored.tensors(), notes);
        NetworkPreset preset = Networks.preset(model != null ? model : onlyOneThatFits(tensors, file, notes));
        OptionalInt classes = classes(preset.config(), tensors);
        Optional<Fit> fit = Fit.of(preset.config(), tensors);
        int channels = fit.map(Fit::inputChannels).orElse(preset.config().inputChannels());
        ModelCard card = ModelCard.plain(preset, classes.orElse(preset.config().classes()), channels);
        if (classes.isPresent() && card.classNames().equals(ImageNetClasses.names())) {
            notes.add("it does not say what its " + card.classNames().size()
                    + " classes are, so that they are taken for those of ImageNet");
        }
        if (fit.map(Fit::folded).orElse(false)) {
            notes.add("there are no norms: they were taken into the convolutions");
            card = card.asFolded();
        } else if (card.norm() == NormKind.INPLACE && Weights.needBatchNorm(tensors)) {
            notes.add("a scale is negative, so the network is built with batch norm in place of Inplace-ABN");
            card = card.withNorm(NormKind.BATCHNORM);
        }
        return new StoredNetwork(file, card, classes.isPresent(), tensors, stored.metadata(), notes);
    }

    /** A counter that was cast to half precision may have become infinite, which does no harm; anything else would make every answer NaN. */
    private static void requireFinite(Map<String, HostTensor> tensors, Path file) {
        tensors.entrySet().parallelStream()
                .filter(entry ->
                        !entry.getKey().endsWith(COUNTER) && !entry.getValue().isFinite())
                .findFirst()
                .ifPresent(entry -> {
                    throw new BadInputException("the weights in " + file
                            + " are not finite: there is a NaN or an infinity in " + Excerpt.of(entry.getKey())
                            + "; take weights from before that, or train with a lower learning rate");
                });
    }

    /** The network that the tensors fit, where there is only one. */
    private static String onlyOneThatFits(Map<String, HostTensor> tensors, Path file, List<String> notes) {
        List<String> fitting =
                Fit.of(tensors).stream().filter(Fit::isWhole).map(Fit::network).toList();
        if (fitting.size() != 1) {
            throw new BadInputException(file + " does not say which network it belongs to; add --model with one of "
                    + String.join(", ", fitting.isEmpty() ? Networks.names() : fitting));
        }
        notes.add("these are weights of " + fitting.getFirst() + " by their names and shapes");
        return fitting.getFirst();
    }

    private static OptionalInt classes(NetworkConfig config, Map<String, HostTensor> tensors) {
        String weight = config.classifier() + ".weight";
        return tensors.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(weight))
                .flatMapToInt(entry -> Fit.classes(entry.getValue()).stream())
                .findFirst();
    }

    /**
     * Fills a network that is as the card says.
     *
     * @throws BadInputException if the weights do not fit; nothing is filled then
     */
    public void fill(Module network) {
        Weights.load(network, tensors, card.norm(), file.toString());
    }

    /**
     * Whether the classifier of these weights is one for {@code classNames}: they know as many classes, and none of them by another name.
     */
    public boolean knows(List<String> classNames) {
        return hasHead
                && card.classNames().size() == classNames.size()
                && card.otherwiseNamed(classNames).isEmpty();
    }

    /**
     * Fills a network for {@code classNames} and otherwise as the card says; its classifier stays as it is if these weights have none for them.
     *
     * @return whether the classifier was filled, too
     * @throws BadInputException if the other weights do not fit; nothing is filled then
     */
    public boolean fill(Module network, List<String> classNames) {
        if (knows(classNames)) {
            fill(network);
            return true;
        }
        Map<String, HostTensor> state =
                new LinkedHashMap<>(Weights.renamed(network, tensors, card.norm(), file.toString()));
        Map<String, HostTensor> own = StateDict.of(network);
        String classifier = Networks.preset(card.model()).config().classifier();
        for (String part : List.of(classifier + ".weight", classifier + ".bias")) {
            state.put(part, Objects.requireNonNull(own.get(part), part));
        }
        StateDict.load(network, state, file.toString());
        return false;
    }

    /** The network that {@code as} describes on {@code backend}, filled. */
    ImageNetwork build(Backend backend, ModelCard as) {
        ImageNetwork network = Networks.config(as).build(backend);
        try {
            if (as.folded()) {
                ConvAbn.foldNorms(network);
            }
            fill(network);
        } catch (BadInputException e) {
            network.close();
            throw e;
        }
        return network;
    }
}
