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
        int blocks = BlockedLayout.blocksOf(k);
        var pixels = new PixelPanel(height * width, blocks, DenseKernel.bundle(blocks));
        var products = new PixelPanel(height * width, BlockedLayout.blocksOf(n), 1);
        var source = new DirectWeights.Source(right.address(), n, k, 1, 1, 1, !transposeB);
        Window window = Window.product(height, width);

        Allocator.Block in = backend.scratch().allocate(pixels.bytes());
        Allocator.Block out = backend.scratch().allocate(products.bytes());
        if (transposeA) {
            packColumns(left, m, k, in.address(), pixels);
        } else {
            packRows(left, m, k, in.address(), pixels);
        }
        record Key() {}
        DirectWeights weights = b.role() == Role.PARAMETER
                ? (DirectWeights)
                        right.packed(new Key(), transposeB, () -> DirectWeights.pack(source, window.taps(), backend))
                : DirectWeights.pack(source, window.taps(), backend);
        new DirectConvolution(
                        window,
                        pixels.grid(in.address(), width),
                        pixels.bundle,
                        products.grid(out.address(), width),
                        1,
                        weights,
                        Finish.NONE)
                .run(backend.pool());
        unpack(out.address(), products, result.address(), m, n);

        if (b.role() == Role.PARAMETER) {
            right.release(weights);
        } else {
            weights.free();
        }
        backend.scratch().free(in);
        backend.scratch().free(out);
    }

    /** A matrix whose columns lie in bundles of a few blocks of 16: [blocks / bundle, rows, bundle, 16]. */
    private record PixelPanel(int rows, int blocks, int bundle) {
        long bytes() {
            return (long) blocks * rows * BlockedLayout.PIXEL_BYTES;
        }

        int rowBytes() {
            return bundle * BlockedLayout.PIXEL_BYTES;
        }

        /** Offset of a block of the first row. */
        long block(int block) {
            return (long) (block / bundle) * rows * rowBytes() + (long) (block % bundle) * BlockedLayout.PIXEL_BYTES;
        }

        /** The rows as the pixels of an image of {@code width}. */
        PixelGrid grid(long address, int width) {
            return new PixelGrid(address, bytes(), (long) rows * rowBytes(), (long) width * rowBytes(), rowBytes());
        }
    }

    /** From [k, m]. */
    private void packColumns(JvmStorage a, int m, int k, long to, PixelPanel panel) {
        backend.pool().forEach(panel.blocks, block -> {
            long out = to + panel.block(block);
            int columns = Math.min(BLOCK, k - block * BLOCK);
            for (int row = 0; row < panel.rows; row++) {
                for (int i = 0; i < BLOCK; i++) {
                    long from = a.address() + ((long) (block * BLOCK + i) * m + row) * Float.BYTES;
                    Lanes.set(
                            out + (long) row * panel.rowBytes() + (long) i * Float.BYTES,
                            i < columns && row < m ? Lanes.get(from) : 0f);
                }
            }
        });
    }

    /** From [m, k]. */
    private void packRows(JvmStorage a, int m, int k, long to, PixelPanel panel) {
        int rowsAtOnce = 16;
        backend.pool().forEach(Math.ceilDiv(panel.rows, rowsAtOnce), task -> {
            for (int row = task * rowsAtOnce; row < Math.min(panel.rows, (task + 1) * rowsAtOnce); row++) {
                for (int block = 0; block < panel.blocks; block++) {
                    long from = a.address() + ((long) row * k + block * BLOCK) * Float.BYTES;
                    long out = to + panel.block(block) + (long) row * panel.rowBytes();
                    copy(from, out, row < m ? Math.min(BLOCK, k - block * BLOCK) : 0);
                }
            }
        });
    }

    private void unpack(long from, PixelPanel panel, long to, int m, int n) {
        int rowsAtOnce = 16;
        backend.pool().forEach(Math.ceilDiv(m, rowsAtOnce), task -> {
            for (int row = task * rowsAtOnce; row < Math.min(m, (task + 1) * rowsAtOnce); row++) {
                for (int block = 0; block < panel.blocks; block++) {
                    long at = from + panel.block(block) + (long) row * panel.rowBytes();
                    long target = to + ((long) row * n + block * BLOCK) * Float.BYTES;
                    int columns = Math.min(BLOCK, n - block * BLOCK);
                    if (columns == BLOCK) {
                        copy(at, target, columns);
                    } else {
                        Lanes.copy(at, target, (long) columns * Float.BYTES);
                    }
                }
            }
        });
    }

    /** Copies {@code columns} values, and zeros up to 16. */
    private static void copy(long from, long to, int columns) {
        if (columns < BLOCK) {
            Lanes.zero(to, BlockedLayout.PIXEL_BYTES);
            Lanes.copy(from, to, (long) columns * Float.BYTES);
            return;
        }
        for (long lane = 0; lane < BlockedLayout.PIXEL_BYTES; lane += Lanes.BYTES) {
            Lanes.store(to + lane, Lanes.load(from + lane));
        }
    }
}
