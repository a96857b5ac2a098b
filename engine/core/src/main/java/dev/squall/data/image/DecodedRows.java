package dev.squall.data.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder made of a file, turned into grey or red, green and blue as it is read.
 *
 * <p>Samples count as they are stored, whatever their colour profile: so does Pillow, on whose pictures networks were
 * trained. Where a picture is transparent, white shows through. Inks become colours by {@code (1 - ink)(1 - black)}, as
 * Pillow and ImageMagick do without a profile.
 */
final class DecodedRows implements Rows {
    private static final float NEUTRAL = 128;
    private static final float WRAPPED = 1L << Integer.SIZE;

    private final Raster raster;
    private final Colours colours;
    private final int alphaBand;

    /** Whether colours have been multiplied by their alpha already. */
    private final boolean premultiplied;

    private final float levels;

    /** By band, what brings a sample onto the scale of {@code levels}. */
    private final float[] scales;

    private final int[] palette;
    private final @Nullable PixelInterleavedSampleModel plainBytes;

    /** What the samples of a pixel are. */
    enum Colours {
        GREY(1, 1),
        RGB(3, 3),
        CMYK(4, 3),
        /** As Adobe stores it in JPEG: the light that each ink leaves. */
        INVERTED_CMYK(4, 3),
        /** The same, cyan, magenta and yellow as brightness and two differences of colours. */
        YCCK(4, 3),
        PALETTE(1, 3),
        GREY_PALETTE(1, 1);

        private final int bands;
        private final int channels;

        Colours(int bands, int channels) {
            this.bands = bands;
            this.channels = channels;
        }
    }

    private DecodedRows(
            Raster raster, Colours colours, int[] bits, boolean hasAlpha, boolean premultiplied, int[] palette)
            throws UnusablePictureException {
        boolean floating = raster.getTransferType() == DataBuffer.TYPE_FLOAT;
        boolean fine = !floating && bits[0] > Byte.SIZE;
        this.raster = raster;
        this.colours = colours;
        this.alphaBand = hasAlpha ? colours.bands : -1;
        this.premultiplied = premultiplied;
        this.levels = floating ? 1 : fine ? (1L << bits[0]) - 1 : BYTE_LEVELS;
        this.palette = palette;
        this.scales = new float[raster.getNumBands()];
        for (int b = 0; b < scales.length; b++) {
            scales[b] = floating || palette.length > 0 ? 1 : levels / ((1L << bits[Math.min(b, bits.length - 1)]) - 1);
        }
        boolean bytes = raster.getDataBuffer() instanceof DataBufferByte && scales[0] == 1 && !hasAlpha;
        boolean plain = bytes && (colours == Colours.GREY || colours == Colours.RGB);
        this.plainBytes = plain && raster.getSampleModel() instanceof PixelInterleavedSampleModel model ? model : null;
        if (floating) {
            requireUnitRange();
        }
    }

    /**
     * Of a picture with a colour model.
     *
     * @param alpha what is meant by samples that the model takes for transparency
     */
    static Rows of(BufferedImage image, EncodedPicture.Alpha alpha) throws UnusablePictureException {
        ColorModel model = image.getColorModel();
        Raster raster = image.getRaster();
        if (model instanceof IndexColorModel index) {
            int[] palette = new int[1 << index.getPixelSize()];
            boolean grey = true;
            for (int i = 0; i < palette.length; i++) {
                palette[i] = i < index.getMapSize() ? overWhite(index.getRGB(i)) : 0;
                grey &= (palette[i] >> 16) == (palette[i] & 0xff) && (palette[i] >> 8 & 0xff) == (palette[i] & 0xff);
            }
            Colours colours = grey ? Colours.GREY_PALETTE : Colours.PALETTE;
            return new DecodedRows(raster, colours, new int[] {Byte.SIZE}, false, false, palette);
        }
        Colours colours = switch (model.getColorSpace().getType()) {
            case ColorSpace.TYPE_GRAY -> Colours.GREY;
            case ColorSpace.TYPE_RGB -> Colours.RGB;
            case ColorSpace.TYPE_CMYK -> Colours.CMYK;
            default -> throw new UnusablePictureException("is a picture whose colours are not grey, RGB or CMYK");
        };
        return new DecodedRows(
                raster,
                colours,
                model.getComponentSize(),
                model.hasAlpha() && alpha != EncodedPicture.Alpha.NONE,
                alpha == EncodedPicture.Alpha.PREMULTIPLIED,
                new int[0]);
    }

    /** Of bytes as they are stored. */
    static Rows of(Raster raster, Colours colours) throws UnusablePictureException {
        return new DecodedRows(raster, colours, new int[] {Byte.SIZE}, false, false, new int[0]);
    }

    @Override
    public int height() {
        return raster.getHeight();
    }

