package dev.squall.train;

/**
 * How well a network does on a data set.
 *
 * @param top1 the fraction of images whose most likely class is the right one
 * @param top5 the fraction whose right class is among the five most likely
 * @param loss the cross entropy, mean over the images
 * @param images their number
 * @param seconds how long it took
 * @param confusion how many images of class i (row) were taken for class j (column)
 */
public record Evaluation(double top1, double top5, double loss, int images, double seconds, int[][] confusion) {
    /** Images per second. */
    public double imagesPerSecond() {
        return images / seconds;
    }
}
