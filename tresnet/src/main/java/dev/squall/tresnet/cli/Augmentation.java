package dev.squall.tresnet.cli;

import dev.squall.data.BatchTransform;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.data.augment.ColourJitter;
import dev.squall.data.augment.CutMix;
import dev.squall.data.augment.Cutout;
import dev.squall.data.augment.Mixup;
import dev.squall.data.augment.OneOf;
import dev.squall.data.augment.RandAugment;
import dev.squall.data.augment.RandomErasing;
import dev.squall.data.source.DataSource;
import dev.squall.error.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How training images are changed at random, beside what a data set brings itself. Nothing, if nothing is said. */
final class Augmentation implements Ranged {
    /** Of the options. */
    static final Set<String> NAMES = Set.of(
            "rand-augment", "color-jitter", "random-erasing", "cutout", "mixup", "cutmix", "repeated-augmentation");

    private static final int MOST_REPEATS = 16;
    private static final int CHANGES = 2;
    private static final double MOST_JITTER = 10;

    /** Shares from Beta(ALPHA, ALPHA) are all 0 or 1 below it, and all a half above the other. */
    private static final double LEAST_ALPHA = 1e-3;

    private static final double MOST_ALPHA = 1000;

    @Option(
            names = "--rand-augment",
            paramLabel = "M",
            description =
                    "Two of fourteen changes of each training image, of magnitude M, 0 to 30; 9 is usual (default: none).")
    private @Nullable Integer randAugment;

    @Option(
            names = "--color-jitter",
            paramLabel = "X",
            description = "Change brightness, contrast and saturation by factors of 1-X to 1+X (default: not).")
    private @Nullable Double colourJitter;

    @Option(
            names = "--random-erasing",
            paramLabel = "P",
            description = "Replace a rectangle of a training image by noise, with probability P (default: not).")
    private @Nullable Double randomErasing;

    @Option(
            names = "--cutout",
            paramLabel = "N",
            description =
                    "Clear a square of N pixels a side at a random place of each training image; half of the image's side is usual (default: not).")
    private @Nullable Integer cutout;

    @Option(
            names = "--mixup",
            paramLabel = "ALPHA",
            description = "Lay pairs of images over each other, in shares from Beta(ALPHA, ALPHA) (default: not).")
    private @Nullable Double mixup;

    @Option(
            names = "--cutmix",
            paramLabel = "ALPHA",
            description =
                    "Put a part of one image into another, its area from Beta(ALPHA, ALPHA); with --mixup, half of the batches each (default: not).")
    private @Nullable Double cutMix;

    @Option(
            names = "--repeated-augmentation",
            paramLabel = "N",
            description =
                    "Take each image N times in a row, changed in N ways, and so fewer different ones (default: 1).")
    private @Nullable Integer repeats;

    /** Names the options that were said, with their values, so that two that are equal change images equally. */
    String text() {
        StringBuilder text = new StringBuilder();
        append(text, "rand-augment", randAugment);
        append(text, "color-jitter", colourJitter);
        append(text, "random-erasing", randomErasing);
        append(text, "cutout", cutout);
        append(text, "mixup", mixup);
        append(text, "cutmix", cutMix);
        append(text, "repeated-augmentation", repeats);
        return text.isEmpty() ? "none" : text.toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(text.isEmpty() ? "" : " ").append(name).append('=').append(value);
        }
    }

    @Override
    public void requireRanges() {
        if (randAugment != null) {
            Arguments.within("--rand-augment", randAugment, 0, RandAugment.STRONGEST);
        }
        Arguments.within("--color-jitter", colourJitter, 0, MOST_JITTER);
        Arguments.within("--random-erasing", randomErasing, 0, 1);
        if (cutout != null) {
            Arguments.within("--cutout", cutout, 1, Arguments.LARGEST_SIDE);
        }
        Arguments.within("--mixup", mixup, LEAST_ALPHA, MOST_ALPHA);
        Arguments.within("--cutmix", cutMix, LEAST_ALPHA, MOST_ALPHA);
        if (repeats != null) {
            Arguments.within("--repeated-augmentation", repeats, 1, MOST_REPEATS);
        }
    }

    /** Whether any option was said. */
    boolean isSaid() {
        return !text().equals("none");
    }

    /**
     * The augmentation that {@link #text} has named.
     *
     * @throws IllegalArgumentException if that is damaged
     */
    static Augmentation of(String text) {
        Augmentation augmentation = new Augmentation();
        if (text.equals("none")) {
            return augmentation;
        }
        for (String option : text.split(" ")) {
            String[] parts = option.split("=", 2);
            augmentation.set(parts[0], parts.length == 2 ? parts[1] : "");
        }
        return augmentation;
    }

    private void set(String name, String value) {
        switch (name) {
            case "rand-augment" -> randAugment = Integer.valueOf(value);
            case "color-jitter" -> colourJitter = Double.valueOf(value);
            case "random-erasing" -> randomErasing = Double.valueOf(value);
            case "cutout" -> cutout = Integer.valueOf(value);
            case "mixup" -> mixup = Double.valueOf(value);
            case "cutmix" -> cutMix = Double.valueOf(value);
            case "repeated-augmentation" -> repeats = Integer.valueOf(value);
            default -> throw new IllegalArgumentException("there is no augmentation called '" + name + "'");
        }
    }

    /**
     * What was said, and where nothing was, what {@code file} says, as {@link #text}; null if neither says anything.
     *
     * @throws BadInputException if a value is no number
     */
    @Nullable
    String textWith(SettingsFile file) {
        Augmentation both = new Augmentation();
        file.augmentation().forEach((name, value) -> {
            try {
                both.set(name, value);
            } catch (NumberFormatException e) {
                throw new BadInputException(file.source() + ": " + name + " must be a number, not '" + value + "'", e);
            }
        });
        if (isSaid()) {
            for (String option : text().split(" ")) {
                String[] parts = option.split("=", 2);
                both.set(parts[0], parts[1]);
            }
        }
        return both.isSaid() ? both.text() : null;
    }

    /** Changes of each image: the data set's own, these, and normalisation; behind it only cutout. */
    List<Transform> transforms(DataSource source) {
        return transforms(source, source.normalize());
    }

    /** The same with another normalisation, such as none for images to be looked at. */
    List<Transform> transforms(DataSource source, Normalize normalize) {
        List<Transform> all = new ArrayList<>(source.augmentation());
        if (randAugment != null) {
            all.add(new RandAugment(CHANGES, randAugment));
        }
        if (colourJitter != null) {
            all.add(ColourJitter.of(colourJitter));
        }
        if (randomErasing != null) {
            all.add(new RandomErasing(randomErasing));
        }
        all.add(normalize);
        if (cutout != null) {
            // Behind the normalisation, as its authors do it: what is cleared becomes the mean, not black.
            all.add(new Cutout(1, cutout));
        }
        return all;
    }

    /** Changes of each batch. */
    List<BatchTransform> batchTransforms() {
        List<BatchTransform> choices = new ArrayList<>();
        if (mixup != null) {
            choices.add(new Mixup(mixup));
        }
        if (cutMix != null) {
            choices.add(new CutMix(cutMix));
        }
        return choices.isEmpty() ? List.of() : List.of(new OneOf(choices));
    }

    int repeats() {
        return repeats == null ? 1 : repeats;
    }
}
