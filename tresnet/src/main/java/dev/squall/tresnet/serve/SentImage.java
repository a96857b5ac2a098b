package dev.squall.tresnet.serve;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A picture as it came in a request, not looked at yet.
 *
 * @param name what messages call it
 * @param file its bytes
 */
record SentImage(String name, byte[] file) {
    /** For the header Accept, by which a server says what it would have taken. */
    static final String TAKEN = "image/*, application/octet-stream, multipart/form-data, application/json";

    /** Of a form; how many of them may be pictures is up to who asks. */
    private static final int MOST_PARTS = 10_000;

    private static final Pattern LINE_BREAKS = Pattern.compile("[\\r\\n]+");

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /**
     * The pictures in a body.
     *
     * @param contentType null for a body of which nothing is said; it is taken for a picture then
     * @param memory counts the copies that are made
     * @throws Refusal if it is of a type that is not taken, malformed, or holds no picture
     */
    static List<SentImage> of(@Nullable String contentType, byte[] body, MemoryBudget.Share memory) {
        String said =
                contentType == null ? "" : contentType.replaceFirst(";.*", "").strip();
        String type = said.isEmpty() ? "application/octet-stream" : said.toLowerCase(Locale.ROOT);
        List<SentImage> images;
        if (type.equals("multipart/form-data")) {
            memory.take(body.length);
            images = ofForm(String.valueOf(contentType), body);
        } else if (type.equals("application/json")) {
            memory.take(3L * body.length);
            images = ofJson(body);
        } else if (type.startsWith("image/") || type.equals("application/octet-stream")) {
            images = body.length == 0 ? List.of() : List.of(new SentImage("the picture", body));
        } else {
            throw new Refusal(
                    Status.UNSUPPORTED_TYPE,
                    "a body of the type '" + Text.quotable(type)
                            + "' is not taken; send a picture as image/jpeg or the like, a form with files as multipart/form-data, or a list"
                            + " of base64 texts as application/json");
        }
        if (images.isEmpty()) {
            throw new Refusal(Status.BAD_REQUEST, "there is no picture in the request; send one in its body");
        }
        return images;
    }

    private static List<SentImage> ofForm(String contentType, byte[] body) {
        MultiPartConfig config = new MultiPartConfig.Builder()
                .maxMemoryPartSize(body.length + 1L)
                .maxParts(MOST_PARTS)
                .useFilesForPartsWithoutFileName(false)
                .build();
        List<SentImage> images = new ArrayList<>();
        try (MultiPartFormData.Parts parts = MultiPartFormData.getParts(
                Content.Source.from(ByteBuffer.wrap(body)), new Attributes.Mapped(), contentType, config)) {
            for (MultiPart.Part part : parts) {
                if (part.getFileName() != null) {
                    String name = Text.quotable(part.getFileName());
                    images.add(new SentImage(name.isEmpty() ? numbered(images) : name, bytes(part)));
                }
            }
        } catch (RuntimeException | IOException e) {
            throw new Refusal(
                    Status.BAD_REQUEST,
                    "the multipart form is malformed" + detail(e) + "; send it as a browser does",
                    e);
        }
        return images;
    }

    private static byte[] bytes(MultiPart.Part part) throws IOException {
        try (InputStream in = Content.Source.asInputStream(part.getContentSource())) {
            return in.readAllBytes();
        }
    }

    private static String detail(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String reason = cause instanceof BadMessageException bad ? bad.getReason() : cause.getMessage();
        return reason == null ? "" : " (" + Text.quotable(reason) + ")";
    }

    private static List<SentImage> ofJson(byte[] body) {
        List<SentImage> images = new ArrayList<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body)) {
            require(json.nextToken() == JsonToken.START_ARRAY);
            while (json.nextToken() != JsonToken.END_ARRAY) {
                require(json.currentToken() == JsonToken.VALUE_STRING);
                String name = numbered(images);
                images.add(new SentImage(name, decoded(name, json.getString())));
            }
            require(json.nextToken() == null);
        } catch (JacksonException e) {
            throw new Refusal(
                    Status.BAD_REQUEST,
                    "the body is no JSON; a list of base64 texts is expected, one for each picture",
                    e);
        }
        return images;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new Refusal(
                    Status.BAD_REQUEST,
                    "the JSON must be a list of base64 texts, one for each picture, such as [\"/9j/4AAQ...\"]");
        }
    }

    /** Also of an address such as {@code data:image/png;base64,...}, and in lines, as programs for mail write it. */
    private static byte[] decoded(String name, String text) {
        String base64 = text.startsWith("data:") ? text.substring(text.indexOf(',') + 1) : text;
        try {
            return Base64.getDecoder().decode(LINE_BREAKS.matcher(base64).replaceAll(""));
        } catch (IllegalArgumentException e) {
            throw new Refusal(Status.BAD_REQUEST, name + " is no base64", e);
        }
    }

    private static String numbered(List<SentImage> before) {
        return "picture " + (before.size() + 1);
    }
}