    @Override
    public int width() {
        return raster.getWidth();
    }

    @Override
    public int channels() {
        return colours.channels;
    }

    @Override
    public float levels() {
        return levels;
    }

    @Override
    public long bytes() {
        DataBuffer buffer = raster.getDataBuffer();
        return (long) buffer.getNumBanks()
                * buffer.getSize()
                * DataBuffer.getDataTypeSize(buffer.getDataType())
                / Byte.SIZE;
    }

    @Override
    public void read(int y, int from, int to, float[] destination) {
        if (plainBytes != null) {
            readBytes(plainBytes, y, from, to, destination);
            return;
        }
        int width = to - from;
        int bands = raster.getNumBands();
        float[] samples = raster.getPixels(raster.getMinX() + from, raster.getMinY() + y, width, 1, (float[]) null);
        float[] pixel = new float[bands];
        float[] colour = new float[colours.channels];
        for (int x = 0; x < width; x++) {
            for (int b = 0; b < bands; b++) {
                float sample = samples[x * bands + b];
                // Of 32 bits, Java takes the highest for a sign.
                pixel[b] = (sample < 0 ? sample + WRAPPED : sample) * scales[b];
            }
            convert(pixel, colour);
            for (int c = 0; c < colour.length; c++) {
                destination[c * width + x] = alphaBand < 0 ? colour[c] : overWhite(colour[c], pixel[alphaBand]);
            }
        }
    }

    /** The same for what most pictures are, without a detour. */
    private void readBytes(PixelInterleavedSampleModel model, int y, int from, int to, float[] destination) {
        byte[] data = ((DataBufferByte) raster.getDataBuffer()).getData();
        int row = raster.getDataBuffer().getOffset()
                + (raster.getMinY() + y - raster.getSampleModelTranslateY()) * model.getScanlineStride()
                + (raster.getMinX() + from - raster.getSampleModelTranslateX()) * model.getPixelStride();
        int width = to - from;
        for (int c = 0; c < colours.channels; c++) {
            int start = row + model.getBandOffsets()[c];
            for (int x = 0; x < width; x++) {
                destination[c * width + x] = data[start + x * model.getPixelStride()] & 0xff;
            }
        }
    }

    private void convert(float[] pixel, float[] colour) {
        switch (colours) {
            case GREY -> colour[0] = pixel[0];
            case RGB -> System.arraycopy(pixel, 0, colour, 0, 3);
            case CMYK -> {
                for (int c = 0; c < 3; c++) {
                    colour[c] = rounded((levels - pixel[c]) * (levels - pixel[3]) / levels);
                }
            }
            case INVERTED_CMYK -> {
                for (int c = 0; c < 3; c++) {
                    colour[c] = rounded(pixel[c] * pixel[3] / levels);
                }
            }
            case YCCK -> {
                float blue = pixel[1] - NEUTRAL;
                float red = pixel[2] - NEUTRAL;
                colour[0] = light(pixel[0] + 1.402f * red, pixel[3]);
                colour[1] = light(pixel[0] - 0.344136f * blue - 0.714136f * red, pixel[3]);
                colour[2] = light(pixel[0] + 1.772f * blue, pixel[3]);
            }
            case PALETTE -> {
                int rgb = palette[(int) pixel[0]];
                colour[0] = rgb >> 16;
                colour[1] = rgb >> 8 & 0xff;
                colour[2] = rgb & 0xff;
            }
            case GREY_PALETTE -> colour[0] = palette[(int) pixel[0]] & 0xff;
        }
    }

    private float light(float ink, float black) {
        return rounded((levels - Math.min(levels, Math.max(0, rounded(ink)))) * black / levels);
    }

    private float overWhite(float value, float alpha) {
        float covered = premultiplied ? value : value * alpha / levels;
        return Math.min(levels, rounded(covered + levels - alpha));
    }

    private float rounded(float value) {
        return levels == BYTE_LEVELS ? Math.round(value) : value;
    }

    /** Red, green and blue of a colour with transparency, each over white. */
    private static int overWhite(int argb) {
        int alpha = argb >>> 24;
        int over = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int value = argb >> shift & 0xff;
            over |= Math.round((value * alpha + 255 * (255 - alpha)) / 255f) << shift;
        }
        return over;
    }

    private void requireUnitRange() throws UnusablePictureException {
        float[] row = new float[0];
        for (int y = 0; y < raster.getHeight(); y++) {
            row = raster.getPixels(
                    raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, y == 0 ? (float[]) null : row);
            for (float value : row) {
                if (!(value >= 0 && value <= 1)) {
                    throw new UnusablePictureException(
                            "holds the floating-point value %s, but black is 0 and white is 1; scale it"
                                    .formatted(value));
                }
            }
        }
    }
}
