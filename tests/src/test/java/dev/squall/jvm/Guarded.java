package dev.squall.jvm;

import dev.squall.backend.BackendOptions;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.GuardedAllocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.Storage;

/** The JVM backend in memory that finds mistakes. */
public final class Guarded implements AutoCloseable {
    private final GuardedAllocator scratch = new GuardedAllocator();
    private final JvmBackend backend;

    /** With the given options. */
    public Guarded(BackendOptions options) {
        backend = new JvmBackend(options, new GuardedAllocator(), scratch);
    }

    /** The backend. */
    public JvmBackend backend() {
        return backend;
    }

    /** Bytes of tensors and of what was derived from them. */
    public long liveBytes() {
        return backend.liveBytes() + scratch.liveBytes();
    }

    /** What of an image must be zero and is not: the frame around planes, or the channels that fill up the last block. The empty string if all is well. */
    public static String unclean(Storage storage) {
        JvmStorage images = JvmStorage.of(storage);
        if (!images.isBlocked()) {
            return "";
        }
        BlockedLayout layout = images.layout();
        int frame = layout.halo();
        for (int p = 0; p < layout.planes(); p++) {
            for (int y = -frame; y < layout.height() + frame; y++) {
                for (int x = -frame; x < layout.width() + frame; x++) {
                    boolean inside = y >= 0 && y < layout.height() && x >= 0 && x < layout.width();
                    long pixel = images.address()
                            + layout.plane(p)
                            + y * layout.rowBytes()
                            + (long) x * BlockedLayout.PIXEL_BYTES;
                    for (int lane = 0; lane < BlockedLayout.BLOCK; lane++) {
                        if (!(inside && layout.exists(p % layout.blocks(), lane))
                                && Lanes.get(pixel + (long) lane * Float.BYTES) != 0f) {
                            return (inside ? "padding channel " : "frame, channel ") + lane + " of plane " + p
                                    + " at row " + y + ", column " + x;
                        }
                    }
                }
            }
        }
        return "";
    }

    @Override
    public void close() {
        backend.close();
    }
}
