package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.Shape;
import java.util.Arrays;

/**
 * One value for each channel, or for each image and channel, in whole blocks of 16: lanes beyond the last channel are
 * zero.
 *
 * @param values [images, blocks, 16]
 * @param images N, or 1 if all images share the values
 * @param blocks channel blocks
 */
public record ChannelValues(float[] values, int images, int blocks) {

    /** The values of {@code [C]}, {@code [N, C]} or {@code [N, C, 1, 1]}. */
    public static ChannelValues read(JvmStorage storage) {
        Shape shape = storage.shape();
        int channels = shape.channels();
        int images = shape.elements() / channels;
        int blocks = BlockedLayout.blocksOf(channels);
        int stride = blocks * BlockedLayout.BLOCK;
        float[] values = new float[images * stride];
        for (int p = 0; p < images * blocks && storage.isBlocked(); p++) {
            Lanes.readBlock(storage.address() + storage.layout().plane(p), values, p * BlockedLayout.BLOCK);
        }
        for (int n = 0; n < images && !storage.isBlocked(); n++) {
            Lanes.read(storage.address() + (long) n * channels * Float.BYTES, values, n * stride, channels);
        }
        return new ChannelValues(values, images, blocks);
    }

    /** Writes [images, blocks, 16] doubles to {@code [C]}, {@code [N, C]} or {@code [N, C, 1, 1]}. */
    public static void write(double[] values, JvmStorage storage) {
        write(values, 1, storage);
    }

    /** The same, each times {@code factor}. */
    public static void write(double[] values, double factor, JvmStorage storage) {
        Shape shape = storage.shape();
        int channels = shape.channels();
        int images = shape.elements() / channels;
        int stride = BlockedLayout.blocksOf(channels) * BlockedLayout.BLOCK;
        float[] floats = new float[images * stride];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (values[i] * factor);
        }
        for (int p = 0; p < floats.length / BlockedLayout.BLOCK && storage.isBlocked(); p++) {
            Lanes.writeBlock(storage.address() + storage.layout().plane(p), floats, p * BlockedLayout.BLOCK);
        }
        for (int n = 0; n < images && !storage.isBlocked(); n++) {
            Lanes.write(storage.address() + (long) n * channels * Float.BYTES, floats, n * stride, channels);
        }
    }

    /** Where the 16 values of a block lie. */
    public int at(int image, int block) {
        return ((images == 1 ? 0 : image) * blocks + block) * BlockedLayout.BLOCK;
    }

    /** Sums [images, planeValues] in the order of images: the partial sums of planes to sums over the batch. */
    public static double[] sumImages(double[] perImage, int images) {
        double[] sums = Arrays.copyOf(perImage, perImage.length / images);
        for (int i = sums.length; i < perImage.length; i++) {
            sums[i % sums.length] += perImage[i];
        }
        return sums;
    }
}
