package dev.squall.data;

import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/** Images held in memory as the bytes they came in: value {@code b} stands for {@code b / 255}. */
public final class ByteImageDataset implements Dataset {
    private final String name;
    private final ImageShape shape;
    private final List<String> classNames;
    private final byte[] pixels;
    private final byte[] labels;

    /**
     * @param pixels the images, NCHW; not copied, so the caller must let go of it
     * @param labels one class per image; not copied
     * @throws IllegalArgumentException if the lengths do not belong together or a label is out of range
     */
    public ByteImageDataset(String name, ImageShape shape, List<String> classNames, byte[] pixels, byte[] labels) {
        if (pixels.length != (long) labels.length * shape.elements()) {
            throw new IllegalArgumentException("%s: %d labels need %d bytes of %s images, but there are %d"
                    .formatted(name, labels.length, (long) labels.length * shape.elements(), shape, pixels.length));
        }
        for (int i = 0; i < labels.length; i++) {
            int label = Byte.toUnsignedInt(labels[i]);
            if (label >= classNames.size()) {
                throw new IllegalArgumentException("%s: label %d of image %d is out of range, expected 0 to %d"
                        .formatted(name, label, i, classNames.size() - 1));
            }
        }
        this.name = name;
        this.shape = shape;
        this.classNames = List.copyOf(classNames);
        this.pixels = pixels;
        this.labels = labels;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ImageShape shape() {
        return shape;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int index) {
        return Byte.toUnsignedInt(labels[index]);
    }

    @Override
    public void image(int index, float[] destination, int offset) {
        Objects.checkIndex(index, size());
        int elements = shape.elements();
        int start = index * elements;
        for (int i = 0; i < elements; i++) {
            destination[offset + i] = Byte.toUnsignedInt(pixels[start + i]) / 255f;
        }
    }

    @Override
    public long checksum(int index) {
        CRC32C crc = new CRC32C();
        crc.update(pixels, index * shape.elements(), shape.elements());
        return crc.getValue();
    }
}
