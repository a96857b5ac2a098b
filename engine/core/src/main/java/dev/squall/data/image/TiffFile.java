package dev.squall.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * TIFF: directories of tags, each with values in the directory or elsewhere in the file. Of these the first directory is
 * kept, and in it the tags that say how its pixels are stored.
 *
 * @see <a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0</a>
 */
final class TiffFile {
    private static final int ENTRY_BYTES = 12;
    private static final int BIG_TIFF = 43;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTES = 279;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339;

    /** Beside these: interpretation, fill order, planes, fax options, predictor, colours, inks, extra samples, JPEG tables, YCbCr. */
    private static final Set<Integer> KEPT = Set.of(
            WIDTH,
            HEIGHT,
            BITS,
            COMPRESSION,
            262,
            266,
            STRIP_OFFSETS,
            SAMPLES,
            ROWS_PER_STRIP,
            STRIP_BYTES,
            284,
            292,
            293,
            317,
            320,
            TILE_WIDTH,
            TILE_HEIGHT,
            TILE_OFFSETS,
            TILE_BYTES,
            332,
            EXTRA_SAMPLES,
            SAMPLE_FORMAT,
            347,
            529,
            530,
            531,
            532);

    /** Of extra samples. */
    private static final int UNSPECIFIED = 0;

    private static final int ASSOCIATED_ALPHA = 1;
    private static final int UNASSOCIATED_ALPHA = 2;

    private static final int JPEG = 7;

    /** None, three for faxes, LZW, JPEG, deflate under two numbers, PackBits. */
    private static final Set<Integer> COMPRESSIONS = Set.of(1, 2, 3, 4, 5, JPEG, 8, 32946, 32773);

    private static final Set<Integer> SAMPLE_BITS = Set.of(1, 2, 4, 8, 16, 32);
    private static final int MOST_SAMPLES = 8;
    private static final int UNSIGNED = 1;
    private static final int FLOATING = 3;
    private static final int UNDEFINED = 4;
    private static final int LARGEST_TILE = 1 << 24;

    /** Bytes of a value by its type; 0 where there is no such type. */
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    private static final double EFFORT = 1.5;

    private final byte[] file;
    private final ByteBuffer in;
    private final Map<Integer, long[]> values = new HashMap<>();

