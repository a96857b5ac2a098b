package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Staging.BlockedImages;
import dev.squall.jvm.loop.BlurKernels;
import dev.squall.jvm.winograd.WinogradTiles.OutputTile;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Blurs the tiles of a convolution while they are in cache. Each has a tile of half its sides in the blurred image, whose pixels are made of this
 * tile's and of those above it, to its left, and above that one: whoever writes the last of the four blurs. What comes out does not depend on who that is.
 */
public final class TileBlur {
    private final BlockedImages sharp;
    private final BlockedImages blurred;
    /** Sides of a blurred tile. */
    private final int size;

    private final int rows;
    private final int columns;
    /** By image, row and column of tiles: how many of the four are still to be written. */
    private final AtomicIntegerArray missing;

    public TileBlur(WinogradTiles tiles, JvmStorage sharp, JvmStorage blurred) {
        this.sharp = new BlockedImages(sharp.address(), sharp.layout());
        this.blurred = new BlockedImages(blurred.address(), blurred.layout());
        size = tiles.size / 2;
        rows = Math.ceilDiv(blurred.layout().height(), size);
        columns = Math.ceilDiv(blurred.layout().width(), size);
        missing = new AtomicIntegerArray(tiles.images * rows * columns);
        for (int i = 0; i < missing.length(); i++) {
            missing.setPlain(i, (i / columns % rows == 0 ? 1 : 2) * (i % columns == 0 ? 1 : 2));
        }
    }

    /** Takes in tiles of which all channels have been written, each tile once. What becomes ready in a row is blurred together. */
    public void add(OutputTile[] neighbours) {
        int first = 0;
        int end = 0;
        for (int below = 0; below < 2; below++) {
            for (OutputTile tile : neighbours) {
                int row = tile.y() / (2 * size) + below;
                int column = tile.x() / (2 * size);
                for (int c = column; c < Math.min(column + 2, columns) && row < rows; c++) {
                    int ready = (tile.image() * rows + row) * columns + c;
                    if (missing.decrementAndGet(ready) > 0) {
                        continue;
                    }
                    if (ready != end || c == 0) {
                        blur(first, end);
                        first = ready;
                    }
                    end = ready + 1;
                }
            }
        }
        blur(first, end);
    }

    /** The tiles from {@code first} to before {@code end}, all in one row, or none. */
    private void blur(int first, int end) {
        BlockedLayout out = blurred.layout();
        int image = first / columns / rows;
        int top = first / columns % rows * size;
        int left = first % columns * size;
        int bottom = Math.min(top + size, out.height());
        int right = Math.min(left + (end - first) * size, out.width());
        for (int p = image * out.blocks(); p < (image + 1) * out.blocks() && left < right; p++) {
            for (int i = top; i < bottom; i++) {
                BlurKernels.forward(sharp.layout(), sharp.plane(p), i, left, right, out, blurred.plane(p));
            }
        }
    }
}
