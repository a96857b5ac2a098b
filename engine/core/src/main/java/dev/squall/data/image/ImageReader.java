package dev.squall.data.image;

import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads pictures: JPEG, PNG, WebP, BMP, TIFF, and of a GIF the first picture. What is in a file decides, not its name.
 *
 * <p>Memory is taken only after a file's own size and the size of the picture that it claims were compared with the limits
 * below; a picture of more than {@value #MOST_DECODED_BYTES} bytes is decoded to every second, third... row and column.
 */
public final class ImageReader {
    /** Names of the formats, for help texts. */
    public static final String FORMATS = "JPEG, PNG, WebP, GIF, BMP or TIFF";

    /** So many tell the format. */
    private static final int FIRST_BYTES = 64;

    private static final int MOST_FILE_BYTES = 256 << 20;
    private static final long MOST_PIXELS = 100_000_000;
    private static final long MOST_DECODED_BYTES = 128 << 20;

    /**
     * A file of any size may claim that many pixels of a plain PNG, or fewer of formats that take longer to decode. More it
     * may claim only in proportion to its size: a few kilobytes that stand for a hundred megapixels of nothing cost seconds.
     */
    private static final double FREE_EFFORT = 30e6;

    private static final double EFFORT_PER_BYTE = 40;

    /** How libjpeg warns of a file that breaks off, after which it fills the rest of the picture with grey. */
    private static final String PREMATURE_END = "premature end of data";

    private static final int LONGEST_REASON = 160;

    static {
        ImageIO.setUseCache(false);
    }

    /** Also of kinds that are not read: who has such a file wants to know. */
    private static final Pattern PICTURE_NAME =
            Pattern.compile("(?i).*\\.(jpe?g|jfif|png|webp|bmp|gif|tiff?|heic|heif|avif|jxl)");

    private ImageReader() {}

    /** Whether a file is a picture by its first bytes, perhaps a damaged one; false for what is no file or cannot be read. */
    public static boolean isPicture(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return PictureFormat.of(in.readNBytes(FIRST_BYTES)) != null;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether a file's name says that it is a picture, whatever is in it. */
    public static boolean isNamedAsPicture(Path file) {
        return PICTURE_NAME.matcher(String.valueOf(file.getFileName())).matches();
    }

    /** The same of a file's bytes. */
    public static boolean isPicture(byte[] file) {
        return PictureFormat.of(file) != null;
    }

    /** What a file is that is no picture that can be read, as a sentence that begins with {@code name}. */
    public static String describe(String name, byte[] file) {
        return name + " " + PictureFormat.describe(file) + "; use " + FORMATS;
    }

    /**
     * Reads a picture, upright as its EXIF data say: one channel if it is stored in shades of grey, else three.
     *
     * @throws BadInputException if there is no such file, or it is no picture that can be read
     */
    public static Image read(Path file) {
        return open(file).image();
    }

    /**
     * Reads a picture, without making its values numbers yet.
     *
     * @throws BadInputException as above
     */
    public static Picture open(Path file) {
        return open(Input.file(file));
    }

    /**
     * Reads a picture from anything.
     *
     * @throws BadInputException as above
     */
    public static Picture open(Input input) {
        return open(input, MOST_PIXELS);
    }

    /**
     * Reads a picture of at most so many pixels; more than {@value #MOST_PIXELS} are never read.
     *
     * @throws BadInputException as above
     */
    public static Picture open(Input input, long mostPixels) {
        String name = input.name();
        try {
            byte[] file = input.bytes(MOST_FILE_BYTES);
            PictureFormat format = PictureFormat.of(file);
            if (format == null) {
                throw new BadInputException(describe(name, file));
            }
            EncodedPicture encoded = format.essence(file);
            requireReasonable(encoded, Math.min(mostPixels, MOST_PIXELS));
            return decode(encoded, format);
        } catch (BadInputException e) {
            throw e;
        } catch (UnusablePictureException e) {
            throw new BadInputException(name + " " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new BadInputException(name + " needs more memory than the program has; make it smaller", e);
        } catch (IOException | RuntimeException e) {
            // Decoders meet damaged files with many kinds of unchecked exceptions.
            throw new BadInputException(name + " " + reason(e), e);
        }
    }

    /**
     * Requires that a file begins as a picture does. The rest of it is not looked at.
     *
     * @throws BadInputException if it does not, or cannot be read
     */
    public static void requirePicture(Path file) {
        Input input = Input.file(file);
        byte[] first = input.first(PictureFormat.FIRST_BYTES);
        if (PictureFormat.of(first) == null) {
            throw new BadInputException(describe(file.toString(), first));
        }
    }

    private static void requireReasonable(EncodedPicture encoded, long mostPixels) throws UnusablePictureException {
        if (encoded.width() < 1 || encoded.height() < 1) {
            throw UnusablePictureException.damaged(
                    "it claims %d x %d pixels".formatted(encoded.width(), encoded.height()));
        }
        EncodedPicture.Frame frame = encoded.frame();
        long pixels = Math.max((long) encoded.width() * encoded.height(), (long) frame.width() * frame.height());
        if (pixels > mostPixels) {
            throw new UnusablePictureException(
                    "has %d x %d pixels, more than the %d that are supported; make it smaller"
                            .formatted(
                                    Math.max(encoded.width(), frame.width()),
                                    Math.max(encoded.height(), frame.height()),
                                    mostPixels));
        }
        double most = Math.max(FREE_EFFORT, EFFORT_PER_BYTE * encoded.file().length) / encoded.effort();
        if (pixels > most) {
            throw new UnusablePictureException(String.format(
                    Locale.ROOT,
                    "has %d x %d pixels in only %d bytes, but of such files more than %.0f megapixels are not read; make it smaller",
                    encoded.width(),
                    encoded.height(),
                    encoded.file().length,
                    most * 1e-6));
        }
    }

    private static Picture decode(EncodedPicture encoded, PictureFormat format) throws IOException {
        Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReadersByFormatName(format.readerName());
        if (!readers.hasNext()) {
            throw new IllegalStateException("there is no reader for " + format.readerName());
        }
        javax.imageio.ImageReader reader = readers.next();
        List<String> warnings = new ArrayList<>();
        try (ImageInputStream stream = new EndingStream(encoded)) {
            reader.setInput(stream, true, true);
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            if (reader.getWidth(0) != encoded.width() || reader.getHeight(0) != encoded.height()) {
                throw UnusablePictureException.damaged("it has two different sizes");
            }
            int every = sampling(encoded);
            ImageReadParam parameters = reader.getDefaultReadParam();
            parameters.setSourceSubsampling(every, every, 0, 0);
            Rows rows = rows(reader, parameters, encoded, format);
            if (warnings.stream().anyMatch(warning -> warning.contains(PREMATURE_END))) {
                throw UnusablePictureException.truncated();
            }
            return upright(every == 1 ? framed(rows, encoded) : rows, encoded, every == 1);
        } finally {
            reader.dispose();
        }
    }

    private static Rows rows(
            javax.imageio.ImageReader reader, ImageReadParam parameters, EncodedPicture encoded, PictureFormat format)
            throws IOException {
        if (format == PictureFormat.JPEG && encoded.bytesPerPixel() == 4) {
            Raster raster = reader.readRaster(0, parameters);
            return DecodedRows.of(
                    raster,
                    JpegFile.isYcck(encoded.file()) ? DecodedRows.Colours.YCCK : DecodedRows.Colours.INVERTED_CMYK);
        }
        BufferedImage image = reader.read(0, parameters);
        return DecodedRows.of(image, encoded.alpha());
    }

    private static Rows framed(Rows rows, EncodedPicture encoded) {
        EncodedPicture.Frame frame = encoded.frame();
        return encoded.isFramed()
                ? new FramedRows(rows, frame.height(), frame.width(), frame.top(), frame.left())
                : rows;
    }

    private static Picture upright(Rows rows, EncodedPicture encoded, boolean onCanvas) {
        int height = onCanvas ? rows.height() : encoded.height();
        int width = onCanvas ? rows.width() : encoded.width();
        boolean transposed = Orientation.isTransposed(encoded.orientation());
        return new Picture(rows, encoded.orientation(), transposed ? width : height, transposed ? height : width);
    }

    /** How many rows and columns to take one of. */
    private static int sampling(EncodedPicture encoded) {
        int every = 1;
        while ((long) Math.ceilDiv(encoded.width(), every)
                        * Math.ceilDiv(encoded.height(), every)
                        * encoded.bytesPerPixel()
                > MOST_DECODED_BYTES) {
            every++;
        }
        return every;
    }

    private static String reason(Exception e) {
        boolean truncated = e instanceof EOFException || e.getCause() instanceof EOFException;
        String message = e.getMessage();
        if (message != null && message.toLowerCase(Locale.ROOT).startsWith("unsupported")) {
            return "is an image that is not supported (" + readable(message, e) + "); save it as PNG or JPEG";
        }
        if (message != null && message.contains("expansion ratio")) {
            return "has more pixels than its decoder believes of so few bytes; make it smaller, or save it as PNG";
        }
        return "is a damaged image: " + (truncated ? "it is truncated" : readable(message, e));
    }

    private static String readable(@Nullable String message, Exception e) {
        if (message == null || !message.matches("(?s).*[A-Za-z]{3}.*")) {
            // Such as an index that was out of range.
            return "its decoder fails with " + e.getClass().getSimpleName();
        }
        // Some decoders put what they could not understand into their messages.
        String line = message.replaceAll("[^\\x20-\\x7e]+", " ").strip();
        return line.substring(0, Math.min(line.length(), LONGEST_REASON));
    }
}
