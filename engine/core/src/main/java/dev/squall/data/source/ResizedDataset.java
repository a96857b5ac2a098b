package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.image.Image;
import dev.squall.data.image.Interpolation;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * A data set whose images are resized to squares, by the middle of them if they are none.
 *
 * @param images those resized
 * @param side of the squares, in pixels
 */
record ResizedDataset(Dataset images, int side, Interpolation interpolation) implements Dataset {
    @Override
    public String name() {
        return images.name();
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(images.shape().channels(), side, side);
    }

    @Override
    public List<String> classNames() {
        return images.classNames();
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int label(int index) {
        return images.label(index);
    }

    @Override
    public void image(int index, float[] destination, int offset) {
        float[] values = new float[images.shape().elements()];
        images.image(index, values, 0);
        resize(values, destination, offset);
    }

    @Override
    public void image(int index, RandomGenerator random, float[] destination, int offset) {
        float[] values = new float[images.shape().elements()];
        images.image(index, random, values, 0);
        resize(values, destination, offset);
    }

    @Override
    public boolean skip(int index, BadInputException why) {
        return images.skip(index, why);
    }

    @Override
    public String imageName(int index) {
        return images.imageName(index);
    }

    @Override
    public long checksum(int index) {
        return images.checksum(index);
    }

    private void resize(float[] values, float[] destination, int offset) {
        Image resized = Picture.of(new Image(images.shape(), values)).fit(shape(), 1, interpolation);
        System.arraycopy(resized.pixels(), 0, destination, offset, resized.pixels().length);
    }
}
