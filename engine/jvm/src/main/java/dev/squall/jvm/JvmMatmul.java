package dev.squall.jvm;

import dev.squall.backend.Matmul;
import dev.squall.tensor.Role;
import dev.squall.tensor.Storage;

/**
 * Matrix products as 1x1 convolutions: the rows of a are the pixels, in blocks of 16 along K, the columns of b the output channels.
 */
final class JvmMatmul implements Matmul {
    private static final int BLOCK = BlockedLayout.BLOCK;

    private final JvmBackend backend;

    JvmMatmul(JvmBackend backend) {
        this.backend = backend;
    }

    @Override
    public void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        JvmStorage left = JvmStorage.of(a);
        JvmStorage right = JvmStorage.of(b);
        JvmStorage result = JvmStorage.of(c);
        int m = c.shape().dim(0);
        int n = c.shape().dim(1);
        int k = a.shape().dim(transposeA ? 0 : 1);

        int width = Math.min(m, TileKernels.MAX_POSITIONS);
        int height = Math.ceilDiv(m, width);
        var pixels = new PixelPanel(height * width, BlockedLayout.blocksOf(k));
        var products = new PixelPanel(height * width, BlockedLayout.blocksOf(n));
        var source = new DirectWeights.Source(right.address(), n, k, 1, 1, 1, !transposeB);
        Window window = Window.product(height, width);

        Allocator.Block in = backend.scratch().allocate(pixels.bytes());
        Allocator.Block out = backend.scratch().allocate(products.bytes());
        pack(left, transposeA, m, k, in.address(), pixels);
        record Key(boolean transposed) {}
        DirectWeights weights = b.role() == Role.PARAMETER
                ? (DirectWeights) right.packed(
                        new Key(transposeB), () -> DirectWeights.pack(source, window.taps(), backend))
                : DirectWeights.pack(source, window.taps(), backend);
        new DirectConvolution(
                        window,
                        pixels.grid(in.address(), width),
                        products.grid(out.address(), width),
                        1,
                        weights,
                        Finish.NONE)
                .run(backend.pool());
        unpack(out.address(), products, result.address(), m, n);

        if (b.role() != Role.PARAMETER) {
            weights.free();
        }
        backend.scratch().free(in);
        backend.scratch().free(out);
    }

    /** A matrix of {@code rows} rows whose columns lie in blocks of 16: [blocks, rows, 16]. */
    private record PixelPanel(int rows, int blocks) {
        long blockBytes() {
            return (long) rows * BlockedLayout.PIXEL_BYTES;
        }

        long bytes() {
            return blocks * blockBytes();
        }

        PixelGrid grid(long address, int width) {
            long rowBytes = (long) width * BlockedLayout.PIXEL_BYTES;
            return new PixelGrid(address, bytes(), blockBytes(), rowBytes, BlockedLayout.PIXEL_BYTES);
        }
    }

    private void pack(JvmStorage a, boolean transposed, int m, int k, long to, PixelPanel panel) {
        backend.pool().forEach(panel.blocks, block -> {
            long out = to + block * panel.blockBytes();
            int columns = Math.min(BLOCK, k - block * BLOCK);
            if (columns < BLOCK || panel.rows > m) {
                Lanes.zero(out, panel.blockBytes());
            }
            if (transposed) {
                for (int i = 0; i < columns; i++) {
                    long from = a.address() + (long) (block * BLOCK + i) * m * Float.BYTES;
                    for (int row = 0; row < m; row++) {
                        Lanes.set(
                                out + (long) row * BlockedLayout.PIXEL_BYTES + (long) i * Float.BYTES,
                                Lanes.get(from + (long) row * Float.BYTES));
                    }
                }
            } else {
                for (int row = 0; row < m; row++) {
                    Lanes.copy(
                            a.address() + ((long) row * k + block * BLOCK) * Float.BYTES,
                            out + (long) row * BlockedLayout.PIXEL_BYTES,
                            (long) columns * Float.BYTES);
                }
            }
        });
    }

    private void unpack(long from, PixelPanel panel, long to, int m, int n) {
        int rowsAtOnce = 16;
        backend.pool().forEach(Math.ceilDiv(m, rowsAtOnce), task -> {
            for (int row = task * rowsAtOnce; row < Math.min(m, (task + 1) * rowsAtOnce); row++) {
                for (int block = 0; block < panel.blocks; block++) {
                    Lanes.copy(
                            from + block * panel.blockBytes() + (long) row * BlockedLayout.PIXEL_BYTES,
                            to + ((long) row * n + block * BLOCK) * Float.BYTES,
                            (long) Math.min(BLOCK, n - block * BLOCK) * Float.BYTES);
                }
            }
        });
    }
}
