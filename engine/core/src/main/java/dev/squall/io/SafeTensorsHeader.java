package dev.squall.io;

import dev.squall.error.Excerpt;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON at the beginning of a safetensors file. It is read and written as a stream: loading what makes trees of it takes a quarter of a
 * second, at the start of everything that has weights.
 *
 * @param entries by tensor name
 * @param metadata texts by key
 */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";

    /** The header is padded with blanks so that the tensors begin at a multiple of this. */
    private static final int ALIGNMENT = 8;

    /** More than any tensor has. */
    private static final int MOST_DIMENSIONS = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
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
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart(METADATA);
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long begin = 0;
            for (Map.Entry<String, HostTensor> named : stored) {
                if (named.getKey().equals(METADATA)) {
                    throw new IllegalArgumentException(
                            "a tensor cannot be called " + METADATA + ", choose another name");
                }
                HostTensor tensor = named.getValue();
                long end = begin + tensor.bytes().remaining();
                json.writeObjectPropertyStart(named.getKey());
                json.writeStringProperty("dtype", tensor.type().name());
                writeLongs(json, "shape", tensor.shape());
                writeLongs(json, "data_offsets", begin, end);
                json.writeEndObject();
                begin = end;
            }
            json.writeEndObject();
        }
        byte[] json = bytes.toByteArray();
        byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void writeLongs(JsonGenerator json, String name, long... values) {
        json.writeName(name);
        json.writeArray(values, 0, values.length);
    }

    /**
     * Reads and checks a header.
     *
     * @param dataBytes how many bytes follow it, all of which must belong to exactly one tensor
     */
    static SafeTensorsHeader parse(byte[] json, long dataBytes) throws FormatException {
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Entry> entries = new LinkedHashMap<>();
        try (JsonParser parser =
                JSON.createParser(ObjectReadContext.empty(), new String(json, StandardCharsets.UTF_8))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FormatException("its header is no JSON object");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    readTexts(parser, metadata);
                } else {
                    entries.put(name, entry(name, parser, dataBytes));
                }
            }
            if (parser.nextToken() != null) {
                throw new FormatException("its header is no valid JSON (something follows the object)");
            }
        } catch (JacksonException e) {
            throw new FormatException("its header is no valid JSON (" + e.getOriginalMessage() + ")");
        }
        requireNoGaps(entries, dataBytes);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static void readTexts(JsonParser parser, Map<String, String> texts) throws FormatException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new FormatException(METADATA + " must be a JSON object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new FormatException(METADATA + " must hold texts, but '" + Excerpt.of(key) + "' is none");
            }
            texts.put(key, parser.getString());
        }
    }

    private static Entry entry(String name, JsonParser parser, long dataBytes) throws FormatException {
        String dtype = "";
        long[] shape = null;
        long[] offsets = null;
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
        } else {
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "dtype" -> dtype = parser.getString();
                    case "shape" -> shape = longs(name, key, parser);
                    case "data_offsets" -> offsets = longs(name, key, parser);
                    default -> {
                        // The format may gain properties.
                    }
                }
                parser.skipChildren();
            }
        }
        ElementType type = type(name, dtype);
        return entry(name, type, required(name, "shape", shape), required(name, "data_offsets", offsets), dataBytes);
    }

    private static Entry entry(String name, ElementType type, long[] shape, long[] offsets, long dataBytes)
            throws FormatException {
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw new FormatException("the data_offsets of '" + Excerpt.of(name)
                    + "' must be a begin and an end, but are " + Excerpt.of(offsets));
        }
        if (offsets[1] > dataBytes) {
            throw new FormatException("it is truncated: '%s' ends at byte %d of the data, but there are %d"
                    .formatted(Excerpt.of(name), offsets[1], dataBytes));
        }
        long bytes = offsets[1] - offsets[0];
        if (bytes > Integer.MAX_VALUE) {
            throw new FormatException("'" + Excerpt.of(name) + "' is larger than the 2 GiB that are supported");
        }
        if (bytesOf(type, shape) != bytes) {
            throw new FormatException(
                    "'%s' is %s%s, but takes %d bytes".formatted(Excerpt.of(name), type, Excerpt.of(shape), bytes));
        }
        return new Entry(type, shape, offsets[0], offsets[1]);
    }

    private static ElementType type(String name, String wanted) throws FormatException {
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(wanted)) {
                return type;
            }
        }
        throw new FormatException("the dtype of '%s' is '%s', expected one of %s"
                .formatted(Excerpt.of(name), Excerpt.of(wanted), Arrays.toString(ElementType.values())));
    }

    /** A list of whole numbers from 0 on; null if it is none. */
    private static long @Nullable [] longs(String name, String key, JsonParser parser) throws FormatException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            return null;
        }
        List<Long> values = new ArrayList<>();
        boolean areWhole = true;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (values.size() == MOST_DIMENSIONS) {
                throw new FormatException(
                        "the %s of '%s' has more than %d numbers".formatted(key, Excerpt.of(name), MOST_DIMENSIONS));
            }
            boolean isWhole = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                    && parser.getLongValue() >= 0;
            areWhole &= isWhole;
            values.add(isWhole ? parser.getLongValue() : -1);
            parser.skipChildren();
        }
        return areWhole ? values.stream().mapToLong(Long::longValue).toArray() : null;
    }

    private static long[] required(String name, String key, long @Nullable [] values) throws FormatException {
        if (values == null) {
            throw new FormatException(
                    "the " + key + " of '" + Excerpt.of(name) + "' must be a list of whole numbers from 0 on");
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
                        .formatted(Excerpt.of(entry.getKey()), begin, end));
            }
            end = entry.getValue().end();
        }
        if (end != dataBytes) {
            throw new FormatException(
                    "its tensors end at byte %d of the data, but there are %d".formatted(end, dataBytes));
        }
    }
}
