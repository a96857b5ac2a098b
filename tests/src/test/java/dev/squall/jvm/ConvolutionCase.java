package dev.squall.jvm;

import dev.squall.backend.ConvGeometry;
import dev.squall.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of images {@code [n, c, h, w]} to k channels, to be tested.
 *
 * @param n images
 * @param c channels of the input, of all groups
 * @param k channels of the output
 */
record ConvolutionCase(int n, int c, int h, int w, int k, ConvGeometry geometry) {
    Shape x() {
        return Shape.of(n, c, h, w);
    }

    Shape weights() {
        return Shape.of(k, c / geometry.groups(), geometry.kernelH(), geometry.kernelW());
    }

    Shape y() {
        return geometry.output(x(), weights());
    }

    /** Of y after a blur; null where it is too small for one. */
    @Nullable
    Shape blurred() {
        Shape y = y();
        return y.height() < 2 || y.width() < 2
                ? null
                : Shape.of(n, k, Math.ceilDiv(y.height(), 2), Math.ceilDiv(y.width(), 2));
    }

    /** What takes the backend along each of its ways to compute a convolution, and to the edges of each. */
    static List<ConvolutionCase> all() {
        List<ConvolutionCase> cases = new ArrayList<>();
        for (int size = 1; size <= 15; size++) {
            cases.add(new ConvolutionCase(2, 17, size, size, 33, ConvGeometry.square(3, 1, 1)));
            cases.add(new ConvolutionCase(1, 3, size, 16 - size, 5, ConvGeometry.square(3, 2, 1)));
            cases.add(new ConvolutionCase(2, 5, size, size, 83, ConvGeometry.square(1, 1, 0)));
        }
        // Enough images for Winograd tiles of 6x6: all that may be left along an edge, and planes of edges only.
        for (int size = 2; size <= 21; size++) {
            cases.add(new ConvolutionCase(8, 17, size, 22 - size % 6, 18, ConvGeometry.square(3, 1, 1)));
        }
        cases.add(new ConvolutionCase(64, 18, 9, 3, 18, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(3, 40, 52, 43, 33, ConvGeometry.square(3, 1, 1)));
        // Small planes, side by side: odd and whole blocks, kernels wider than the plane, more images than a tile has
        // positions.
        cases.add(new ConvolutionCase(37, 19, 2, 2, 35, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(5, 64, 2, 2, 96, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(3, 20, 1, 4, 24, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(3, 20, 4, 1, 24, ConvGeometry.square(5, 1, 2)));
        cases.add(new ConvolutionCase(4, 17, 1, 3, 18, new ConvGeometry(1, 3, 1, 1, 0, 2, 1, 2, 1)));
        cases.add(new ConvolutionCase(1, 20, 2, 2, 24, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(3, 20, 2, 2, 24, ConvGeometry.square(3, 2, 1)));
        cases.add(new ConvolutionCase(
                3, 24, 2, 2, 24, ConvGeometry.square(3, 1, 1).grouped(24)));
        // Kernels of which only the centre meets a pixel: its gradient is a product, among zeros.
        cases.add(new ConvolutionCase(37, 64, 1, 1, 48, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(6, 64, 2, 2, 32, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 1)));
        // 1x1 with whole blocks, whose weight gradient is a product: few and many positions.
        cases.add(new ConvolutionCase(37, 96, 1, 1, 48, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(5, 64, 2, 2, 80, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(2, 32, 9, 7, 16, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(3, 64, 21, 23, 160, ConvGeometry.square(1, 1, 0)));
        // So many channels that the product is divided among tasks both ways.
        cases.add(new ConvolutionCase(1, 288, 3, 5, 272, ConvGeometry.square(1, 1, 0)));
        // So large that what comes next is brought near, and is not there behind the last row.
        cases.add(new ConvolutionCase(2, 32, 57, 57, 96, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(2, 83, 9, 9, 64, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(3, 64, 14, 15, 48, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(2, 130, 7, 7, 70, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(1, 16, 30, 29, 16, ConvGeometry.square(3, 1, 1)));
        // Bands of rows whose last columns are tiles of their own, several chunks of channels, images that end within a
        // band.
        cases.add(new ConvolutionCase(3, 70, 14, 13, 40, ConvGeometry.square(3, 2, 1)));
        cases.add(new ConvolutionCase(3, 40, 10, 8, 36, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(2, 600, 4, 4, 40, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(2, 20, 11, 8, 24, ConvGeometry.square(1, 2, 0)));
        cases.add(new ConvolutionCase(2, 3, 20, 23, 17, ConvGeometry.square(7, 2, 3)));
        cases.add(new ConvolutionCase(1, 4, 12, 12, 6, ConvGeometry.square(5, 1, 2)));
        // Few channels: a row of the kernel is one tap of the weight gradient, of short rows and of long ones, and of
        // several tiles.
        cases.add(new ConvolutionCase(2, 3, 61, 65, 40, ConvGeometry.square(7, 2, 3)));
        cases.add(new ConvolutionCase(2, 9, 33, 64, 20, ConvGeometry.square(5, 1, 2)));
        cases.add(new ConvolutionCase(1, 1, 40, 60, 18, ConvGeometry.square(3, 1, 1)));
        cases.add(new ConvolutionCase(2, 3, 30, 70, 20, new ConvGeometry(5, 3, 2, 1, 0, 2, 1, 1, 1)));
        cases.add(new ConvolutionCase(2, 2, 30, 70, 20, new ConvGeometry(3, 3, 1, 2, 4, 3, 2, 1, 1)));
        cases.add(new ConvolutionCase(1, 4, 12, 12, 6, ConvGeometry.square(3, 1, 0)));
        cases.add(new ConvolutionCase(1, 4, 9, 9, 6, ConvGeometry.square(4, 4, 0)));
        cases.add(new ConvolutionCase(1, 4, 13, 9, 6, ConvGeometry.square(2, 3, 1)));
        cases.add(new ConvolutionCase(1, 6, 13, 12, 8, new ConvGeometry(3, 5, 2, 1, 0, 3, 2, 1, 1)));
        cases.add(new ConvolutionCase(1, 6, 12, 15, 20, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 2)));
        cases.add(new ConvolutionCase(1, 6, 7, 7, 20, new ConvGeometry(1, 3, 1, 3, 2, 0, 1, 3, 1)));
        cases.add(new ConvolutionCase(
                2, 64, 8, 8, 64, ConvGeometry.square(3, 1, 1).grouped(16)));
        cases.add(new ConvolutionCase(
                2, 64, 8, 9, 128, ConvGeometry.square(3, 2, 1).grouped(2)));
        // Two vectors of outputs that are of two groups.
        cases.add(new ConvolutionCase(
                2, 64, 7, 9, 32, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new ConvolutionCase(
                1, 48, 5, 6, 144, ConvGeometry.square(1, 1, 0).grouped(3)));
        cases.add(new ConvolutionCase(
                2, 64, 6, 7, 96, ConvGeometry.square(3, 2, 1).grouped(2)));
        // Groups of one block, whose weight gradient is of one vector, and of two blocks: long rows, short ones, small
        // planes.
        cases.add(new ConvolutionCase(
                2, 48, 9, 30, 48, ConvGeometry.square(3, 1, 1).grouped(3)));
        cases.add(new ConvolutionCase(
                3, 64, 7, 9, 64, ConvGeometry.square(3, 2, 1).grouped(4)));
        cases.add(new ConvolutionCase(
                5, 32, 2, 2, 32, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new ConvolutionCase(
                2, 64, 5, 5, 64, ConvGeometry.square(3, 1, 1).grouped(2)));
        cases.add(new ConvolutionCase(
                1, 30, 6, 6, 45, ConvGeometry.square(3, 1, 1).grouped(3)));
        cases.add(new ConvolutionCase(
                1, 40, 6, 6, 40, ConvGeometry.square(1, 1, 0).grouped(4)));
        // Rows of groups within vectors of all lengths that their tiles may have, and strides larger than the kernel.
        for (int width = 1; width <= 12; width++) {
            cases.add(new ConvolutionCase(
                    1, 40, 4, width, 40, ConvGeometry.square(3, 1, 1).grouped(10)));
        }
        cases.add(new ConvolutionCase(
                2, 24, 9, 7, 24, ConvGeometry.square(2, 3, 0).grouped(6)));
        // 1x1 whose channels, or groups of them, begin or end inside of a block: in pieces of 8 and of 4, from one
        // vector of outputs or two.
        cases.add(new ConvolutionCase(2, 24, 9, 7, 40, ConvGeometry.square(1, 1, 0)));
        cases.add(new ConvolutionCase(2, 36, 5, 7, 50, ConvGeometry.square(1, 2, 0)));
        cases.add(new ConvolutionCase(
                2, 56, 5, 7, 168, ConvGeometry.square(1, 1, 0).grouped(2)));
        cases.add(new ConvolutionCase(
                2, 104, 4, 7, 42, ConvGeometry.square(1, 1, 0).grouped(2)));
        cases.add(new ConvolutionCase(
                1, 2104, 3, 3, 72, ConvGeometry.square(1, 1, 0).grouped(2)));
        for (int kernel = 3; kernel <= 9; kernel += 2) {
            cases.add(new ConvolutionCase(
                    2,
                    24,
                    15,
                    17,
                    24,
                    ConvGeometry.square(kernel, 1, kernel / 2).grouped(24)));
            cases.add(new ConvolutionCase(
                    1,
                    35,
                    15,
                    10,
                    35,
                    ConvGeometry.square(kernel, 2, kernel / 2).grouped(35)));
        }
        cases.add(new ConvolutionCase(1, 18, 9, 9, 18, new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 18)));
        cases.add(
                new ConvolutionCase(1, 8, 9, 9, 16, ConvGeometry.square(3, 1, 1).grouped(8)));
        // Rows of several depthwise tiles, planes of several frames.
        cases.add(new ConvolutionCase(
                2, 20, 9, 31, 20, ConvGeometry.square(3, 1, 1).grouped(20)));
        cases.add(new ConvolutionCase(
                1, 17, 80, 75, 17, ConvGeometry.square(7, 2, 3).grouped(17)));
        cases.add(new ConvolutionCase(
                1, 16, 90, 61, 16, ConvGeometry.square(5, 1, 2).grouped(16)));
        // Groups of few channels: within vectors, across them, with other numbers of outputs; rows of several tiles.
        for (int inputs : new int[] {2, 3, 4, 5, 8, 16}) {
            int groups = 44 / inputs;
            int channels = groups * inputs;
            for (int stride = 1; stride <= 2; stride++) {
                cases.add(new ConvolutionCase(
                        2,
                        channels,
                        9,
                        17,
                        channels,
                        ConvGeometry.square(3, stride, 1).grouped(groups)));
                cases.add(new ConvolutionCase(
                        1,
                        channels,
                        7,
                        8,
                        channels * 2,
                        ConvGeometry.square(3, stride, 1).grouped(groups)));
            }
            cases.add(new ConvolutionCase(
                    1, channels, 6, 7, channels, ConvGeometry.square(1, 1, 0).grouped(groups)));
        }
        cases.add(new ConvolutionCase(
                1, 24, 8, 9, 12, ConvGeometry.square(3, 1, 1).grouped(6)));
        cases.add(new ConvolutionCase(
                2, 20, 33, 30, 20, ConvGeometry.square(5, 1, 2).grouped(5)));
        cases.add(new ConvolutionCase(1, 16, 12, 11, 16, new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 4)));
        cases.add(new ConvolutionCase(1, 16, 12, 11, 32, new ConvGeometry(3, 3, 1, 1, 2, 2, 2, 2, 8)));
        cases.add(new ConvolutionCase(
                3, 12, 2, 2, 12, ConvGeometry.square(3, 1, 1).grouped(3)));
        return cases;
    }
}
