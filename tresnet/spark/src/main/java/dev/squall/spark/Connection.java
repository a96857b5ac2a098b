package dev.squall.spark;

import dev.squall.train.parallel.CommunicationException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * A socket to another process, over which frames go both ways: a length of four bytes, a byte that says what follows, and that. Sending returns at
 * once, receiving waits.
 */
final class Connection implements AutoCloseable {
    /** Beyond that many bytes, what is sent goes in several frames, so that neither side needs a large buffer. */
    static final int PIECE = 1 << 20;

    private static final int HEADER = Integer.BYTES + 1;
    private static final Frame LOST = new Frame((byte) 0, new byte[0]);

    private final Channel channel;
    private final String other;
    private final BlockingQueue<Frame> inbox = new LinkedBlockingQueue<>();
    private final AtomicLong bytesSent = new AtomicLong();

    /** What came: of which kind, and what was with it. */
    record Frame(byte kind, byte[] payload) {}

    /** @param other the other side, for messages */
    Connection(Channel channel, String other) {
        this.channel = channel;
        this.other = other;
    }

    /** Puts down a frame that has come. For the thread that reads. */
    void arrived(byte kind, byte[] payload) {
        inbox.add(new Frame(kind, payload));
    }

    /** No frame will come any more. For the thread that reads. */
    void lost() {
        inbox.add(LOST);
    }

    /** Sends a frame. */
    void send(int kind, byte... payload) {
        send(kind, payload, 0, payload.length);
    }

    /** Sends a frame of a part of an array. The result tells when it has left. */
    ChannelFuture send(int kind, byte[] payload, int from, int length) {
        ByteBuf frame = frame(kind, length);
        frame.writeBytes(payload, from, length);
        return write(frame);
    }

    /** Sends numbers in as many frames as they need. */
    void sendFloats(int kind, float[] values, int from, int to) {
        for (int begin = from; begin < to; begin += PIECE / Float.BYTES) {
            int count = Math.min(to - begin, PIECE / Float.BYTES);
            ByteBuf frame = frame(kind, count * Float.BYTES);
            frame.nioBuffer(HEADER, count * Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(values, begin, count);
            frame.writerIndex(HEADER + count * Float.BYTES);
            write(frame);
        }
    }

    private ByteBuf frame(int kind, int length) {
        ByteBuf frame = channel.alloc().buffer(HEADER + length, HEADER + length);
        frame.writeInt(length + 1);
        frame.writeByte(kind);
        return frame;
    }

    private ChannelFuture write(ByteBuf frame) {
        bytesSent.addAndGet(frame.readableBytes());
        return channel.writeAndFlush(frame);
    }

    /**
     * The next frame, which must be of a kind.
     *
     * @param isCancelled asked now and then whether to wait no longer
     * @throws CommunicationException if the other side has gone, or nobody is to wait any longer
     */
    byte[] receive(int kind, BooleanSupplier isCancelled) {
        Frame frame = receive(isCancelled);
        if (frame.kind != kind) {
            throw new CommunicationException(
                    other + " has sent something of kind " + frame.kind + " where " + kind + " was due", null);
        }
        return frame.payload;
    }

    /** The next frame; see {@link #receive(int, BooleanSupplier)}. */
    Frame receive(BooleanSupplier isCancelled) {
        try {
            while (!isCancelled.getAsBoolean()) {
                Frame frame = inbox.poll(1, TimeUnit.SECONDS);
                if (frame == LOST) {
                    inbox.add(LOST);
                    throw new CommunicationException(other + " cannot be reached any more", null);
                }
                if (frame != null) {
                    return frame;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new CommunicationException("stopped while waiting for " + other, null);
    }

    /** Whether there is something to receive. */
    boolean hasArrived() {
        return !inbox.isEmpty();
    }

    /** Receives what {@link #sendFloats} has sent. */
    void receiveFloats(int kind, float[] values, int from, int to, BooleanSupplier isCancelled) {
        int at = from;
        while (at < to) {
            byte[] payload = receive(kind, isCancelled);
            int count = payload.length / Float.BYTES;
            if (count == 0 || count > to - at) {
                throw new CommunicationException(
                        other + " has sent " + count + " numbers where " + (to - at) + " were due", null);
            }
            ByteBuffer.wrap(payload)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values, at, count);
            at += count;
        }
    }

    /** The bytes sent since the last call. */
    long takeBytesSent() {
        return bytesSent.getAndSet(0);
    }

    @Override
    public void close() {
        channel.close();
    }
}
