package dev.squall.jvm;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Matmul;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DirectConvolution;
import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.strassen.Strassen;
import dev.squall.jvm.strassen.StrassenConvolution;
import dev.squall.jvm.strassen.StrassenWeights;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.TileSizes;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;
import java.util.function.Supplier;

/**
 * Matrix products as 1x1 convolutions: the rows of a are the pixels, in blocks of 16 along K, the columns of b the output channels. Matrices whose
 * rows are whole blocks stay where they are, others are copied. In precision {@code fast}, large products are formed by {@link Strassen}.
 */
final class JvmMatmul implements Matmul {
    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Whether a matrix can be read where it is: with many registers, it would take new kernels for each distance of rows. */
    private static final boolean READS_IN_PLACE = TileSizes.FEW_REGISTERS;

    /** Rows whose pairs fill a register tile. */
    private static final int PAIRED_ROWS = 2 * TileSizes.MAX_POSITIONS;

    /** Of matrices with fewer rows, weights take longer to read than products to form. */
    private static final int LEAST_ROWS = 256;

    /** The most columns of a matrix: the bytes of a tile of rows are counted in ints. */
    private static final int WIDEST = 1 << 24;

    private final Workspace workspace;
    private final Precision precision;

    JvmMatmul(Workspace workspace, Precision precision) {
        this.workspace = workspace;
        this.precision = precision;
    }

    @Override
    public void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        JvmStorage left = JvmStorage.of(a);
        JvmStorage right = JvmStorage.of(b);
        JvmStorage result = JvmStorage.of(c);
        if (Math.max(a.shape().dim(1), Math.max(b.shape().dim(1), c.shape().dim(1))) > WIDEST) {
            throw new IllegalArgumentException("the jvm backend multiplies matrices of at most " + WIDEST
                    + " columns, got " + a.shape() + ", " + b.shape() + " and " + c.shape());
        }
        int m = c.shape().dim(0);
        int n = c.shape().dim(1);
        int k = a.shape().dim(transposeA ? 0 : 1);

