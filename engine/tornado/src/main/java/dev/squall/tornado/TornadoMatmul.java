package dev.squall.tornado;

import static dev.squall.tornado.kernel.GatherKernels.COPY_CHANNELS;

import dev.squall.backend.Matmul;
import dev.squall.tensor.Role;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.kernel.ActivationKernels;
import dev.squall.tornado.kernel.BatchKernels;
import dev.squall.tornado.kernel.MatmulKernels;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.PartKernels;
import dev.squall.tornado.kernel.Tiles;
import dev.squall.tornado.layout.PanelCache;
import dev.squall.tornado.layout.Panels;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.Arrays;

/**
 * Matrix products. The right-hand side is packed into panels, unless it is row-major in whole panels and has too few rows on the left to be
 * worth it. A product whose rows are no whole vectors is computed with wider rows first and then copied.
 */
final class TornadoMatmul implements Matmul {
    private static final int PANEL = Panels.DENSE * TornadoStorage.LANES;
    private static final int ROWS_WORTH_PACKING = 64;
    private static final int REGISTER_ROWS = 8;

    private final Launcher launcher;
    private final PanelCache panels;
    private final HalfProducts halves;

    TornadoMatmul(Launcher launcher, PanelCache panels) {
        this.launcher = launcher;
        this.panels = panels;
        halves = new HalfProducts(launcher);
    }

    @Override
    public void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        TornadoStorage left = TornadoStorage.of(a);
        TornadoStorage right = TornadoStorage.of(b);
        TornadoStorage product = TornadoStorage.of(c);
        int columns = c.shape().dim(1);
        int rowVectors = Math.ceilDiv(columns, TornadoStorage.LANES);
        if (columns % TornadoStorage.LANES == 0) {
            multiply(left, transposeA, right, transposeB, product, product.offset(), product.place(), rowVectors);
            return;
        }
        launcher.withScratch(c.shape().dim(0) * rowVectors, wide -> {
            multiply(left, transposeA, right, transposeB, product, wide, ArenaAllocator.MAIN, rowVectors);
            copyRows(wide, rowVectors, product, columns);
        });
    }

    private void copyRows(int wide, int rowVectors, TornadoStorage c, int columns) {
        int elements = c.shape().elements();
        launcher.launch(COPY_CHANNELS, TornadoStorage.places(null, c), elements, 1, new int[] {
            elements,
            columns,
            wide * TornadoStorage.LANES,
            rowVectors * TornadoStorage.LANES,
            c.offset() * TornadoStorage.LANES,
            columns,
            columns
        });
    }

    private void multiply(
            TornadoStorage a,
            boolean transposeA,
            TornadoStorage b,
            boolean transposeB,
            TornadoStorage c,
            int offset,
            int arena,
            int rowVectors) {
        int rows = c.shape().dim(0);
        int columns = c.shape().dim(1);
        int depth = a.shape().dim(transposeA ? 0 : 1);
        int[] sizes = {
            rows,
            rowVectors,
            depth,
            a.offset() * TornadoStorage.LANES,
            transposeA ? 1 : depth,
            transposeA ? rows : 1,
            b.offset(),
            Panels.DENSE,
            rowVectors,
            offset
        };
        boolean wholePanels = !transposeB && columns % PANEL == 0;
        if (wholePanels && b.role() == Role.ACTIVATION && rows < ROWS_WORTH_PACKING) {
            launch(new int[] {a.place(), b.place(), arena}, sizes);
            return;
        }
        Panels packed = Panels.rightHandSide(b.shape(), transposeB);
        panels.with(b, packed, right -> {
            sizes[6] = right;
            sizes[7] = packed.panelRows() * Panels.DENSE;
            sizes[8] = Panels.DENSE;
            launch(new int[] {a.place(), ArenaAllocator.MAIN, arena}, sizes);
        });
    }

    private void launch(int[] places, int[] sizes) {
        if (halves.areOffered()) {
            halves.multiply(places, sizes);
        } else if (launcher.isGpu()) {
            launchTiles(places, sizes);
        } else {
            int panelsInRow = Math.ceilDiv(sizes[1], Panels.DENSE);
            launcher.launch(MatmulKernels.REGISTERS, places, panelsInRow, Math.ceilDiv(sizes[0], REGISTER_ROWS), sizes);
        }
    }

    private void launchTiles(int[] places, int[] sizes) {
        int vectors = Math.multiplyExact(sizes[0], sizes[1]);
        int tilesInX = Math.ceilDiv(sizes[1] * TornadoStorage.LANES, Tiles.COLUMNS);
        int tilesInY = Math.ceilDiv(sizes[0], Tiles.ROWS);
        Split split = Split.of(launcher, tilesInX * tilesInY, Math.ceilDiv(sizes[2], Tiles.DEPTH), 1, vectors);
        int[] all = Arrays.copyOf(sizes, sizes.length + 2);
        all[MatmulTileKernels.STEPS] = split.steps();
        all[MatmulTileKernels.PART_VECTORS] = vectors;
        int itemsInY = tilesInY * split.parts() * Tiles.ITEMS_Y;
        if (split.isWhole()) {
            launcher.launch(MatmulTileKernels.TILE, places, tilesInX * Tiles.ITEMS_X, itemsInY, all);
            return;
        }
        int floats = vectors * TornadoStorage.LANES;
        launcher.withScratch(vectors * split.parts(), parts -> {
            all[9] = parts;
            int[] toParts = {places[0], places[1], ArenaAllocator.MAIN};
            launcher.launch(MatmulTileKernels.TILE, toParts, tilesInX * Tiles.ITEMS_X, itemsInY, all);
            int[] sum = {
                floats, sizes[9], parts, split.parts(), floats, floats, -1, -1, ActivationKernels.IDENTITY, floats
            };
            launcher.launch(PartKernels.SUM, new int[] {ArenaAllocator.MAIN, places[2]}, floats, 1, sum, 0f);
        });
    }

    @Override
    public void batched(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        TornadoStorage left = TornadoStorage.of(a);
        TornadoStorage right = TornadoStorage.of(b);
        int batch = c.shape().dim(0);
        int rows = c.shape().dim(1);
        int columns = c.shape().dim(2);
        int depth = a.shape().dim(transposeA ? 1 : 2);
        int tilesOfRow = Math.ceilDiv(columns, BatchKernels.TILE);
        int tilesOfColumn = Math.ceilDiv(rows, BatchKernels.TILE);
        launcher.launch(
                BatchKernels.PRODUCTS, TornadoStorage.places(a, b, c), tilesOfRow, tilesOfColumn * batch, new int[] {
                    tilesOfRow,
                    tilesOfColumn,
                    batch,
                    rows,
                    columns,
                    depth,
                    left.firstFloat(),
                    transposeA ? 1 : depth,
                    transposeA ? rows : 1,
                    rows * depth,
                    right.firstFloat(),
                    transposeB ? depth : 1,
                    transposeB ? 1 : columns,
                    depth * columns,
                    TornadoStorage.of(c).firstFloat()
                });
    }
}
