package dev.squall.data.augment;

import dev.squall.data.Batch;
import dev.squall.data.BatchTransform;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;

/** Applies one of several ways of mixing to each batch, all equally often: images that were mixed once are not mixed again. */
public record OneOf(List<BatchTransform> choices) implements BatchTransform {
    public OneOf {
        choices = List.copyOf(choices);
        if (choices.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to choose from");
        }
    }

    @Override
    public Batch apply(Batch batch, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size())).apply(batch, random);
    }
}
