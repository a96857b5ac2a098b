package dev.squall.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ImageReaderTest {
    @TempDir
    Path directory;

    @Test
    void greyValuesAreThoseStored() throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        WritableRaster raster = image.getRaster();
        for (int i = 0; i < 256; i++) {
            raster.setSample(i % 16, i / 16, 0, i);
        }
        Image read = ImageReader.read(write(image, "png"));

        assertThat(read.shape()).isEqualTo(new ImageShape(1, 16, 16));
        for (int i = 0; i < 256; i++) {
            assertThat(read.pixels()[i]).isEqualTo(i / 255f);
        }
    }

    @Test
    void sixteenBitGreyIsScaledByItsOwnWhite() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSample(0, 0, 0, 65535);
        image.getRaster().setSample(1, 0, 0, 13107);
        assertThat(ImageReader.read(write(image, "png")).pixels()).containsExactly(1f, 0.2f);
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_3BYTE_BGR})
    void coloursAreRedGreenBlue(int type) throws IOException {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, 0xff3366ff);
        image.setRGB(1, 0, 0xffff0000);
        Image read = ImageReader.read(write(image, "png"));
        assertThat(read.shape()).isEqualTo(new ImageShape(3, 1, 2));
        assertThat(read.pixels()).containsExactly(0.2f, 1f, 0.4f, 0f, 1f, 0f);
    }

    @Test
    void blackAndWhiteIsRead() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        image.setRGB(1, 0, 0xffffffff);
        assertThat(ImageReader.read(write(image, "png")).withChannels(1).pixels())
                .containsExactly(0f, 1f);
    }

    @Test
    void jpegsAreRead() throws IOException {
        Image read = ImageReader.read(write(leftRedRightBlue(), "jpg"));
        assertThat(read.shape()).isEqualTo(new ImageShape(3, 16, 32));
        assertThat(read.pixels()[0]).isCloseTo(1f, within(0.03f));
        assertThat(read.pixels()[2 * 16 * 32 + 31]).isCloseTo(1f, within(0.03f));
    }

    /** Orientation 6: the stored left side is the upper side of the picture. */
    @Test
    void exifOrientationIsHonoured() throws IOException {
        byte[] jpeg = Files.readAllBytes(write(leftRedRightBlue(), "jpg"));
        Path turned = Files.write(directory.resolve("turned.jpg"), withOrientation(jpeg, 6));
        Image read = ImageReader.read(turned);

        assertThat(read.shape()).isEqualTo(new ImageShape(3, 32, 16));
        int area = 32 * 16;
        assertThat(read.pixels()[0]).isCloseTo(1f, within(0.03f));
        assertThat(read.pixels()[15]).isCloseTo(1f, within(0.03f));
        assertThat(read.pixels()[2 * area + 31 * 16]).isCloseTo(1f, within(0.03f));
        assertThat(read.pixels()[2 * area + area - 1]).isCloseTo(1f, within(0.03f));
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "gif", "bmp"})
    void everyTruncationIsOneSentence(String format) throws IOException {
        byte[] whole = Files.readAllBytes(write(noise(), format));
        Path cut = directory.resolve("cut." + format);
        for (int length = 0; length < whole.length * 0.98; length += length < 64 ? 1 : 131) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> ImageReader.read(cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(cut + " is ")
                    .hasMessageNotContainingAny("null", "\n");
        }
    }

    @Test
    void whatIsNoImageIsRefused() throws IOException {
        Path text = Files.writeString(directory.resolve("notes.png"), "not an image");
        assertThatThrownBy(() -> ImageReader.read(text))
                .isInstanceOf(BadInputException.class)
                .hasMessage(text + " is not an image that can be read; use " + ImageReader.FORMATS);
        Path none = directory.resolve("none.png");
        assertThatThrownBy(() -> ImageReader.read(none))
                .isInstanceOf(BadInputException.class)
                .hasMessage("there is no file " + none);
    }

    @Test
    void anAbsurdSizeIsRefusedBeforeItIsAllocated() throws IOException {
        byte[] png = Files.readAllBytes(write(leftRedRightBlue(), "png"));
        ByteBuffer header = ByteBuffer.wrap(png);
        header.putInt(16, 60_000).putInt(20, 60_000);
        CRC32 checksum = new CRC32();
        checksum.update(png, 12, 17);
        header.putInt(29, (int) checksum.getValue());
        Path file = Files.write(directory.resolve("huge.png"), png);

        assertThatThrownBy(() -> ImageReader.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("60000 x 60000 pixels");
    }

    private static BufferedImage noise() {
        RandomGenerator random = new MersenneTwister(5);
        BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < 48 * 32; i++) {
            image.setRGB(i % 48, i / 48, random.nextInt());
        }
        return image;
    }

    private static BufferedImage leftRedRightBlue() {
        BufferedImage image = new BufferedImage(32, 16, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 32; x++) {
                image.setRGB(x, y, x < 16 ? 0xffff0000 : 0xff0000ff);
            }
        }
        return image;
    }

    /** Puts an APP1 segment with a TIFF directory of one entry, orientation (0x0112), behind the first marker. */
    private static byte[] withOrientation(byte[] jpeg, int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(36);
        exif.putShort((short) 0xffe1).putShort((short) 34).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.put("MM\0*".getBytes(StandardCharsets.US_ASCII)).putInt(8).putShort((short) 1);
        exif.putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0);
        exif.putInt(0);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(exif.array(), 0, exif.capacity());
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    private Path write(BufferedImage image, String format) throws IOException {
        Path file = directory.resolve("image." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }
}
