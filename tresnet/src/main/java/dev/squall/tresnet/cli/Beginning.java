package dev.squall.tresnet.cli;

import dev.squall.data.image.Interpolation;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.nn.Module;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.NetworkPreset.Preparation;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.StoredNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a training begins with: its settings, the first weights, and how they want images prepared, so that training, evaluation and whoever made
 * the weights agree on that.
 *
 * @param settings all that decides how it goes
 * @param weights those of a new run that does not begin with drawn ones
 * @param origin what describes these weights, or the run to resume; null for a new run from drawn weights
 */
record Beginning(
        TrainSettings settings,
        @Nullable StoredNetwork weights,
        @Nullable ModelCard origin) {
    /**
     * Of a new run.
     *
     * @throws BadInputException if its weights cannot be read, or are not of the network that was asked for
     */
    static Beginning anew(TrainSettings.Request request) {
        boolean noAverage = Boolean.TRUE.equals(request.noAverage());
        if (noAverage && request.weights() == null) {
            throw new BadInputException("--no-ema chooses between the weights in a file; name it with --weights");
        }
        StoredNetwork weights =
                request.weights() == null ? null : StoredNetwork.read(request.weights(), request.model(), !noAverage);
        if (weights != null && weights.card().folded()) {
            throw new BadInputException("the norms of " + weights.file()
                    + " were taken into the convolutions, and without norms it is not trained; begin with the weights from"
                    + " before that");
        }
        return new Beginning(TrainSettings.of(request, weights), weights, weights == null ? null : weights.card());
    }

    /**
     * Of a run to resume.
     *
     * @param texts of its checkpoint or its weights
     * @param file where they are from
     * @throws BadInputException if other settings are asked for than those it was begun with
     */
    static Beginning resumed(TrainSettings.Request request, Map<String, String> texts, Path file) {
        return new Beginning(TrainSettings.resumed(request, texts), null, ModelCard.fromMetadata(texts, file));
    }

    /**
     * Of a worker of several.
     *
     * @param texts the settings of the run, and what describes its network
     * @param isNew whether it begins with the run, and not with a checkpoint
     */
    static Beginning ofMember(Map<String, String> texts, boolean isNew) {
        TrainSettings settings = TrainSettings.resumed(TrainSettings.Request.NOTHING, texts);
        StoredNetwork weights = isNew && !settings.weights().equals(TrainSettings.NONE)
                ? StoredNetwork.read(Path.of(settings.weights()), settings.model(), !settings.noAverage())
                : null;
        return new Beginning(settings, weights, ModelCard.fromMetadata(texts, Path.of("the settings of the run")));
    }

    /** The images, prepared as the weights expect; where there are none yet, pictures as the network's published ones do, and others as suits the data. */
    DataSource openData() {
        NetworkPreset preset = Networks.preset(settings.model());
        Preparation preparation = origin == null
                ? preset.preparation()
                : new Preparation(origin.normalize(), origin.crop(), origin.interpolation());
        DataSource source = DataSources.open(
                settings.data(),
                DataOptions.DEFAULT
                        .withImageSize(settings.imageSize())
                        .withPictureSize(
                                origin == null
                                        ? preset.imageSize()
                                        : origin.image().height())
                        .withCrop(preparation.crop(), preparation.interpolation())
                        .withSplit(settings.validationSplit(), settings.recipe().seed()));
        int channels = source.train().shape().channels();
        if (weights != null && weights.card().image().channels() != channels) {
            throw new BadInputException(weights.file() + " takes images with "
                    + Plural.of(weights.card().image().channels(), "channel") + ", but those of "
                    + settings.data() + " have " + channels + "; choose other data or other weights");
        }
        boolean decides = origin != null || DataSources.arePictures(settings.data());
        return decides && preparation.normalize().mean().size() == channels
                ? source.withNormalize(preparation.normalize())
                : source;
    }

    /** What will be stored with the weights. */
    ModelCard card(DataSource source) {
        NetworkPreset preset = Networks.preset(settings.model());
        Interpolation interpolation = origin == null ? preset.preparation().interpolation() : origin.interpolation();
        return new ModelCard(
                settings.model(),
                source.train().classNames(),
                source.train().shape(),
                source.normalize(),
                source.crop(),
                origin == null ? preset.config().norm() : origin.norm(),
                interpolation);
    }

    /**
     * Gives {@code network} its first values: drawn ones, and over them those that were asked for.
     *
     * @param out told what the weights gave
     */
    void fill(Module network, ModelCard card, Consumer<String> out) {
        network.initialise(settings.recipe().seed());
        if (weights == null) {
            return;
        }
        weights.notes().forEach(note -> out.accept(weights.file() + ": " + note));
        List<String> classNames = card.classNames();
        NetworkConfig config = Networks.config(card);
        if (weights.fill(network, classNames)) {
            out.accept("weights from " + weights.file() + ", its head " + config.classifier() + " for the same "
                    + Plural.of(classNames.size(), "class") + " included");
        } else {
            int known = weights.card().classNames().size();
            String why = !weights.hasHead()
                    ? "has none"
                    : known == classNames.size() ? "is for other classes" : "is for " + Plural.of(known, "class");
            out.accept("weights from " + weights.file() + ", but a new head " + config.classifier() + " for "
                    + Plural.of(classNames.size(), "class") + ": that of the file " + why);
        }
    }
}
