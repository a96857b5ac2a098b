package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import java.util.ArrayList;
import java.util.List;

/**
 * A data set as one trains on it.
 *
 * @param name what the user calls it: {@code sample}, {@code fashion-mnist}, {@code mnist} or {@code cifar10}
 * @param train the images to learn from
 * @param test the images to measure with
 * @param augmentation the random changes that suit these images, before normalisation
 * @param normalize what every image passes through last, in training and after
 */
public record DataSource(String name, Dataset train, Dataset test, List<Transform> augmentation, Normalize normalize) {
    public DataSource {
        augmentation = List.copyOf(augmentation);
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
