package dev.squall.io;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON at the beginning of a safetensors file.
 *
 * @param entries by tensor name
 * @param metadata texts by key
 */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";

    /** The header is padded with blanks so that the tensors begin at a multiple of this. */
    private static final int ALIGNMENT = 8;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Type, shape and place of a tensor; {@code begin} and {@code end} count bytes from the end of the header. */
    record Entry(ElementType type, long[] shape, long begin, long end) {}

    /** Says what is wrong with a file; the caller puts its name before. */
    static final class FormatException extends Exception {
        private static final long serialVersionUID = 1;

        FormatException(String message) {
            super(message);
        }
    }

    /** The tensors in the order of the file: larger elements first, so that each tensor is aligned to its element. */
    static List<Map.Entry<String, HostTensor>> stored(Map<String, HostTensor> tensors) {
        List<Map.Entry<String, HostTensor>> stored = new ArrayList<>(tensors.entrySet());
        stored.sort(Comparator.comparingInt(entry -> -entry.getValue().type().bytes()));
        return stored;
    }

    /** The header of a file with tensors in this order. */
    static byte[] write(List<Map.Entry<String, HostTensor>> stored, Map<String, String> metadata) {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode texts = root.putObject(METADATA);
            metadata.forEach(texts::put);
        }
        long begin = 0;
        for (Map.Entry<String, HostTensor> named : stored) {
            if (named.getKey().equals(METADATA)) {
                throw new IllegalArgumentException("a tensor cannot be called " + METADATA + ", choose another name");
            }
            HostTensor tensor = named.getValue();
            long end = begin + tensor.bytes().remaining();
            ObjectNode entry = root.putObject(named.getKey());
            entry.put("dtype", tensor.type().name());
            Arrays.stream(tensor.shape()).forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(begin).add(end);
            begin = end;
        }
        byte[] json = JSON.writeValueAsBytes(root);
        byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    /**
     * Reads and checks a header.
     *
     * @param dataBytes how many bytes follow it, all of which must belong to exactly one tensor
     */
    static SafeTensorsHeader parse(byte[] json, long dataBytes) throws FormatException {
        if (!(tree(json) instanceof ObjectNode root)) {
            throw new FormatException("its header is no JSON object");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : root.properties()) {
            if (property.getKey().equals(METADATA)) {
                metadata.putAll(texts(property.getValue()));
            } else {
                entries.put(property.getKey(), entry(property.getKey(), property.getValue(), dataBytes));
            }
        }
        requireNoGaps(entries, dataBytes);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static JsonNode tree(byte[] json) throws FormatException {
        try {
            return JSON.readTree(new String(json, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw new FormatException("its header is no valid JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private static Map<String, String> texts(JsonNode node) throws FormatException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            if (!property.getValue().isString()) {
                throw new FormatException(METADATA + " must hold texts, but '" + property.getKey() + "' is none");
            }
            texts.put(property.getKey(), property.getValue().stringValue());
        }
        if (!node.isObject()) {
            throw new FormatException(METADATA + " must be a JSON object");
        }
        return texts;
    }

    private static Entry entry(String name, JsonNode node, long dataBytes) throws FormatException {
        ElementType type = type(name, node.path("dtype"));
        long[] shape = longs(name, "shape", node.path("shape"));
        long[] offsets = longs(name, "data_offsets", node.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw new FormatException("the data_offsets of '" + name + "' must be a begin and an end, but are "
                    + Arrays.toString(offsets));
        }
        if (offsets[1] > dataBytes) {
            throw new FormatException("it is truncated: '%s' ends at byte %d of the data, but there are %d"
                    .formatted(name, offsets[1], dataBytes));
        }
        long bytes = offsets[1] - offsets[0];
        if (bytes > Integer.MAX_VALUE) {
            throw new FormatException("'" + name + "' is larger than the 2 GiB that are supported");
        }
        if (bytesOf(type, shape) != bytes) {
            throw new FormatException(
                    "'%s' is %s%s, but takes %d bytes".formatted(name, type, Arrays.toString(shape), bytes));
        }
        return new Entry(type, shape, offsets[0], offsets[1]);
    }

    private static ElementType type(String name, JsonNode node) throws FormatException {
        String wanted = node.isString() ? node.stringValue() : node.toString();
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(wanted)) {
                return type;
            }
        }
        throw new FormatException("the dtype of '%s' is '%s', expected one of %s"
                .formatted(name, wanted, Arrays.toString(ElementType.values())));
    }

    private static long[] longs(String name, String key, JsonNode node) throws FormatException {
        long[] values = new long[node.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = node.path(i);
            values[i] = value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
        }
        if (!node.isArray() || Arrays.stream(values).anyMatch(value -> value < 0)) {
            throw new FormatException("the " + key + " of '" + name + "' must be a list of whole numbers from 0 on");
        }
        return values;
    }

    /** The bytes of a tensor, or -1 if they are more than a long can say. */
    private static long bytesOf(ElementType type, long[] shape) {
        try {
            return Math.multiplyExact(HostTensor.elements(shape), type.bytes());
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static void requireNoGaps(Map<String, Entry> entries, long dataBytes) throws FormatException {
        List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
        byPlace.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> entry) -> entry.getValue().begin())
                .thenComparingLong(entry -> entry.getValue().end()));
        long end = 0;
        for (Map.Entry<String, Entry> entry : byPlace) {
            long begin = entry.getValue().begin();
            if (begin != end) {
                throw new FormatException("'%s' begins at byte %d of the data, but the tensor before it ends at %d"
                        .formatted(entry.getKey(), begin, end));
            }
            end = entry.getValue().end();
        }
        if (end != dataBytes) {
            throw new FormatException(
                    "its tensors end at byte %d of the data, but there are %d".formatted(end, dataBytes));
        }
    }
}
