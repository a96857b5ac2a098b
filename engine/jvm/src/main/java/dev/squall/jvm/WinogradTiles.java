package dev.squall.jvm;

/**
 * How planes are cut into Winograd tiles, and reading and writing them: tiles at the right and lower edges are completed with zeros, and
 * cut off again.
 *
 * @param height of the output plane; the input's is the same, with a halo of one
 * @param width of the output plane
 */
record WinogradTiles(int images, int height, int width) {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Scratch bytes of {@link #input}, {@link #output} and {@link #gradient}. */
    static final long SCRATCH = 2L * Winograd.BETWEEN;

    private int rows() {
        return Math.ceilDiv(height, Winograd.OUT);
    }

    private int columns() {
        return Math.ceilDiv(width, Winograd.OUT);
    }

    /** Tiles of one channel block. */
    int count() {
        return images * rows() * columns();
    }

    int image(int tile) {
        return tile / (rows() * columns());
    }

    /** First output row of a tile. */
    int y(int tile) {
        return tile / columns() % rows() * Winograd.OUT;
    }

    /** First output column of a tile. */
    int x(int tile) {
        return tile % columns() * Winograd.OUT;
    }

    /** Transforms one input tile of a block: the 36 results, {@code step} bytes apart from {@code to} on. */
    void input(PixelGrid in, int tile, int block, long to, long step, long scratch) {
        int y = y(tile);
        int x = x(tile);
        long from = in.at(image(tile), block, y - 1, x - 1);
        long row = in.row();
        if (y + Winograd.IN > height + 2 || x + Winograd.IN > width + 2) {
            long edge = scratch + Winograd.BETWEEN;
            complete(
                    from,
                    row,
                    Math.min(Winograd.IN, height + 2 - y),
                    Math.min(Winograd.IN, width + 2 - x),
                    in.at(image(tile), block, -1, -1),
                    edge,
                    Winograd.IN);
            from = edge;
            row = Winograd.IN * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Winograd.input(from + lane, row, scratch + lane, to + lane, step);
        }
    }

    /** Transforms one tile of an output gradient. */
    void gradient(PixelGrid dy, int tile, int block, long to, long step, long scratch) {
        int y = y(tile);
        int x = x(tile);
        long from = dy.at(image(tile), block, y, x);
        long row = dy.row();
        if (y + Winograd.OUT > height || x + Winograd.OUT > width) {
            long edge = scratch + Winograd.BETWEEN;
            complete(
                    from,
                    row,
                    Math.min(Winograd.OUT, height - y),
                    Math.min(Winograd.OUT, width - x),
                    dy.at(image(tile), block, -1, -1),
                    edge,
                    Winograd.OUT);
            from = edge;
            row = Winograd.OUT * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Winograd.gradient(from + lane, row, scratch + lane, to + lane, step);
        }
    }

    /** Transforms the 36 products of a tile of a block back and finishes its pixels. */
    void output(long from, long step, PixelGrid out, int tile, int block, Finish finish, long scratch) {
        int y = y(tile);
        int x = x(tile);
        int tileHeight = Math.min(Winograd.OUT, height - y);
        int tileWidth = Math.min(Winograd.OUT, width - x);
        long to = out.at(image(tile), block, y, x);
        boolean direct = tileHeight == Winograd.OUT && tileWidth == Winograd.OUT && !finish.addsToOutput();
        long target = direct ? to : scratch + Winograd.BETWEEN;
        long row = direct ? out.row() : Winograd.OUT * PIXEL;
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Winograd.output(from + lane, step, scratch + lane, target + lane, row);
        }
        for (int i = 0; i < tileHeight; i++) {
            long pixels = to + i * out.row();
            if (!direct) {
                int bytes = tileWidth * PIXEL;
                if (finish.addsToOutput()) {
                    add(target + i * row, pixels, bytes);
                } else {
                    copy(target + i * row, pixels, bytes);
                }
            }
            for (int lane = 0; lane < BlockedLayout.BLOCK && !finish.isNothing(); lane += Lanes.COUNT) {
                finish.apply(pixels + (long) lane * Float.BYTES, tileWidth, PIXEL, block * BlockedLayout.BLOCK + lane);
            }
        }
    }

    private static void add(long from, long to, int bytes) {
        for (int at = 0; at < bytes; at += Lanes.BYTES) {
            Lanes.store(to + at, Lanes.load(to + at).add(Lanes.load(from + at)));
        }
    }

    /**
     * Copies what there is of a tile of {@code size} by {@code size} pixels, and {@code zero}, a pixel of zeros, for the rest. Choosing an address
     * takes no branch, which would be guessed wrongly at every edge.
     */
    private static void complete(long from, long row, int tileHeight, int tileWidth, long zero, long to, int size) {
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                long pixel = from + y * row + (long) x * PIXEL;
                copy(y < tileHeight & x < tileWidth ? pixel : zero, to + (long) (y * size + x) * PIXEL, PIXEL);
            }
        }
    }

    /** For a few pixels faster than a call to copy memory. */
    private static void copy(long from, long to, int bytes) {
        for (int at = 0; at < bytes; at += Lanes.BYTES) {
            Lanes.store(to + at, Lanes.load(from + at));
        }
    }
}
