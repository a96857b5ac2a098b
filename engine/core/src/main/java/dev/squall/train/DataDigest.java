package dev.squall.train;

import dev.squall.data.Dataset;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * What a data set holds, in a few words: equal for equal labels, sizes and names of classes, wherever the files lie. A run is resumed with
 * the same contents, not with the same path.
 */
final class DataDigest {
    /** The settings that name {@link #ofContents}; checkpoints of earlier versions lack them. */
    static final String TRAINING = "training images with checksum";

    static final String VALIDATION = "validation images with checksum";

    private DataDigest() {}

    /** Such as {@code 600 of 1x28x28 in 10 classes (labels 1a2b3c4d)}. */
    static String of(Dataset data) {
        CRC32C crc = new CRC32C();
        for (String name : data.classNames()) {
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            crc.update(0);
        }
        ByteBuffer label = ByteBuffer.allocate(Integer.BYTES);
        for (int i = 0; i < data.size(); i++) {
            crc.update(label.clear().putInt(data.label(i)).flip());
        }
        return String.format(
                Locale.ROOT,
                "%d of %s in %d classes (labels %s)",
                data.size(),
                data.shape(),
                data.classes(),
                HexFormat.of().toHexDigits((int) crc.getValue()));
    }

    /** Equal for equal images in equal order, as far as the data set {@linkplain Dataset#checksum can tell} without decoding them. */
    static String ofContents(Dataset data) {
        CRC32C crc = new CRC32C();
        ByteBuffer image = ByteBuffer.allocate(Long.BYTES);
        for (int i = 0; i < data.size(); i++) {
            crc.update(image.clear().putLong(data.checksum(i)).flip());
        }
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
