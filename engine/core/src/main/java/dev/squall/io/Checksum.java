package dev.squall.io;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A checksum of all that a safetensors file says, stored among its texts: other programs see one more text, and a flipped bit does not pass
 * for a weight. CRC-32C, which processors have an instruction for.
 */
final class Checksum {
    /** Its key in the metadata. */
    static final String KEY = "squall.checksum";

    private Checksum() {}

    /** {@code metadata} with the checksum of itself and {@code tensors}. */
    static Map<String, String> added(Map<String, HostTensor> tensors, Map<String, String> metadata) {
        Map<String, String> added = new LinkedHashMap<>(metadata);
        added.put(KEY, of(tensors, metadata));
        return added;
    }

    /** Of names, types, shapes, values and texts, whatever their order; {@link #KEY} itself does not count. */
    static String of(Map<String, HostTensor> tensors, Map<String, String> metadata) {
        CRC32C crc = new CRC32C();
        Map<String, String> texts = new HashMap<>(metadata);
        texts.remove(KEY);
        new TreeMap<>(texts).forEach((key, text) -> {
            update(crc, key);
            update(crc, text);
        });
        new TreeMap<>(tensors).forEach((name, tensor) -> {
            update(crc, name);
            update(crc, tensor.type() + Arrays.toString(tensor.shape()));
            crc.update(tensor.bytes());
        });
        return "crc32c:" + HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** With its length before it, so that no two lists of texts run together to the same bytes. */
    private static void update(CRC32C crc, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        crc.update(bytes);
    }
}
