package dev.squall.data.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;
import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;

/** Reads pictures: PNG, JPEG (CMYK included) and whatever else Image I/O knows. Transparency is ignored. */
public final class ImageReader {
    /** A picture of this size takes 1.2 GB in colour; a larger one is a mistake, or made to exhaust the memory. */
    private static final long MOST_PIXELS = 100_000_000;

    /** How libjpeg warns of a file that breaks off, after which it fills the rest of the picture with grey. */
    private static final String PREMATURE_END = "premature end of data";

    private static final int UPRIGHT = 1;

    private ImageReader() {}

    /**
     * Reads a picture, upright as its EXIF data say: one channel if it is stored in shades of grey, else three.
     *
     * @throws BadInputException if there is no such file, or it is no picture that can be read
     */
    public static Image read(Path file) {
        String name = Input.file(file).name();
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new BadInputException(name + " is not an image that can be read; use PNG or JPEG");
            }
            return values(decode(readers.next(), stream, name)).upright(orientation(file));
        } catch (BadInputException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Decoders meet damaged files with many kinds of unchecked exceptions.
            throw new BadInputException(name + " is a damaged image: " + reason(e), e);
        }
    }

    private static BufferedImage decode(javax.imageio.ImageReader reader, ImageInputStream stream, String name)
            throws IOException {
        List<String> warnings = new ArrayList<>();
        try {
            reader.setInput(stream, true, true);
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            long pixels = (long) reader.getHeight(0) * reader.getWidth(0);
            if (pixels > MOST_PIXELS) {
                throw new BadInputException(
                        "%s has %d x %d pixels, more than the %d that are supported; make it smaller"
                                .formatted(name, reader.getWidth(0), reader.getHeight(0), MOST_PIXELS));
            }
            BufferedImage image = reader.read(0);
            if (warnings.stream().anyMatch(warning -> warning.contains(PREMATURE_END))) {
                throw new EOFException();
            }
            return image;
        } finally {
            reader.dispose();
        }
    }

    private static String reason(Exception e) {
        boolean truncated = e instanceof EOFException || e.getCause() instanceof EOFException;
        if (truncated) {
            return "it is truncated";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** The EXIF tag, or upright if there is none to be read: that is no reason to refuse the picture. */
    private static int orientation(Path file) {
        try {
            Metadata metadata = ImageMetadataReader.readMetadata(file.toFile());
            ExifIFD0Directory exif = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
            return exif != null && exif.containsTag(ExifIFD0Directory.TAG_ORIENTATION)
                    ? exif.getInt(ExifIFD0Directory.TAG_ORIENTATION)
                    : UPRIGHT;
        } catch (ImageProcessingException | MetadataException | IOException e) {
            return UPRIGHT;
        }
    }

    private static Image values(BufferedImage image) {
        boolean grey = image.getColorModel() instanceof ComponentColorModel
                && image.getRaster().getNumBands() <= 2;
        return grey ? greyValues(image) : colourValues(image);
    }

    /** From the samples as stored: {@code getRGB} would take grey for linear light and brighten it. */
    private static Image greyValues(BufferedImage image) {
        Raster raster = image.getRaster();
        ImageShape shape = new ImageShape(1, image.getHeight(), image.getWidth());
        float[] values = raster.getSamples(0, 0, shape.width(), shape.height(), 0, new float[shape.area()]);
        float white = (1 << image.getColorModel().getComponentSize(0)) - 1;
        for (int i = 0; i < values.length; i++) {
            values[i] /= white;
        }
        return new Image(shape, values);
    }

    private static Image colourValues(BufferedImage image) {
        ImageShape shape = new ImageShape(3, image.getHeight(), image.getWidth());
        int area = shape.area();
        int[] argb = image.getRGB(0, 0, shape.width(), shape.height(), null, 0, shape.width());
        float[] values = new float[shape.elements()];
        for (int i = 0; i < area; i++) {
            values[i] = ((argb[i] >> 16) & 0xff) / 255f;
            values[area + i] = ((argb[i] >> 8) & 0xff) / 255f;
            values[2 * area + i] = (argb[i] & 0xff) / 255f;
        }
        return new Image(shape, values);
    }
}
