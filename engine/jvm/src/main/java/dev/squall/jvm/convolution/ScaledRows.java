package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.loop.ElementwiseKernels;

/**
 * Multiplies the channels of images in place by factors for each image and channel, a few rows at a time, just before a 1x1 convolution reads them. To do it for
 * all images before, as a primitive of its own does, reads and writes them once more in memory.
 *
 * @param images whose rows are scaled
 * @param factors of each image and channel
 */
public record ScaledRows(JvmStorage images, ChannelValues factors) implements DirectConvolution.RowStep {
    @Override
    public void run(int from, int to) {
        BlockedLayout layout = images.layout();
        PixelGrid pixels = PixelGrid.of(images);
        int stop;
        for (int row = from; row < to; row = stop) {
            int image = row / layout.height();
            stop = Math.min(to, (image + 1) * layout.height());
            for (int block = 0; block < layout.blocks(); block++) {
                long at = pixels.at(image, block, row % layout.height(), 0);
                ElementwiseKernels.multiplyRows(layout, stop - row, at, factors.values(), factors.at(image, block), at);
            }
        }
    }
}
