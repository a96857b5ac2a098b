package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.error.BadInputException;
import java.util.ArrayList;
import java.util.List;

/**
 * A data set as one trains on it.
 *
 * @param name what the user calls it, such as {@code sample} or {@code cifar10}
 * @param train the images to learn from
 * @param test the images to measure with
 * @param augmentation the random changes that suit these images, before normalisation
 * @param normalize what every image passes through last, in training and after
 * @param crop the part of a picture's shorter side that is shown in evaluation; 1 for data sets whose images have one size
 * @param skipped what was left out because it could not be read, while being read also later
 */
public record DataSource(
        String name,
        Dataset train,
        Dataset test,
        List<Transform> augmentation,
        Normalize normalize,
        double crop,
        SkippedFiles skipped) {
    public DataSource {
        augmentation = List.copyOf(augmentation);
        if (!train.shape().equals(test.shape())) {
            throw new BadInputException(
                    "the training images of %s are %s, but its test images are %s; make them equal in size"
                            .formatted(name, train.shape(), test.shape()));
        }
    }

    /** Of a data set whose images have one size, and can all be read. */
    DataSource(String name, Dataset train, Dataset test, List<Transform> augmentation, Normalize normalize) {
        this(name, train, test, augmentation, normalize, 1, new SkippedFiles());
    }

    /** The same images, normalised in another way. */
    public DataSource withNormalize(Normalize normalize) {
        return new DataSource(name, train, test, augmentation, normalize, crop, skipped);
    }

    /** Augmentation, then normalisation. */
    public List<Transform> trainTransforms() {
        List<Transform> all = new ArrayList<>(augmentation);
        all.add(normalize);
        return List.copyOf(all);
    }

    /** Normalisation alone. */
    public List<Transform> testTransforms() {
        return List.of(normalize);
    }
}
