package dev.squall.jvm.winograd;

import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.tensor.Shape;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whether a convolution is computed by {@link Winograd}, and by which tiles. What is null is cheaper as a direct sum, or there is no transform for it. */
public final class TileChoice {
    /** Multiply-adds that take as long as reading a weight from memory: 0.2 ns at 20 GB/s, in which two cores do 18. */
    private static final int WEIGHT_COST = 18;

    /**
     * The same for a stride of 2 where transformed weights are kept. It is less, because while some are read others, which are in cache, are multiplied:
     * with it the tiles that are fastest are chosen for one, two and eight images of 512 channels at 14x14.
     */
    private static final int KEPT_STRIDED_COST = 8;

    /** The same where they are transformed for each use, as in training. */
    private static final int USED_ONCE_STRIDED_COST = 40;

    /** How many times cheaper Winograd's products must be, to pay for its transforms. */
    private static final double GAIN = 1.5;

    /** The same with a stride of 2, where the least that is possible is half of the products. */
    private static final double STRIDED_GAIN = 1.25;

    private TileChoice() {}

    /** For a forward pass from {@code x} to {@code y}. */
    public static @Nullable WinogradTiles forward(ConvGeometry geometry, Shape x, Shape y, boolean isTraining) {
        if (!isStrided(geometry, x, y)) {
            return unit(geometry, x, y);
        }
        int weightCost = isTraining ? USED_ONCE_STRIDED_COST : KEPT_STRIDED_COST;
        return strided(
                sizes().mapToObj(size ->
                        new StridedTiles(y.batch(), y.height(), y.width(), size, geometry.padH(), geometry.padW())),
                y,
                weightCost);
    }

    /** For the gradient of the input from that of the output {@code y}; who asks for it trains. */
    public static @Nullable WinogradTiles inputGradient(ConvGeometry geometry, Shape x, Shape y) {
        if (!isStrided(geometry, x, y) || geometry.padH() != 1 || geometry.padW() != 1) {
            return unit(geometry, x, y);
        }
        return strided(
                sizes().mapToObj(size -> new StridedGradientTiles(x.batch(), x.height(), x.width(), size)),
                y,
                USED_ONCE_STRIDED_COST);
    }

    /** For any of the three passes with a stride of 1. */
    public static @Nullable WinogradTiles unit(ConvGeometry geometry, Shape x, Shape y) {
        if (!geometry.equals(ConvGeometry.square(3, 1, 1)) || haveFewChannels(x, y)) {
            return null;
        }
        WinogradTiles tiles = y.height() == WholeTiles.SIDE && y.width() == WholeTiles.SIDE
                ? new WholeTiles(y.batch())
                : cheapest(
                        IntStream.of(4, 6).mapToObj(size -> new UnitTiles(y.batch(), y.height(), y.width(), size)),
                        WEIGHT_COST);
        return directCost(y) >= GAIN * tiles.cost(WEIGHT_COST) ? tiles : null;
    }

    /** Pixels of the output along a side of a tile. */
    private static IntStream sizes() {
        return IntStream.of(3, 5, 7);
    }

    private static @Nullable WinogradTiles strided(Stream<? extends WinogradTiles> all, Shape y, int weightCost) {
        WinogradTiles tiles = cheapest(all, weightCost);
        return directCost(y) >= STRIDED_GAIN * tiles.cost(weightCost) ? tiles : null;
    }

    private static boolean isStrided(ConvGeometry geometry, Shape x, Shape y) {
        return geometry.equals(new ConvGeometry(3, 3, 2, 2, geometry.padH(), geometry.padW(), 1, 1, 1))
                && !haveFewChannels(x, y)
                && !BlockedLayout.of(y).isSmall();
    }

    private static boolean haveFewChannels(Shape x, Shape y) {
        return x.channels() <= BlockedLayout.BLOCK || y.channels() <= BlockedLayout.BLOCK;
    }

    private static WinogradTiles cheapest(Stream<? extends WinogradTiles> all, int weightCost) {
        return all.min(Comparator.comparingLong(tiles -> tiles.cost(weightCost)))
                .orElseThrow();
    }

    private static long directCost(Shape y) {
        return 9L * (y.batch() * y.plane() + WEIGHT_COST);
    }
}
