package dev.squall.data.image;

import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The formats of pictures that can be read, each known by the first bytes of a file, whatever its name. */
enum PictureFormat {
    JPEG("jpeg", "\\xff\\xd8\\xff", JpegFile::essence),
    PNG("png", "\\x89PNG\\r\\n\\x1a\\n", PngFile::essence),
    GIF("gif", "GIF8[79]a", GifFile::essence),
    BMP("bmp", "BM", BmpFile::essence),
    TIFF("tiff", "MM\\x00[*+]|II[*+]\\x00", TiffFile::essence),
    WEBP("webp", "RIFF[\\x00-\\xff]{4}WEBP", WebpFile::essence);

    /** What to say of files that are often taken for such pictures. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("[\\x00-\\xff]{4}ftyp(?:heic|heix|hevc|mif1|msf1|heim|heis)", "a HEIC picture"),
            Map.entry("[\\x00-\\xff]{4}ftypavi[fs]", "an AVIF picture"),
            Map.entry("[\\x00-\\xff]{4}ftyp", "a film"),
            Map.entry("\\xff\\x0a|\\x00\\x00\\x00\\x0cJXL ", "a JPEG XL picture"),
            Map.entry("\\x00\\x00\\x00\\x0cjP  |\\xff\\x4f\\xff\\x51", "a JPEG 2000 picture"),
            Map.entry("%PDF", "a PDF document"),
            Map.entry("8BPS", "a Photoshop file"),
            Map.entry("\\x00\\x00[\\x01\\x02]\\x00", "an icon"),
            Map.entry("(?i)(?:\\xef\\xbb\\xbf)?\\s*<(?:!doctype\\s+)?html", "a web page"),
            Map.entry("(?i)(?:\\xef\\xbb\\xbf)?\\s*(?:<\\?xml.*)?<(?:!doctype\\s+)?svg", "an SVG drawing"),
            Map.entry("version https://git-lfs", "a Git LFS pointer, which stands for a file that was not downloaded"),
            Map.entry("PK\\x03\\x04", "a zip archive"),
            Map.entry("\\x1f\\x8b", "packed with gzip"));

    /** Of a file, that are looked at to know it. */
    static final int FIRST_BYTES = 512;

    private final String readerName;
    private final Pattern beginning;
    private final Extraction extraction;

    PictureFormat(String readerName, String beginning, Extraction extraction) {
        this.readerName = readerName;
        this.beginning = Pattern.compile(beginning, Pattern.DOTALL);
        this.extraction = extraction;
    }

    /** Finds in a file what its decoder needs. */
    @FunctionalInterface
    interface Extraction {
        EncodedPicture from(byte[] file) throws UnusablePictureException;
    }

    /** The name by which Image I/O knows its readers. */
    String readerName() {
        return readerName;
    }

    /**
     * What the decoder of this format needs of a file.
     *
     * @throws UnusablePictureException if the file is damaged
     */
    EncodedPicture essence(byte[] file) throws UnusablePictureException {
        try {
            return extraction.from(file);
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            throw UnusablePictureException.truncated();
        }
    }

    /** The format of a file, or null if it is none of these. */
    static @Nullable PictureFormat of(byte[] file) {
        String first = first(file);
        for (PictureFormat format : values()) {
            if (format.beginning.matcher(first).lookingAt()) {
                return format;
            }
        }
        return null;
    }

    /** What a file is that is none of these, as a predicate. */
    static String describe(byte[] file) {
        if (file.length == 0) {
            return "is empty";
        }
        String first = first(file);
        return OTHERS.entrySet().stream()
                .filter(other -> matches(other.getKey(), first))
                // The longer pattern is the more special one.
                .max((a, b) -> Integer.compare(a.getKey().length(), b.getKey().length()))
                .map(other -> "is " + other.getValue())
                .orElse("is not an image that can be read");
    }

    private static boolean matches(String pattern, String first) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(first);
        return matcher.lookingAt();
    }

    private static String first(byte[] file) {
        return new String(file, 0, Math.min(file.length, FIRST_BYTES), StandardCharsets.ISO_8859_1);
    }
}
