package dev.squall.backend;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;

/** Pooling and rearranging of image planes. Shapes are {@code [N, C, H, W]}; nothing works in place. */
public interface Pooling {
    /**
     * Anti-alias blur with stride 2: y[i, j] = sum over a, b of k[a] k[b] x[2i - 1 + a, 2j - 1 + b], with k = [1, 2, 1] / 4 and the image
     * continued by reflection (index -1 is 1, index H is H - 2). H and W are at least 2; y is {@code [N, C, ceil(H/2), ceil(W/2)]}.
     * TResNet, section 2.1.
     */
    default void blur(Storage x, Storage y) {
        try (Temporaries temporaries = new Temporaries(x)) {
            Movement movement = temporaries.backend().movement();
            Storage rows = temporaries.of(blurredRows(x.shape()));
            movement.multiply(blurring(x.shape().height()), x, 2, rows);
            movement.multiply(blurring(x.shape().width()), rows, 3, y);
        }
    }

    /** dx of {@link #blur}. */
    default void blurBackward(Storage dy, Storage dx) {
        try (Temporaries temporaries = new Temporaries(dx)) {
            Movement movement = temporaries.backend().movement();
            Storage rows = temporaries.of(blurredRows(dx.shape()));
            movement.multiply(blurring(dx.shape().width()).transposed(), dy, 3, rows);
            movement.multiply(blurring(dx.shape().height()).transposed(), rows, 2, dx);
        }
    }

    private static Shape blurredRows(Shape x) {
        return Shape.of(x.batch(), x.channels(), Math.ceilDiv(x.height(), 2), x.width());
    }

    /** Along one dimension the blur is a matrix: row i has 1/4, 1/2, 1/4 in columns 2i - 1, 2i, 2i + 1, reflected into the image. */
    private static SparseMatrix blurring(int size) {
        int rows = Math.ceilDiv(size, 2);
        int[] starts = new int[rows + 1];
        int[] columns = new int[3 * rows];
        float[] weights = new float[3 * rows];
        for (int k = 0; k < columns.length; k++) {
            int column = Math.abs(2 * (k / 3) + k % 3 - 1);
            columns[k] = column < size ? column : 2 * (size - 1) - column;
            weights[k] = k % 3 == 1 ? 0.5f : 0.25f;
            starts[k / 3 + 1] = k + 1;
        }
        return new SparseMatrix(size, starts, columns, weights);
    }

    /** y[(bh * block + bw) * C + c, i, j] = x[c, i * block + bh, j * block + bw]: {@code [N, C, H, W]} to {@code [N, block^2 C, H/block, W/block]}. */
    default void spaceToDepth(Storage x, int block, Storage y) {
        ((Backend) y.memory()).movement().copy(x, inBlocks(x.shape(), block), y, inChannels(x.shape(), block));
    }

    /** The inverse of {@link #spaceToDepth}, which is also its derivative. */
    default void depthToSpace(Storage y, int block, Storage x) {
        ((Backend) y.memory()).movement().copy(y, inChannels(x.shape(), block), x, inBlocks(x.shape(), block));
    }

    /** The pixels of images x as (image, row in a block, column in a block, channel, row of blocks, column of blocks). */
    private static Region inBlocks(Shape x, int block) {
        return new Region(
                List.of(0, 0, 0, 0),
                List.of(
                        new Region.Axis(0, 1, x.batch()),
                        new Region.Axis(2, 1, block),
                        new Region.Axis(3, 1, block),
                        new Region.Axis(1, 1, x.channels()),
                        new Region.Axis(2, block, x.height() / block),
                        new Region.Axis(3, block, x.width() / block)));
    }

    /** The same where each place in a block has channels of its own. */
    private static Region inChannels(Shape x, int block) {
        return new Region(
                List.of(0, 0, 0, 0),
                List.of(
                        new Region.Axis(0, 1, x.batch()),
                        new Region.Axis(1, block * x.channels(), block),
                        new Region.Axis(1, x.channels(), block),
                        new Region.Axis(1, 1, x.channels()),
                        new Region.Axis(2, 1, x.height() / block),
                        new Region.Axis(3, 1, x.width() / block)));
    }

    /** y[n, c] = the mean of plane x[n, c]; y is {@code [N, C]} or {@code [N, C, 1, 1]}. */
    void globalAverage(Storage x, Storage y);

    /** dx[n, c, h, w] = dy[n, c] / (H W). */
    void globalAverageBackward(Storage dy, Storage dx);

    /** Averages over windows; see {@link PoolGeometry} for what is divided by. */
    void average(Storage x, PoolGeometry geometry, Storage y);

    /** dx of {@link #average}. */
    void averageBackward(Storage dy, PoolGeometry geometry, Storage dx);

    /** Maxima over windows; padding never wins. */
    void max(Storage x, PoolGeometry geometry, Storage y);

    /** dx of {@link #max}: each output's gradient goes to the first maximum of its window in row-major order. */
    void maxBackward(Storage x, Storage dy, PoolGeometry geometry, Storage dx);
}
