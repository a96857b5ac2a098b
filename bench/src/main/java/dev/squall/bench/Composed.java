package dev.squall.bench;

import dev.squall.op.Add;
import dev.squall.op.Concat;
import dev.squall.op.Reshape;
import dev.squall.op.Scale;
import dev.squall.op.SliceChannels;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What single kernels do, from the operations that a user has without them. Rows and columns of an image are sliced and padded as
 * channels of a suitable shape.
 */
public final class Composed {
    private Composed() {}

    /** {@link dev.squall.op.BlurPool} of images of even sides. */
    public static Tensor blurPool(Tensor x) {
        Shape s = x.shape();
        int planes = s.batch() * s.channels();
        Tensor narrow = halve(x, planes * s.height(), s.width(), 1);
        Tensor y = halve(narrow, planes, s.height(), s.width() / 2);
        return Reshape.reshape(y, Shape.of(s.batch(), s.channels(), s.height() / 2, s.width() / 2));
    }

    /**
     * Blurs {@code outer} lines of {@code length} elements and takes every other element; an element is {@code inner} floats, a pixel or a row of them.
     *
     * <pre>
     *   padded     x1 | x0  x1  x2  x3 ... | x(n-2)
     *   left       x1       x1      x3           / 4
     *   centre         x0       x2      ...      / 2
     *   right               x1      x3           / 4
     * </pre>
     */
    private static Tensor halve(Tensor x, int outer, int length, int inner) {
        Tensor lines = Reshape.reshape(x, Shape.of(outer, length * inner));
        Tensor padded = Concat.concat(List.of(
                SliceChannels.sliceChannels(lines, inner, inner),
                lines,
                SliceChannels.sliceChannels(lines, (length - 2) * inner, inner)));
        Tensor pairs = Reshape.reshape(padded, Shape.of(outer * (length + 2) / 2, 2 * inner));
        Shape halfLines = Shape.of(outer, (length + 2) / 2 * inner);
        Tensor even = Reshape.reshape(SliceChannels.sliceChannels(pairs, 0, inner), halfLines);
        Tensor odd = Reshape.reshape(SliceChannels.sliceChannels(pairs, inner, inner), halfLines);
        int half = length / 2 * inner;
        Tensor left = Scale.scale(0.25f, SliceChannels.sliceChannels(even, 0, half));
        Tensor centre = Scale.scale(0.5f, SliceChannels.sliceChannels(odd, 0, half));
        Tensor right = Scale.scale(0.25f, SliceChannels.sliceChannels(even, inner, half));
        return Add.add(Add.add(left, centre), right);
    }

    /** {@link dev.squall.op.SpaceToDepth}: the columns of each block apart, then its rows, then all joined in the order of the channels. */
    public static Tensor spaceToDepth(Tensor x, int block) {
        Shape s = x.shape();
        int planes = s.batch() * s.channels();
        int rows = s.height() / block;
        int columns = s.width() / block;
        Tensor inBlocks = Reshape.reshape(x, Shape.of(planes * s.height() * columns, block));
        List<Tensor> byColumn = new ArrayList<>();
        for (int b = 0; b < block; b++) {
            Tensor column = SliceChannels.sliceChannels(inBlocks, b, 1);
            byColumn.add(Reshape.reshape(column, Shape.of(planes * rows, block * columns)));
        }
        List<Tensor> parts = new ArrayList<>();
        for (int a = 0; a < block; a++) {
            for (Tensor column : byColumn) {
                Tensor part = SliceChannels.sliceChannels(column, a * columns, columns);
                parts.add(Reshape.reshape(part, Shape.of(s.batch(), s.channels() * rows * columns)));
            }
        }
        return Reshape.reshape(Concat.concat(parts), Shape.of(s.batch(), block * block * s.channels(), rows, columns));
    }
}
