package dev.squall.data.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory that does not let itself be read behind its end for ever. The decoder of lossless WebP takes zeros there, so that a
 * damaged header of a few bytes could have it build 300,000 tables of codes, in half a minute and 25 GB. The decoder of a whole picture
 * does try to read behind the end, too, since it looks ahead: a few times for each pixel, where all are of one colour and take no bits at all.
 */
final class EndingStream extends ImageInputStreamImpl {
    private static final long ATTEMPTS_PER_PIXEL = 16;
    private static final long MORE_ATTEMPTS = 100_000;

    private final byte[] file;
    private long attempts;

    EndingStream(EncodedPicture encoded) {
        file = encoded.file();
        attempts = MORE_ATTEMPTS + ATTEMPTS_PER_PIXEL * encoded.width() * encoded.height();
    }

    @Override
    public int read() throws IOException {
        bitOffset = 0;
        return isBehindTheEnd() ? -1 : file[(int) streamPos++] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (isBehindTheEnd()) {
            return -1;
        }
        int count = (int) Math.min(length, file.length - streamPos);
        System.arraycopy(file, (int) streamPos, to, offset, count);
        streamPos += count;
        return count;
    }

    private boolean isBehindTheEnd() throws IIOException {
        if (streamPos < file.length) {
            return false;
        }
        if (--attempts < 0) {
            throw new IIOException("it ends before its picture does", new EOFException());
        }
        return true;
    }

    @Override
    public long length() {
        return file.length;
    }
}
