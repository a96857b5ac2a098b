package dev.squall.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.ImageShape;
import dev.squall.data.Input;
import dev.squall.data.Measured;
import dev.squall.error.BadInputException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that are broken where it does not matter, and such as are made to exhaust time or memory. */
@Tag("fast")
class HostilePictureTest {
    private static final ImageShape NETWORK = new ImageShape(3, 224, 224);
    private static final int BOMB = 100 << 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"1000000, 1", "1, 1000000", "1, 20000", "20000, 1", "1, 1", "3, 30000"})
    void aThinPictureIsCutBeforeItIsEnlarged(int width, int height) {
        byte[] png = new PngWriter(width, height, PngWriter.COLOUR).black(height, 3 * width);
        Measured measured = new Measured();
        Image image = open(png).fit(NETWORK, 0.875, Interpolation.BILINEAR);
        measured.assertLittle();
        assertThat(image.shape()).isEqualTo(NETWORK);
    }

    @ParameterizedTest
    @CsvSource({"10000, 10000, 2", "100000000, 1, 0", "1, 100000000, 0", "9000, 9000, 6"})
    void aLargeBlackPictureIsRefusedInASentence(int width, int height, int colourType) {
        byte[] png = new PngWriter(width, height, colourType).black(1, 1 << 20);
        Measured measured = new Measured();
        assertThatThrownBy(() -> open(png))
                .isInstanceOf(BadInputException.class)
                .hasMessageMatching(
                        "picture has %d x %d pixels in only \\d+ bytes, .* make it smaller".formatted(width, height));
        measured.assertLittle();
    }

    /** The largest that a small file may claim must not take long either. */
    @Test
    void aLargePictureThatIsReadIsReadFast() {
        byte[] png = new PngWriter(5400, 5400, PngWriter.COLOUR).black(5400, 3 * 5400);
        Measured measured = new Measured();
        assertThat(open(png).fit(NETWORK, 0.875, Interpolation.BILINEAR).shape())
                .isEqualTo(NETWORK);
        measured.assertLittle();
    }

    @Test
    void aVeryLargePictureIsSampled() {
        // 49 megapixels of which the file holds enough bytes to be believed.
        byte[] png = new PngWriter(7000, 7000, PngWriter.COLOUR)
                .chunk("tEXt", new byte[0])
                .chunk("IDAT", PngWriter.zeros(7000L * 21001))
                .chunk("IDAT", new byte[1_300_000])
                .chunk("IEND", new byte[0])
                .bytes();
        Picture picture = open(png);
        assertThat(picture.width()).isEqualTo(7000);
        assertThat(picture.bytes()).isLessThanOrEqualTo(128 << 20);
        assertThat(picture.fit(NETWORK, 1, Interpolation.BICUBIC).shape()).isEqualTo(NETWORK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zTXt", "iTXt", "iCCP", "eXIf", "tEXt", "fdAT", "zzZz"})
    void whatAPngHoldsBesideItsPixelsIsNotUnpacked(String type) {
        byte[] packed = PngWriter.zeros(BOMB);
        byte[] head = "a\0\0\0\0\0".substring(0, type.equals("iTXt") ? 6 : 3).getBytes(StandardCharsets.US_ASCII);
        byte[] data = Arrays.copyOf(head, head.length + packed.length);
        System.arraycopy(packed, 0, data, head.length, packed.length);
        byte[] png = new PngWriter(4, 4, PngWriter.GREY)
                .chunk(type, data)
                .chunk(type, new byte[] {1, 2}, 7)
                .black(4, 4);
        Measured measured = new Measured();
        assertThat(open(png).image().pixels()).hasSize(16).containsOnly(0f);
        measured.assertLittle();
    }

    /** Its header asks for tens of thousands of groups of codes, for which the decoder would read zeros behind the end. */
    @Test
    void aWebpWithoutTheCodesThatItPromisesIsRefusedSoon() {
        byte[] webp = Base64.getDecoder()
                .decode(
                        "UklGRqoAAABXRUJQVlA4TJ4AAAAvLIAHEAmAIAb8N0uI6H/qBUG2zRDmT3eXDyIGvv8TQDk5NgxsGklyVBcdleeP0ttoZgoYtZHkaHKe"
                                + "4Xk8D9Y+DKRtG8q2X23bNoycnmz5Aoj/+36Nlu+7VoAZZI0GAFir3475g0ClGBSmLQ6DI+B/bYdUEoVESUKj0Bg0RhJWymFxdh0g"
                                + "yj2cgEj///+57AaMsSvJaYHRThtAhP3HAQ==");
        Measured measured = new Measured();
        assertThatThrownBy(() -> open(webp).fit(NETWORK, 0.875, Interpolation.BILINEAR))
                .hasMessage("picture is a damaged image: it is truncated");
        measured.assertLittle();
    }

    /** From the second row on, no pixel takes a bit, and the decoder looks behind the end for each. */
    @Test
    void aWebpOfOneColourIsRead() {
        byte[] webp = Base64.getDecoder().decode("UklGRiQAAABXRUJQVlA4TBcAAAAvlcAiAAdQ5CrUo/8BAEX6/18i+p+KCQA=");
        Picture picture = open(webp);
        assertThat(picture.width()).isEqualTo(150);
        assertThat(picture.fit(NETWORK, 1, Interpolation.BILINEAR).shape()).isEqualTo(NETWORK);
    }

    @Test
    void aDamagedPngIsRefused() {
        byte[] png = new PngWriter(4, 4, PngWriter.GREY).black(4, 4);
        png[png.length - 20] ^= 1;
        assertThatThrownBy(() -> open(png)).hasMessage("picture is a damaged image: a checksum in it is wrong");
    }

    /** Segments that a JPEG can be seen without: too short, cut, of length 0, or filled with anything. */
    @Test
    void whatIsBrokenInAJpegBesideItsPixelsDoesNotMatter() throws IOException {
        byte[] jpeg = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("base420.jpg"));
        float[] expected = open(jpeg).image().pixels();
        byte[][] segments = {
            {(byte) 0xff, (byte) 0xe2, 0, 13, 'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E'},
            {(byte) 0xff, (byte) 0xe2, 0, 16, 'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, 9, 1},
            {(byte) 0xff, (byte) 0xe1, 0, 0},
            {(byte) 0xff, (byte) 0xe1, 0, 1},
            {(byte) 0xff, (byte) 0xe1, 0, 8, 'E', 'x', 'i', 'f', 0, 0},
            {(byte) 0xff, (byte) 0xe1, 0, 14, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0x7f, -1},
            {(byte) 0xff, (byte) 0xe0, 0, 4, 'J', 'F'},
            {(byte) 0xff, (byte) 0xed, 0, 2},
            {(byte) 0xff, (byte) 0xee, 0, 7, 'A', 'd', 'o', 'b', 'e'},
            {(byte) 0xff, (byte) 0xfe, -1, -1, 'x'},
            {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xec, 0, 3, 1}
        };
        for (byte[] segment : segments) {
            ByteArrayOutputStream broken = new ByteArrayOutputStream();
            broken.write(jpeg, 0, 2);
            broken.writeBytes(segment);
            broken.write(jpeg, 2, jpeg.length - 2);
            assertThat(open(broken.toByteArray()).image().pixels())
                    .as(Arrays.toString(segment))
                    .containsExactly(expected);
        }
        ByteArrayOutputStream trailing = new ByteArrayOutputStream();
        trailing.writeBytes(jpeg);
        trailing.writeBytes(jpeg);
        assertThat(open(trailing.toByteArray()).image().pixels()).containsExactly(expected);
        // Only the marker of the end is missing.
        assertThat(open(Arrays.copyOf(jpeg, jpeg.length - 2)).image().pixels()).containsExactly(expected);
    }

    @Test
    void aJpegOfVeryManyScansIsRefused() throws IOException {
        byte[] jpeg = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("prog.jpg"));
        int last = jpeg.length - 2;
        while (jpeg[last] != (byte) 0xff || jpeg[last + 1] != (byte) 0xda) {
            last--;
        }
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        many.write(jpeg, 0, last);
        for (int i = 0; i < 200; i++) {
            many.write(jpeg, last, jpeg.length - 2 - last);
        }
        many.write(jpeg, jpeg.length - 2, 2);
        assertThatThrownBy(() -> open(many.toByteArray()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("scans");
    }

    /** Profiles count for no format, as for Pillow: equal samples are equal pictures. */
    @Test
    void aProfileChangesNothing() throws IOException {
        byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        byte[] plain = new PngWriter(2, 2, PngWriter.COLOUR)
                .chunk("IDAT", packed(new byte[] {0, 10, 20, 30, 40, 50, 60, 0, 70, 80, 90, 100, 110, 120}))
                .chunk("IEND", new byte[0])
                .bytes();
        byte[] profiled = new PngWriter(2, 2, PngWriter.COLOUR)
                .chunk("iCCP", concat(new byte[] {'a', 0, 0}, packed(profile)))
                .chunk("gAMA", new byte[] {0, 1, (byte) 0x86, (byte) 0xa0})
                .chunk("IDAT", packed(new byte[] {0, 10, 20, 30, 40, 50, 60, 0, 70, 80, 90, 100, 110, 120}))
                .chunk("IEND", new byte[0])
                .bytes();
        assertThat(open(profiled).image().pixels())
                .containsExactly(open(plain).image().pixels());

        byte[] jpeg = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("base444.jpg"));
        byte[] segment = concat("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.US_ASCII), profile);
        ByteBuffer head = ByteBuffer.allocate(6).put(jpeg, 0, 2).putShort((short) 0xffe2);
        head.putShort((short) (segment.length + 2));
        byte[] withProfile = concat(concat(head.array(), segment), Arrays.copyOfRange(jpeg, 2, jpeg.length));
        assertThat(open(withProfile).image().pixels())
                .containsExactly(open(jpeg).image().pixels());
    }

    @Test
    void aTiffIsRefusedByWhatIsWrongWithIt() throws IOException {
        assertTiffRefused("rgba", 258, 30, "samples of unequal bits, which is not supported");
        assertTiffRefused("rgba", 259, 50000, "compressed in a way (number 50000) that is not supported");
        assertTiffRefused("float", 339, 2, "signed or complex numbers, which are not supported");
        assertTiffRefused("rgba", 279, 1 << 30, "is truncated");
        assertTiffRefused("rgba", 273, -1, "is truncated");
        assertTiffRefused("rgba", 256, -1, "pixels");
    }

    private void assertTiffRefused(String name, int tag, int value, String message) throws IOException {
        byte[] tiff = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve(name + ".tif"));
        ByteBuffer in = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
        int directory = in.getInt(4);
        for (int entry = directory + 2; entry < directory + 2 + 12 * in.getShort(directory); entry += 12) {
            if (Short.toUnsignedInt(in.getShort(entry)) == tag) {
                boolean isShort = in.getShort(entry + 2) == 3;
                boolean elsewhere = in.getInt(entry + 4) * (isShort ? 2 : 4) > 4;
                int place = elsewhere ? in.getInt(entry + 8) : entry + 8;
                if (isShort) {
                    in.putShort(place, (short) value);
                } else {
                    in.putInt(place, value);
                }
            }
        }
        Measured measured = new Measured();
        assertThatThrownBy(() -> open(tiff))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
        measured.assertLittle();
    }

    @Test
    void floatingPointBeyondBlackAndWhiteIsRefused() throws IOException {
        byte[] tiff = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("float.tif"));
        ByteBuffer in = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
        in.putInt(8, Float.floatToIntBits(Float.NaN));
        assertThatThrownBy(() -> open(tiff))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("but black is 0 and white is 1");
    }

    /** The decoder keeps what it makes of every table. */
    @Test
    void aJpegOfVeryManyTablesIsRefused() throws IOException {
        byte[] jpeg = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("base444.jpg"));
        ByteBuffer table = ByteBuffer.allocate(2 + 3 + 16 + 1).putShort((short) 0xffc4);
        table.putShort((short) 20).put((byte) 0).put((byte) 1);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(jpeg, 0, 2);
        for (int i = 0; i < 45_000; i++) {
            file.writeBytes(table.array());
        }
        file.write(jpeg, 2, jpeg.length - 2);
        Measured measured = new Measured();
        assertThatThrownBy(() -> open(file.toByteArray()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("more than 1000 segments");
        measured.assertLittle();
    }

    /** Bits of one number, which Java takes for one with a sign. */
    @ParameterizedTest
    @CsvSource({"0, 0", "2147483648, 0.5", "4294967295, 1"})
    void aTiffOf32BitsIsReadByItsScale(long value, float expected) {
        ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 9 * 12 + 4 + 4).order(ByteOrder.LITTLE_ENDIAN);
        tiff.put(new byte[] {'I', 'I', 42, 0}).putInt(8).putShort((short) 9);
        int[][] tags = {{256, 1}, {257, 1}, {258, 32}, {259, 1}, {262, 1}, {273, 122}, {277, 1}, {278, 1}, {279, 4}};
        for (int[] tag : tags) {
            tiff.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
        }
        tiff.putInt(0).putInt((int) value);
        assertThat(open(tiff.array()).image().pixels()).containsExactly(expected);
    }

    @Test
    void aSmallPictureOnAHugeCanvasIsRefused() throws IOException {
        byte[] gif = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("plain.gif"));
        ByteBuffer.wrap(gif).putInt(6, -1);
        Measured measured = new Measured();
        assertThatThrownBy(() -> open(gif).fit(NETWORK, 1, Interpolation.BILINEAR))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has 65535 x 65535 pixels");
        measured.assertLittle();
    }

    @Test
    void aGifOnALargerCanvasIsShownInItsPlace() throws IOException {
        byte[] gif = Files.readAllBytes(PictureFormatsTest.PICTURES.resolve("plain.gif"));
        ByteBuffer header = ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN);
        Image before = open(gif).image();
        int block = 13 + (3 << ((gif[10] & 7) + 1));
        header.putShort(6, (short) 60).putShort(block + 1, (short) 10).putShort(block + 3, (short) 4);
        Picture picture = open(gif);
        assertThat(picture.width()).isEqualTo(60);
        assertThat(picture.height()).isEqualTo(35);
        Image shown = picture.resample(new Box(10, 4, 55, 35), before.shape(), Interpolation.BILINEAR);
        assertThat(shown.pixels()).containsExactly(before.pixels());
        assertThat(picture.image().pixels()[0]).isEqualTo(1f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<!DOCTYPE html><html>            | is a web page",
                "version https://git-lfs.github.com/spec/v1 | is a Git LFS pointer",
                "%PDF-1.7                         | is a PDF document",
                "....ftypheic                     | is a HEIC picture",
                "....ftypavif                     | is an AVIF picture",
                "<?xml version='1.0'?><svg>       | is an SVG drawing",
                "hello                            | is not an image that can be read"
            })
    void whatIsNoPictureIsCalledWhatItIs(String content, String message) {
        assertThatThrownBy(() -> open(content.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("picture " + message)
                .hasMessageEndingWith("; use " + ImageReader.FORMATS);
    }

    @Test
    void anEmptyFileAndADirectoryAreSaidToBeThat() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.png"));
        assertThatThrownBy(() -> ImageReader.open(empty)).hasMessageStartingWith(empty + " is empty");
        assertThatThrownBy(() -> ImageReader.open(directory)).hasMessage(directory + " is a directory, not a file");
    }

    private static byte[] packed(byte[] data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var deflate = new DeflaterOutputStream(out)) {
            deflate.write(data);
        }
        return out.toByteArray();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static Picture open(byte[] file) {
        return ImageReader.open(new Input("picture", () -> new ByteArrayInputStream(file)));
    }
}
