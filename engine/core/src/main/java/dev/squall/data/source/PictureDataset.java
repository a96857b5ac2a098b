package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.data.augment.RandomResizedCrop;
import dev.squall.data.image.Image;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.apache.commons.math3.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Picture files of any size and format, each with a class, as images of one size in colour.
 *
 * <p>Files are decoded when they are asked for. Decoded pictures are kept as long as there is room in the cache that is
 * allowed for them; what an image becomes does not depend on it.
 */
final class PictureDataset implements Dataset {
    private static final int CHANNELS = 3;

    private final String name;
    private final ImageShape shape;
    private final List<String> classNames;
    private final List<Entry> entries;
    private final DataOptions options;
    private final @Nullable RandomResizedCrop crop;
    private final SkippedFiles skipped;
    private final AtomicReferenceArray<@Nullable Picture> cache;
    private final AtomicLong room;

    /** A file and its class. */
    record Entry(Path file, int label) {}

    /**
     * @param crop how a part of a picture is chosen in training; null to show always what evaluation shows
     * @param skipped is told of files that cannot be read
     * @param room how many bytes of decoded pictures may still be kept, by this data set and others that share it
     */
    PictureDataset(
            String name,
            List<String> classNames,
            List<Entry> entries,
            DataOptions options,
            @Nullable RandomResizedCrop crop,
            SkippedFiles skipped,
            AtomicLong room) {
        this.name = name;
        this.shape = new ImageShape(CHANNELS, options.side(), options.side());
        this.classNames = List.copyOf(classNames);
        this.entries = List.copyOf(entries);
        this.options = options;
        this.crop = crop;
        this.skipped = skipped;
        this.cache = new AtomicReferenceArray<>(entries.size());
        this.room = room;
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
        return entries.size();
    }

    @Override
    public int label(int index) {
        return entries.get(index).label();
    }

    @Override
    public String imageName(int index) {
        return entries.get(index).file().toString();
    }

    /** Of the file's name and length: to read all pictures of a large set takes longer than an epoch of a small network. */
    @Override
    public long checksum(int index) {
        Path file = entries.get(index).file();
        CRC32C crc = new CRC32C();
        crc.update(String.valueOf(file.getFileName()).getBytes(StandardCharsets.UTF_8));
        long length;
        try {
            length = Files.size(file);
        } catch (IOException e) {
            // Whoever wants the picture will say so.
            length = -1;
        }
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(length).flip());
        return crc.getValue();
    }

    @Override
    public void image(int index, float[] destination, int offset) {
        copy(picture(index).fit(shape, options.crop(), options.interpolation()), destination, offset);
    }

    @Override
    public void image(int index, RandomGenerator random, float[] destination, int offset) {
        if (crop == null) {
            image(index, destination, offset);
        } else {
            copy(crop.apply(picture(index), shape, options.interpolation(), random), destination, offset);
        }
    }

    @Override
    public boolean skip(int index, BadInputException why) {
        skipped.add(entries.get(index).file().toString(), String.valueOf(why.getMessage()));
        return true;
    }

    private static void copy(Image image, float[] destination, int offset) {
        System.arraycopy(image.pixels(), 0, destination, offset, image.pixels().length);
    }

    private Picture picture(int index) {
        Picture kept = cache.get(index);
        if (kept != null) {
            return kept;
        }
        Picture picture = ImageReader.open(entries.get(index).file());
        long bytes = picture.bytes();
        if (room.addAndGet(-bytes) < 0) {
            room.addAndGet(bytes);
        } else if (!cache.compareAndSet(index, null, picture)) {
            room.addAndGet(bytes);
        }
        return picture;
    }
}