    private TiffFile(byte[] file) {
        this.file = file.clone();
        this.in = ByteBuffer.wrap(this.file);
    }

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        return new TiffFile(file).essence();
    }

    private EncodedPicture essence() throws UnusablePictureException {
        in.order(in.get(0) == 'M' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        if (in.getShort(2) == BIG_TIFF) {
            throw new UnusablePictureException("is a BigTIFF, which is not supported; save it as TIFF");
        }
        int orientation = reduce(in.getInt(4));
        long width = value(WIDTH, 0);
        long height = value(HEIGHT, 0);
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw UnusablePictureException.damaged("it claims %d x %d pixels".formatted(width, height));
        }
        int samples = (int) value(SAMPLES, 1);
        int bits = (int) value(BITS, 1);
        requireSamples(samples, bits);
        requirePixels(width, height);
        int bytes = Math.max(1, samples * bits / 8);
        EncodedPicture picture = EncodedPicture.of(
                file, (int) height, (int) width, bytes, EFFORT * Math.max(1, bytes / 3.0), orientation);
        return picture.withAlpha(
                switch ((int) value(EXTRA_SAMPLES, UNASSOCIATED_ALPHA)) {
                    case UNSPECIFIED -> EncodedPicture.Alpha.NONE;
                    case ASSOCIATED_ALPHA -> EncodedPicture.Alpha.PREMULTIPLIED;
                    default -> EncodedPicture.Alpha.STRAIGHT;
                });
    }

    /** Leaves in the first directory what is needed, as the only one; returns the orientation that it told. */
    private int reduce(int directory) throws UnusablePictureException {
        int entries = Short.toUnsignedInt(in.getShort(directory));
        int orientation = Orientation.UPRIGHT;
        int kept = directory + 2;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + i * ENTRY_BYTES;
            int tag = Short.toUnsignedInt(in.getShort(entry));
            if (tag == Orientation.TAG) {
                orientation = Orientation.valid(in.getShort(entry + 8));
            } else if (KEPT.contains(tag)) {
                read(tag, entry);
                in.put(kept, file, entry, ENTRY_BYTES);
                kept += ENTRY_BYTES;
            }
        }
        in.putShort(directory, (short) ((kept - directory - 2) / ENTRY_BYTES));
        in.putInt(kept, 0);
        return orientation;
    }

    private void read(int tag, int entry) throws UnusablePictureException {
        int type = Short.toUnsignedInt(in.getShort(entry + 2));
        long count = Integer.toUnsignedLong(in.getInt(entry + 4));
        int size = type < TYPE_BYTES.length ? TYPE_BYTES[type] : 0;
        if (size == 0) {
            throw UnusablePictureException.damaged("its tag %d has the unknown type %d".formatted(tag, type));
        }
        long place = count * size <= 4 ? entry + 8 : Integer.toUnsignedLong(in.getInt(entry + 8));
        if (place + count * size > file.length) {
            throw UnusablePictureException.truncated();
        }
        if (type != 3 && type != 4 && type != 1) {
            return;
        }
        long[] read = new long[(int) count];
        for (int i = 0; i < count; i++) {
            int at = (int) place + i * size;
            read[i] = switch (size) {
                case 1 -> Byte.toUnsignedLong(in.get(at));
                case 2 -> Short.toUnsignedLong(in.getShort(at));
                default -> Integer.toUnsignedLong(in.getInt(at));
            };
        }
        if (values.putIfAbsent(tag, read) != null) {
            throw UnusablePictureException.damaged("its tag " + tag + " is there twice");
        }
    }

    private long value(int tag, long otherwise) {
        long[] found = values.get(tag);
        return found == null || found.length == 0 ? otherwise : found[0];
    }

    private void requireSamples(int samples, int bits) throws UnusablePictureException {
        long format = value(SAMPLE_FORMAT, UNSIGNED);
        boolean alike =
                Arrays.stream(values.getOrDefault(BITS, new long[] {bits})).allMatch(b -> b == bits)
                        && Arrays.stream(values.getOrDefault(SAMPLE_FORMAT, new long[] {format}))
                                .allMatch(f -> f == format);
        if (!alike || !SAMPLE_BITS.contains(bits) || samples < 1 || samples > MOST_SAMPLES) {
            throw new UnusablePictureException(
                    "is a TIFF of %d samples of %s bits, which is not supported; save it as PNG"
                            .formatted(samples, alike ? bits : "unequal"));
        }
        if (format != UNSIGNED && format != UNDEFINED && !(format == FLOATING && bits == 32)) {
            throw new UnusablePictureException("is a TIFF of %s numbers, which are not supported; save it as PNG"
                    .formatted(format == FLOATING ? bits + "-bit floating-point" : "signed or complex"));
        }
        long compression = value(COMPRESSION, 1);
        if (!COMPRESSIONS.contains((int) compression)) {
            throw new UnusablePictureException(
                    "is a TIFF compressed in a way (number %d) that is not supported; save it as PNG"
                            .formatted(compression));
        }
    }

    /** Requires that the pixels lie in the file, no byte twice. */
    private void requirePixels(long width, long height) throws UnusablePictureException {
        boolean tiled = values.containsKey(TILE_OFFSETS);
        long[] offsets = values.getOrDefault(tiled ? TILE_OFFSETS : STRIP_OFFSETS, new long[0]);
        long[] lengths = values.getOrDefault(tiled ? TILE_BYTES : STRIP_BYTES, new long[0]);
        long pieceWidth = tiled ? value(TILE_WIDTH, width) : width;
        long pieceHeight = tiled ? value(TILE_HEIGHT, height) : Math.min(height, value(ROWS_PER_STRIP, height));
        if (offsets.length == 0 || offsets.length != lengths.length) {
            throw UnusablePictureException.damaged(
                    "it lists %d pieces of pixels, but the lengths of %d".formatted(offsets.length, lengths.length));
        }
        if (pieceWidth < 1 || pieceHeight < 1 || tiled && pieceWidth * pieceHeight > LARGEST_TILE) {
            throw UnusablePictureException.damaged(
                    "it claims pieces of %d x %d pixels".formatted(pieceWidth, pieceHeight));
        }
        long total = 0;
        for (int i = 0; i < offsets.length; i++) {
            total += lengths[i];
            if (offsets[i] + lengths[i] > file.length || total > file.length) {
                throw UnusablePictureException.truncated();
            }
            if (value(COMPRESSION, 1) == JPEG) {
                requireJpeg((int) offsets[i], (int) lengths[i], pieceWidth, pieceHeight);
            }
        }
    }

    private void requireJpeg(int offset, int length, long width, long height) throws UnusablePictureException {
        EncodedPicture piece = JpegFile.essence(Arrays.copyOfRange(file, offset, offset + length));
        // Pieces may be filled up to whole blocks of 16 pixels.
        if (piece.width() > width + 15 || piece.height() > height + 15) {
            throw UnusablePictureException.damaged("a piece of %d x %d pixels is stored as one of %d x %d"
                    .formatted(width, height, piece.width(), piece.height()));
        }
    }
}
