package dev.squall.data.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * JPEG: segments that begin with a marker, and behind some of them compressed pixels up to the next marker.
 *
 * @see <a href="https://www.w3.org/Graphics/JPEG/itu-t81.pdf">the specification, annex B</a>
 */
final class JpegFile {
    private static final int SOI = 0xd8;

    /** The last kind of frame that decoders read, after baseline, extended and progressive. */
    private static final int LOSSLESS = 0xc3;

    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int DNL = 0xdc;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int ADOBE = 0xee;
    private static final int COMMENT = 0xfe;

    /** Restart markers stand alone, without a length. */
    private static final int FIRST_RESTART = 0xd0;

    private static final int LAST_RESTART = 0xd7;
    /** Below it are reserved ones, and TEM, which stands alone. */
    private static final int FIRST_MARKER = 0xc0;

    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    private static final byte[] ADOBE_NAME = {'A', 'd', 'o', 'b', 'e'};

    /** Says that three components are brightness and two colour differences, without which decoders guess. */
    private static final byte[] JFIF = {
        (byte) 0xff, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    /** Of progressive files: cameras and editors make about ten. */
    private static final int MOST_SCANS = 100;

    private static final double EFFORT_OF_A_SCAN = 0.3;

    /** Each has tables, and the decoder keeps what it makes of every one: a megabyte of them takes two gigabytes. */
    private static final int MOST_SEGMENTS = 1000;

    private final byte[] file;
    private final ByteArrayOutputStream body;
    private int place = 2;
    private int orientation = Orientation.UPRIGHT;
    private byte[] adobe = new byte[0];
    private int[] frame = new int[0];
    private int scans;
    private int segments;

    private JpegFile(byte[] file) {
        this.file = file;
        this.body = new ByteArrayOutputStream(file.length);
    }

    static EncodedPicture essence(byte[] file) throws UnusablePictureException {
        return new JpegFile(file).essence();
    }

    private EncodedPicture essence() throws UnusablePictureException {
        int marker = nextMarker();
        while (marker != EOI) {
            segment(marker);
            marker = nextMarker();
        }
        if (frame.length == 0 || scans == 0) {
            throw UnusablePictureException.truncated();
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream(body.size() + 64);
        whole.write(0xff);
        whole.write(SOI);
        if (adobe.length > 0) {
            whole.writeBytes(adobe);
        } else if (!isRgb()) {
            whole.writeBytes(JFIF);
        }
        whole.writeBytes(body.toByteArray());
        whole.write(0xff);
        whole.write(EOI);
        int components = frame.length - 2;
        double effort = components == 4 ? 1.5 : 1;
        return EncodedPicture.of(
                whole.toByteArray(), frame[0], frame[1], components, effort + EFFORT_OF_A_SCAN * scans, orientation);
    }

    /** Whether four components are stored as brightness, two differences and black: what Adobe's segment says, put first here. */
    static boolean isYcck(byte[] essence) {
        return essence.length > 17 && essence[3] == (byte) ADOBE && essence[17] == 2;
    }

    /** The next marker, and {@code place} behind it; the end of the file is an end of the picture. */
    private int nextMarker() {
        while (place + 1 < file.length) {
            int marker = Byte.toUnsignedInt(file[place + 1]);
            if (file[place] == (byte) 0xff && marker >= FIRST_MARKER && marker != 0xff) {
                place += 2;
                return marker;
            }
            place++;
        }
        return EOI;
    }

    private void segment(int marker) throws UnusablePictureException {
        if (marker == SOI || marker >= FIRST_RESTART && marker <= LAST_RESTART) {
            return;
        }
        boolean ancillary = marker >= APP0 && marker <= 0xef || marker == COMMENT;
        int length = place + 1 < file.length
                ? Short.toUnsignedInt(ByteBuffer.wrap(file).getShort(place))
                : 0;
        if (length < 2 || place + length > file.length) {
            // In what is not needed, the marker that follows counts and not the length.
            if (ancillary) {
                return;
            }
            throw scans > 0 || place + length > file.length
                    ? UnusablePictureException.truncated()
                    : UnusablePictureException.damaged("a segment claims a length of " + length);
        }
        int start = place;
        if (ancillary) {
            ancillary(marker, length);
        } else {
            keep(marker, length);
        }
        place = start + length;
        if (marker == SOS) {
            scan();
        }
    }

    private void ancillary(int marker, int length) {
        if (marker == APP1 && startsWith(place + 2, EXIF) && length > EXIF.length + 2) {
            orientation =
                    Orientation.ofExif(ByteBuffer.wrap(file).slice(place + 2 + EXIF.length, length - 2 - EXIF.length));
        } else if (marker == ADOBE && startsWith(place + 2, ADOBE_NAME) && length == 14) {
            adobe = Arrays.copyOfRange(file, place - 2, place + length);
        }
    }

    private void keep(int marker, int length) throws UnusablePictureException {
        if (++segments > MOST_SEGMENTS) {
            throw new UnusablePictureException("is a JPEG of more than " + MOST_SEGMENTS
                    + " segments, which is more than any program makes; save it anew");
        }
        body.write(0xff);
        body.write(marker);
        body.write(file, place, length);
        boolean isFrame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (isFrame && marker > LOSSLESS) {
            throw new UnusablePictureException(
                    "is a JPEG of a rare kind (hierarchical, or with arithmetic coding) that is not supported; save it anew");
        }
        if (isFrame && frame.length == 0) {
            ByteBuffer in = ByteBuffer.wrap(file);
            int components = Byte.toUnsignedInt(in.get(place + 7));
            if (in.get(place + 2) != 8) {
                throw new UnusablePictureException("is a JPEG of " + in.get(place + 2)
                        + " bits a sample, of which only 8 are supported; save it with 8 bits");
            }
            if (components < 1 || components > 4 || components == 2 || length < 8 + 3 * components) {
                throw UnusablePictureException.damaged("it claims " + components + " components");
            }
            frame = new int[2 + components];
            frame[0] = Short.toUnsignedInt(in.getShort(place + 3));
            frame[1] = Short.toUnsignedInt(in.getShort(place + 5));
            for (int c = 0; c < components; c++) {
                frame[2 + c] = in.get(place + 8 + 3 * c);
            }
        }
        if (marker == DNL && length >= 4 && frame.length > 0 && frame[0] == 0) {
            throw new UnusablePictureException("is a JPEG whose height follows its pixels, which is not supported");
        }
    }

    /** Copies compressed pixels up to the next marker that is no restart. */
    private void scan() throws UnusablePictureException {
        if (++scans > MOST_SCANS) {
            throw new UnusablePictureException("is a JPEG of more than " + MOST_SCANS
                    + " scans, which is more than any program makes; save it anew");
        }
        int start = place;
        while (place + 1 < file.length) {
            int next = Byte.toUnsignedInt(file[place + 1]);
            if (file[place] == (byte) 0xff
                    && next != 0
                    && next != 0xff
                    && (next < FIRST_RESTART || next > LAST_RESTART)) {
                break;
            }
            place++;
        }
        int end = place + 1 < file.length ? place : file.length;
        body.write(file, start, end - start);
        place = end;
    }

    private boolean isRgb() {
        return frame.length == 5 && frame[2] == 'R' && frame[3] == 'G' && frame[4] == 'B';
    }

    private boolean startsWith(int from, byte[] name) {
        return from + name.length <= file.length && Arrays.equals(file, from, from + name.length, name, 0, name.length);
    }
}
