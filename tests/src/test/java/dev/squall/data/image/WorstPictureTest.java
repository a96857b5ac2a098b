package dev.squall.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.data.Measured;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Of each format, the picture in at most a megabyte that takes longest and is still read: as many pixels as its bytes may stand for, coded as slowly as
 * the format can be. None takes more than two seconds or 512 MB.
 */
@Tag("fast")
class WorstPictureTest {
    private static final int MOST_BYTES = 1_000_000;

    static Stream<Arguments> pictures() {
        return Stream.of(
                picture("PNG of 16 bits", () -> new PngWriter(3870, 3870, PngWriter.COLOUR, 16).black(3870, 6 * 3870)),
                picture("GIF of one colour", () -> written(flat(5400, BufferedImage.TYPE_BYTE_INDEXED), "gif", "")),
                picture("BMP of runs", () -> runs(5400)),
                picture("BMP that breaks off", () -> runs(5400, 0)),
                picture("TIFF, deflated", () -> written(flat(4450, BufferedImage.TYPE_3BYTE_BGR), "tiff", "Deflate")),
                picture("TIFF, LZW", () -> written(flat(4450, BufferedImage.TYPE_3BYTE_BGR), "tiff", "LZW")),
                picture("baseline JPEG", () -> written(noise(2400), "jpeg", "JPEG")),
                picture("progressive JPEG", () -> written(noise(2000), "jpeg", "progressive")));
    }

    private static Arguments picture(String name, Supplier<byte[]> file) {
        return Arguments.of(name, file);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pictures")
    void takesLittle(String name, Supplier<byte[]> written) {
        byte[] file = written.get();
        assertThat(file.length).isLessThanOrEqualTo(MOST_BYTES);
        Measured measured = new Measured();
        Picture picture = ImageReader.open(new Input(name, () -> new ByteArrayInputStream(file)));
        picture.fit(new ImageShape(3, 224, 224), 0.875, Interpolation.BICUBIC);
        measured.assertLittle();
        assertThat((long) picture.width() * picture.height()).isGreaterThan(3_900_000);
    }

    private static BufferedImage flat(int side, int type) {
        return new BufferedImage(side, side, type);
    }

    private static BufferedImage noise(int side) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
        new Random(1).nextBytes(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
        return image;
    }

    /** Coded by Image I/O; JPEGs as coarsely as they must be to be small. */
    private static byte[] written(BufferedImage image, String format, String compression) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ImageWriteParam settings = writer.getDefaultWriteParam();
        if (format.equals("jpeg")) {
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(0.1f);
            settings.setProgressiveMode(
                    compression.equals("progressive") ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
        } else if (!compression.isEmpty()) {
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionType(compression);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), settings);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    private static byte[] runs(int side) {
        return runs(side, side);
    }

    /** A BMP of runs of one colour, of which only the first {@code rows} are there. */
    private static byte[] runs(int side, int rows) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (int y = 0; y < rows; y++) {
            for (int left = side; left > 0; left -= 255) {
                data.write(Math.min(left, 255));
                data.write(1);
            }
            data.write(0);
            data.write(0);
        }
        data.write(0);
        data.write(1);
        int start = 14 + 40 + 1024;
        return ByteBuffer.allocate(start + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'B')
                .put((byte) 'M')
                // Many programs leave the size open.
                .putInt(rows == 0 ? 0 : start + data.size())
                .putInt(0)
                .putInt(start)
                .putInt(40)
                .putInt(side)
                .putInt(side)
                .putShort((short) 1)
                .putShort((short) 8)
                .putInt(1)
                .putInt(data.size())
                .putInt(0)
                .putInt(0)
                .putInt(256)
                .putInt(0)
                .put(start, data.toByteArray())
                .array();
    }
}
