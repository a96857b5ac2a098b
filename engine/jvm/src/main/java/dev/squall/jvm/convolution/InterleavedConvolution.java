package dev.squall.jvm.convolution;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A convolution of small planes, of {@link InterleavedImages}: for each tap, a product of matrices over the pixels that meet another
 * one through it. A 3x3 kernel on planes of 2x2 so takes 16 products of a pixel and a weight, not 36.
 */
public final class InterleavedConvolution {
    private InterleavedConvolution() {}

    /** Whether planes are small, there are several to put side by side, and the output is as large as the input. */
    public static boolean applies(ConvGeometry geometry, Shape x, Shape y) {
        return geometry.groups() == 1
                && geometry.strideH() == 1
                && geometry.strideW() == 1
                && geometry.kernelH() % 2 == 1
                && geometry.kernelW() % 2 == 1
                && x.height() == y.height()
                && x.width() == y.width()
                && x.plane() <= BlockedLayout.SMALL_PLANE
                && x.batch() > 1;
    }

    /**
     * From images to their convolution, or from output gradients to those of images.
     *
     * @param window of the whole planes
     * @param transposed whether {@code weights}, [K, C, kernelH, kernelW], lead from K to C
     */
    public static void run(
            TapWindow window,
            JvmStorage input,
            JvmStorage weights,
            boolean transposed,
            AppliedEpilogue epilogue,
            JvmStorage output,
            Workspace workspace) {
        List<TapWindow.Tap> taps = window.taps();
        record Key(List<TapWindow.Tap> taps) {}
        var packed = (DirectWeights) weights.packed(
                new Key(taps),
                transposed,
                () -> DirectWeights.packByTap(DirectWeights.Source.of(weights, 1, transposed), taps, workspace));
        try (var in = InterleavedImages.copyOf(input, workspace);
                var out = new InterleavedImages(output, workspace)) {
            // The centre comes first: it meets every pixel, so it writes what the others add to.
            int centre = IntStream.range(0, taps.size())
                    .filter(i -> taps.get(i).y() == 0 && taps.get(i).x() == 0)
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < taps.size(); i++) {
                int tap = (centre + i) % taps.size();
                new DirectConvolution(
                                in.window(taps.get(tap)),
                                in.pixels(),
                                1,
                                out.pixels(),
                                1,
                                packed.tap(tap),
                                i == 0 ? AppliedEpilogue.NONE : AppliedEpilogue.ADD,
                                Precision.FAST)
                        .run(workspace.pool());
            }
            out.copyTo(output, epilogue, workspace);
        }
        weights.release(packed);
    }

    /** Writes dw, [K, C, kernelH, kernelW] row-major, to {@code target}. */
    public static void weightGradient(
            ConvGeometry geometry,
            TapWindow window,
            JvmStorage input,
            JvmStorage gradient,
            long target,
            Workspace workspace) {
        try (var x = InterleavedImages.copyOf(input, workspace);
                var dy = InterleavedImages.copyOf(gradient, workspace)) {
            List<GradientRows> rows = window.taps().stream()
                    .map(x::window)
                    .map(of -> GradientRows.of(of, of.taps().getFirst(), x.pixels(), dy.pixels(), 1))
                    .toList();
            if (ProductGradient.applies(geometry, input.layout(), gradient.layout())) {
                new ProductGradient(input.layout(), gradient.layout(), x.pixels(), dy.pixels(), rows.getFirst())
                        .run(target, workspace);
                return;
            }
            new WeightGradient(geometry, input.layout(), gradient.layout(), x.pixels(), dy.pixels(), 1, rows)
                    .run(target, workspace);
        }
    }
}
