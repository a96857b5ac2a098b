package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Pooling and rearranging of image planes. Shapes are {@code [N, C, H, W]}; nothing works in place. */
public interface Pooling {
    /**
     * Anti-alias blur with stride 2: y[i, j] = sum over a, b of k[a] k[b] x[2i - 1 + a, 2j - 1 + b], with k = [1, 2, 1] / 4 and the image
     * continued by reflection (index -1 is 1, index H is H - 2). H and W are at least 2; y is {@code [N, C, ceil(H/2), ceil(W/2)]}.
     * TResNet, section 2.1.
     */
    void blur(Storage x, Storage y);

    /** dx of {@link #blur}. */
    void blurBackward(Storage dy, Storage dx);

    /** y[(bh * block + bw) * C + c, i, j] = x[c, i * block + bh, j * block + bw]: {@code [N, C, H, W]} to {@code [N, block^2 C, H/block, W/block]}. */
    void spaceToDepth(Storage x, int block, Storage y);

    /** The inverse of {@link #spaceToDepth}, which is also its derivative. */
    void depthToSpace(Storage y, int block, Storage x);

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
