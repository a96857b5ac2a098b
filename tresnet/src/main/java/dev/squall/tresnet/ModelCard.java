package dev.squall.tresnet;

import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import dev.squall.data.image.Image;
import dev.squall.data.image.Interpolation;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import dev.squall.nn.NormKind;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What one must know beside the weights to use them. It travels in the metadata of the safetensors file.
 *
 * @param model the network's name
 * @param classNames by label
 * @param image the images that it was trained on
 * @param normalize what is done to their values in [0, 1]
 * @param crop which part of a picture's shorter side is looked at, from above 0 to 1
 * @param norm what follows each convolution
 * @param interpolation how pictures are resized
 * @param folded whether the norms were taken into the convolutions for good
 */
public record ModelCard(
        String model,
        List<String> classNames,
        ImageShape image,
        Normalize normalize,
        double crop,
        NormKind norm,
        Interpolation interpolation,
        boolean folded) {
    private static final String MODEL = "model";
    private static final String CLASSES = "classes";
    private static final String IMAGE = "image";
    private static final String MEAN = "mean";
    private static final String STD = "std";
    private static final String CROP = "crop";
    private static final String NORM = "norm";

    /** May be missing: older cards are of networks whose pictures were resized bilinearly. */
    private static final String INTERPOLATION = "interpolation";

    /** Only there if it is true. */
    private static final String FOLDED = "folded";

    /** Of an image, in pixels. */
    private static final int LARGEST_SIDE = 16_384;

    /** A smaller part of a picture shows nothing of it. */
    private static final double LEAST_CROP = 0.1;

    private static final int MOST_CHANNELS = 1024;
    private static final int MOST_CLASSES = 1_000_000;

    private static final JsonFactory JSON = new JsonFactory();

    /**
     * @throws IllegalArgumentException if the parts do not make a network and its images: no classes, a crop that is none, sides or classes
     *     beyond the limits, or another number of means than of channels
     */
    public ModelCard {
        classNames = List.copyOf(classNames);
        require(!classNames.isEmpty() && classNames.size() <= MOST_CLASSES, classNames.size() + " classes");
        require(crop >= LEAST_CROP && crop <= 1, "a crop of " + crop);
        require(
                Math.max(image.height(), image.width()) <= LARGEST_SIDE && image.channels() <= MOST_CHANNELS,
                "images of " + image);
        require(
                normalize.mean().size() == image.channels(),
                normalize.mean().size() + " means for images of " + image.channels() + " channels");
        require(
                Stream.of(normalize.mean(), normalize.std())
                        .flatMap(List::stream)
                        .allMatch(Float::isFinite),
                "a mean or standard deviation that is not finite");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException("there cannot be " + otherwise);
        }
    }

    /** With norms. */
    public ModelCard(
            String model,
            List<String> classNames,
            ImageShape image,
            Normalize normalize,
            double crop,
            NormKind norm,
            Interpolation interpolation) {
        this(model, classNames, image, normalize, crop, norm, interpolation, false);
    }

    /** With bilinear interpolation. */
    public ModelCard(
            String model, List<String> classNames, ImageShape image, Normalize normalize, double crop, NormKind norm) {
        this(model, classNames, image, normalize, crop, norm, Interpolation.BILINEAR);
    }

    /**
     * For weights that come without one: the network's usual images, prepared as for its published weights, and classes without names, or if
     * there are as many as ImageNet has, with those.
     */
    static ModelCard plain(NetworkPreset preset, int classes, int channels) {
        Normalize usual = preset.preparation().normalize();
        return new ModelCard(
                preset.name(),
                classes == ImageNetClasses.names().size()
                        ? ImageNetClasses.names()
                        : IntStream.range(0, classes)
                                .mapToObj(label -> "class " + label)
                                .toList(),
                new ImageShape(channels, preset.imageSize(), preset.imageSize()),
                usual.mean().size() == channels ? usual : Normalize.identity(channels),
                preset.preparation().crop(),
                preset.config().norm(),
                preset.preparation().interpolation());
    }

    /** The same for images of another shape. */
    ModelCard withImage(ImageShape image) {
        return new ModelCard(model, classNames, image, normalize, crop, norm, interpolation, folded);
    }

    /**
     * The same with other names of the classes.
     *
     * @throws IllegalArgumentException if there are more or fewer
     */
    public ModelCard withClassNames(List<String> classNames) {
        require(classNames.size() == this.classNames.size(), classNames.size() + " names of " + this.classNames.size());
        return new ModelCard(model, classNames, image, normalize, crop, norm, interpolation, folded);
    }

    /**
     * The first class that is known here by another name than in {@code names}, which are as many. One without a name may be any, and those
     * of ImageNet may have the names of its directories.
     */
    public OptionalInt otherwiseNamed(List<String> names) {
        if (classNames.equals(ImageNetClasses.names()) && ImageNetClasses.areDirectories(names)) {
            return OptionalInt.empty();
        }
        return IntStream.range(0, classNames.size())
                .filter(label -> !classNames.get(label).equals(names.get(label))
                        && !classNames.get(label).equals("class " + label))
                .findFirst();
    }

    /** The same for a network with another norm. */
    public ModelCard withNorm(NormKind norm) {
        return new ModelCard(model, classNames, image, normalize, crop, norm, interpolation, folded);
    }

    /** The same for a network whose norms were taken into the convolutions. */
    public ModelCard asFolded() {
        return new ModelCard(model, classNames, image, normalize, crop, norm, interpolation, true);
    }

    /** What the network is given for {@code picture}, which may have any size and 1 or 3 channels. */
    public Image prepare(Picture picture) {
        Image cropped = picture.fit(image, crop, interpolation);
        float[] values = cropped.pixels().clone();
        normalize.apply(values, image);
        return new Image(image, values);
    }

    /** As texts for a file's metadata. */
    public Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(MODEL, model);
        metadata.put(CLASSES, list(classNames, JsonGenerator::writeString));
        metadata.put(IMAGE, list(List.of(image.channels(), image.height(), image.width()), JsonGenerator::writeNumber));
        metadata.put(MEAN, list(normalize.mean(), JsonGenerator::writeNumber));
        metadata.put(STD, list(normalize.std(), JsonGenerator::writeNumber));
        metadata.put(CROP, Double.toString(crop));
        metadata.put(NORM, norm.name().toLowerCase(Locale.ROOT));
        metadata.put(INTERPOLATION, interpolation.toString());
        if (folded) {
            metadata.put(FOLDED, "true");
        }
        return Collections.unmodifiableMap(metadata);
    }

    /** Whether {@code metadata} holds a card. */
    public static boolean isIn(Map<String, String> metadata) {
        return metadata.keySet().containsAll(List.of(MODEL, CLASSES, IMAGE, MEAN, STD, CROP, NORM));
    }

    /**
     * The card in {@code file}'s metadata.
     *
     * @throws BadInputException if it is damaged
     */
    public static ModelCard fromMetadata(Map<String, String> metadata, Path file) {
        try {
            List<Integer> image = list(metadata, IMAGE, "whole numbers", JsonParser::getIntValue);
            require(image.size() == 3, "an image of " + image.size() + " extents");
            String norm = metadata.getOrDefault(NORM, "").toUpperCase(Locale.ROOT);
            require(
                    Arrays.stream(NormKind.values())
                            .anyMatch(kind -> kind.name().equals(norm)),
                    "a norm called '" + metadata.get(NORM) + "'");
            String model = metadata.getOrDefault(MODEL, "");
            require(Networks.names().contains(model), "a network called '" + model + "'");
            return new ModelCard(
                    model,
                    list(metadata, CLASSES, "names", JsonParser::getString),
                    new ImageShape(image.get(0), image.get(1), image.get(2)),
                    new Normalize(
                            list(metadata, MEAN, "numbers", JsonParser::getFloatValue),
                            list(metadata, STD, "numbers", JsonParser::getFloatValue)),
                    crop(metadata.getOrDefault(CROP, "")),
                    NormKind.valueOf(norm),
                    Interpolation.named(metadata.getOrDefault(INTERPOLATION, "bilinear")),
                    Boolean.parseBoolean(metadata.get(FOLDED)));
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    "the description of the network in " + file + " is damaged: " + e.getMessage(), e);
        }
    }

    private static double crop(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("there cannot be a crop of '" + text + "'", e);
        }
    }

    private static <T> String list(List<T> values, BiConsumer<JsonGenerator, T> write) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartArray();
            values.forEach(value -> write.accept(json, value));
            json.writeEndArray();
        }
        return text.toString();
    }

    private static <T> List<T> list(
            Map<String, String> metadata, String key, String what, Function<JsonParser, T> read) {
        List<T> values = new ArrayList<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), metadata.getOrDefault(key, ""))) {
            boolean isList = json.nextToken() == JsonToken.START_ARRAY;
            while (isList && json.nextToken() != JsonToken.END_ARRAY) {
                isList = json.currentToken().isScalarValue();
                isList &= !what.startsWith("whole") || json.currentToken() == JsonToken.VALUE_NUMBER_INT;
                values.add(read.apply(json));
            }
            require(isList, "no list of " + what);
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IllegalArgumentException(key + " is no list of " + what, e);
        }
        return values;
    }
}