        int blocks = BlockedLayout.blocksOf(k);
        int bundle = DenseKernel.bundle(blocks);
        var source = new DirectWeights.Source(right.address(), n, k, 1, 1, 1, !transposeB);
        if (precision != Precision.ACCURATE && m >= LEAST_ROWS && Strassen.pays(k, n, m)) {
            record Forms() {}
            var weights = (StrassenWeights)
                    packed(right, new Forms(), transposeB, () -> StrassenWeights.pack(source, workspace));
            strassen(left, transposeA, m, weights, source, result);
            release(right, weights);
            return;
        }
        List<TapWindow.Tap> taps = TapWindow.product(m, 1).taps();
        record Key() {}
        var weights =
                (DirectWeights) packed(right, new Key(), transposeB, () -> DirectWeights.pack(source, taps, workspace));
        if (READS_IN_PLACE && !transposeA && k % BLOCK == 0) {
            multiply(rows(left, m, k, bundle), bundle, m, weights, result, n);
        } else {
            var pixels = new PixelPanel(m, blocks, bundle);
            Allocator.Block in = workspace.scratch().allocate(pixels.bytes());
            if (transposeA) {
                packColumns(left, m, k, in.address(), pixels);
            } else {
                packRows(left, k, in.address(), pixels);
            }
            multiply(pixels.grid(in.address()), bundle, m, weights, result, n);
            workspace.scratch().free(in);
        }
        release(right, weights);
    }

    /** Parameters keep what was made of them. */
    private static PackedWeights packed(
            JvmStorage right, Object key, boolean transposed, Supplier<PackedWeights> pack) {
        return right.role() == Role.PARAMETER ? right.packed(key, transposed, pack) : pack.get();
    }

    private static void release(JvmStorage right, PackedWeights weights) {
        if (right.role() == Role.PARAMETER) {
            right.release(weights);
        } else {
            weights.free();
        }
    }

    @Override
    public void batched(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        try (Backing left = new Backing(a);
                Backing right = new Backing(b);
                Backing result = new Backing(c)) {
            for (int i = 0; i < c.shape().batch(); i++) {
                left.load(a, i);
                right.load(b, i);
                matmul(left.matrix, transposeA, right.matrix, transposeB, result.matrix);
                result.store(c, i);
            }
        }
    }

    /** Room for one matrix of a batch. */
    private final class Backing implements AutoCloseable {
        private final JvmStorage matrix;
        private final long bytes;

        Backing(Storage batch) {
            Shape shape = Shape.of(batch.shape().dim(1), batch.shape().dim(2));
            matrix = new JvmStorage(batch.memory(), workspace.scratch(), shape, Role.ACTIVATION);
            bytes = (long) shape.elements() * Float.BYTES;
        }

        void load(Storage batch, int i) {
            Lanes.copy(JvmStorage.of(batch).address() + i * bytes, matrix.address(), bytes);
        }

        void store(Storage batch, int i) {
            Lanes.copy(matrix.address(), JvmStorage.of(batch).address() + i * bytes, bytes);
        }

        @Override
        public void close() {
            workspace.scratch().free(matrix.block());
        }
    }

    /** Writes the product [m, n] of pixels one after another: to where it belongs if its rows are whole blocks, else by way of such rows. */
    private void multiply(PixelGrid pixels, int bundle, int m, DirectWeights weights, JvmStorage result, int n) {
        if (n % BLOCK == 0) {
            multiply(pixels, bundle, rows(result, m, n, 1), m, weights);
            return;
        }
        var products = new PixelPanel(m, BlockedLayout.blocksOf(n), 1);
        Allocator.Block out = workspace.scratch().allocate(products.bytes());
        multiply(pixels, bundle, products.grid(out.address()), m, weights);
        unpack(out.address(), products, result.address(), m, n);
        workspace.scratch().free(out);
    }

    private void strassen(
            JvmStorage left,
            boolean transposeA,
            int m,
            StrassenWeights weights,
            DirectWeights.Source source,
            JvmStorage result) {
        int k = source.inputs();
        PixelGrid products = rows(result, m, source.outputs(), 1);
        if (!transposeA) {
            strassen(rows(left, m, k, 1), products, m, weights, source);
            return;
        }
        var pixels = new PixelPanel(m, k / BLOCK, 1);
        Allocator.Block in = workspace.scratch().allocate(pixels.bytes());
        packColumns(left, m, k, in.address(), pixels);
        strassen(pixels.grid(in.address()), products, m, weights, source);
        workspace.scratch().free(in);
    }

    /** The product of pixels one after another: as images of one row, which fills a tile with its pairs, and one of the rest. */
    private void strassen(
            PixelGrid pixels, PixelGrid products, int m, StrassenWeights weights, DirectWeights.Source source) {
        int height = m / PAIRED_ROWS;
        strassen(TapWindow.product(height, PAIRED_ROWS), pixels, products, 0, weights, source);
        if (m % PAIRED_ROWS > 0) {
            TapWindow rest = TapWindow.product(1, m % PAIRED_ROWS);
            strassen(rest, pixels, products, height * PAIRED_ROWS, weights, source);
        }
    }

    private void strassen(
            TapWindow window,
            PixelGrid pixels,
            PixelGrid products,
            int first,
            StrassenWeights weights,
            DirectWeights.Source source) {
        PixelGrid in = pixels.every(first, 0, window.width(), 1);
        PixelGrid out = products.every(first, 0, window.width(), 1);
        new StrassenConvolution(
                        byRow(in),
                        source.inputs() / BLOCK,
                        byRow(out),
                        window.height(),
                        1,
                        window.width(),
                        weights,
                        AppliedEpilogue.NONE,
                        workspace)
                .run(rests -> {
                    DirectWeights direct = DirectWeights.pack(source, window.taps(), workspace);
                    rests.accept(new DirectConvolution(window, in, 1, out, 1, direct, AppliedEpilogue.NONE, precision));
                    direct.free();
                });
    }

    /** The same pixels, each row of which is an image. */
    private static PixelGrid byRow(PixelGrid grid) {
        return new PixelGrid(grid.origin(), grid.row(), grid.block(), grid.row(), grid.column());
    }

    /** The rows of a row-major matrix as pixels, one after another; {@code bundle} blocks of 16 columns are next to each other. */
    private static PixelGrid rows(JvmStorage matrix, int rows, int columns, int bundle) {
        int rowBytes = columns * Float.BYTES;
        return new PixelGrid(
                matrix.address(),
                (long) rows * rowBytes,
                (long) bundle * BlockedLayout.PIXEL_BYTES,
                rowBytes,
                rowBytes);
    }

    /** The product of pixels one after another: as rows of an image that are as wide as a tile, and a last one that may be narrower. */
    private void multiply(PixelGrid pixels, int bundle, PixelGrid products, int m, DirectWeights weights) {
        int width = Math.min(m, TileSizes.MAX_POSITIONS);
        int height = m / width;
        multiply(TapWindow.product(height, width), pixels, bundle, products, 0, weights);
        if (m % width > 0) {
            multiply(TapWindow.product(1, m % width), pixels, bundle, products, height * width, weights);
        }
    }

    private void multiply(
            TapWindow window, PixelGrid pixels, int bundle, PixelGrid products, int first, DirectWeights weights) {
        PixelGrid in = pixels.every(first, 0, window.width(), 1);
        PixelGrid out = products.every(first, 0, window.width(), 1);
        new DirectConvolution(window, in, bundle, out, 1, weights, AppliedEpilogue.NONE, precision)
                .run(workspace.pool());
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

        /** The rows as pixels, one after another. */
        PixelGrid grid(long address) {
            return new PixelGrid(address, bytes(), (long) rows * rowBytes(), rowBytes(), rowBytes());
        }
    }

    /** From [k, m]. */
    private void packColumns(JvmStorage a, int m, int k, long to, PixelPanel panel) {
        workspace.pool().forEach(panel.blocks, block -> {
            long out = to + panel.block(block);
            int columns = Math.min(BLOCK, k - block * BLOCK);
            for (int row = 0; row < panel.rows; row++) {
                for (int i = 0; i < BLOCK; i++) {
                    long from = a.address() + ((long) (block * BLOCK + i) * m + row) * Float.BYTES;
                    Lanes.set(
                            out + (long) row * panel.rowBytes() + (long) i * Float.BYTES,
                            i < columns ? Lanes.get(from) : 0f);
                }
            }
        });
    }

    /** From [m, k]. */
    private void packRows(JvmStorage a, int k, long to, PixelPanel panel) {
        int rowsAtOnce = 16;
        workspace.pool().forEach(Math.ceilDiv(panel.rows, rowsAtOnce), task -> {
            for (int row = task * rowsAtOnce; row < Math.min(panel.rows, (task + 1) * rowsAtOnce); row++) {
                for (int block = 0; block < panel.blocks; block++) {
                    long from = a.address() + ((long) row * k + block * BLOCK) * Float.BYTES;
                    long out = to + panel.block(block) + (long) row * panel.rowBytes();
                    copy(from, out, Math.min(BLOCK, k - block * BLOCK));
                }
            }
        });
    }

    private void unpack(long from, PixelPanel panel, long to, int m, int n) {
        int rowsAtOnce = 16;
        workspace.pool().forEach(Math.ceilDiv(m, rowsAtOnce), task -> {
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
