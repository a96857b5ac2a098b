package dev.squall.tresnet.cli;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import java.util.List;
import org.apache.commons.math3.random.RandomGenerator;

/** Some images of a data set. */
record Chosen(Dataset all, int[] indices) implements Dataset {
    @Override
    public String name() {
        return all.name();
    }

    @Override
    public ImageShape shape() {
        return all.shape();
    }

    @Override
    public List<String> classNames() {
        return all.classNames();
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public int label(int index) {
        return all.label(indices[index]);
    }

    @Override
    public void image(int index, float[] destination, int offset) {
        all.image(indices[index], destination, offset);
    }

    @Override
    public void image(int index, RandomGenerator random, float[] destination, int offset) {
        all.image(indices[index], random, destination, offset);
    }

    @Override
    public String imageName(int index) {
        return all.imageName(indices[index]);
    }

    @Override
    public long checksum(int index) {
        return all.checksum(indices[index]);
    }
}
