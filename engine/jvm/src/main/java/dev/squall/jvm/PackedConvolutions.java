package dev.squall.jvm;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DepthwiseConvolution;
import dev.squall.jvm.convolution.DepthwiseWeights;
import dev.squall.jvm.convolution.DirectConvolution;
import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.SmallPlanes;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.strassen.StrassenConvolution;
import dev.squall.jvm.strassen.StrassenWeights;
import dev.squall.jvm.winograd.WinogradConvolution;
import dev.squall.jvm.winograd.WinogradTiles;
import dev.squall.jvm.winograd.WinogradWeights;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Runs convolutions by each of the algorithms that {@link JvmConvolution} chooses from. Each wants the weights in another order: they are packed when they are first used, and kept with the weights
 * until those change. The gradient by the input is the same computation with transposed weights.
 */
final class PackedConvolutions {
    private final Workspace workspace;
    private final Precision precision;

    PackedConvolutions(Workspace workspace, Precision precision) {
        this.workspace = workspace;
        this.precision = precision;
    }

    /** What weights are packed for. */
    private record Key(ConvGeometry geometry, List<TapWindow.Tap> taps) {}

    /**
     * By Winograd's algorithm.
     *
     * @param in the images of {@code input}, or their framed copies
     * @param written told of each piece of the output as it is written
     */
    void winograd(
            WinogradTiles tiles,
            PixelGrid in,
            JvmStorage input,
            JvmStorage weights,
            boolean transposed,
            AppliedEpilogue applied,
            JvmStorage output,
            Consumer<WinogradTiles.OutputTile[]> written) {
        var packed = (WinogradWeights) weights.packed(
                tiles.transform(),
                transposed,
                () -> WinogradWeights.pack(
                        DirectWeights.Source.of(weights, 1, transposed), transposed, tiles.transform(), workspace));
        new WinogradConvolution(tiles, in, input.layout().blocks(), output, packed, applied, written, workspace).run();
        weights.release(packed);
    }

    /** Each channel by itself, through several windows if the gradient of a strided convolution needs them. */
    void depthwise(
            List<TapWindow> windows,
            JvmStorage input,
            JvmStorage weights,
            ConvGeometry geometry,
            boolean transposed,
            AppliedEpilogue applied,
            JvmStorage output) {
        List<DepthwiseWeights> packed = windows.stream()
                .map(window -> packedByLane(window, weights, geometry, transposed))
                .toList();
        DepthwiseConvolution.run(IntStream.range(0, windows.size())
                .mapToObj(
                        i -> new DepthwiseConvolution(windows.get(i), input, output, packed.get(i), applied, workspace))
                .toList());
        packed.forEach(weights::release);
    }

    /** The weights of a depthwise convolution; the caller releases them. */
    DepthwiseWeights packedByLane(TapWindow window, JvmStorage weights, ConvGeometry geometry, boolean transposed) {
        return (DepthwiseWeights) weights.packed(
                new Key(geometry, window.taps()),
                transposed,
                () -> new DepthwiseWeights(
                        DirectWeights.Source.of(weights, geometry.groups(), transposed), window.taps(), workspace));
    }

    /** The weights of any other one, for direct sums; the caller releases them. */
    DirectWeights packed(TapWindow window, JvmStorage weights, ConvGeometry geometry, boolean transposed) {
        return (DirectWeights) weights.packed(
                new Key(geometry, window.taps()),
                transposed,
                () -> DirectWeights.packInPieces(
                        DirectWeights.Source.of(weights, geometry.groups(), transposed), window.taps(), workspace));
    }

    /** A 1x1 convolution by Strassen's algorithm; what that leaves over is computed directly. */
    void strassen(
            JvmStorage input,
            JvmStorage weights,
            ConvGeometry geometry,
            boolean transposed,
            AppliedEpilogue applied,
            JvmStorage output) {
        record Forms() {}
        var packed = (StrassenWeights) weights.packed(
                new Forms(),
                transposed,
                () -> StrassenWeights.pack(DirectWeights.Source.of(weights, 1, transposed), workspace));
        int stepY = geometry.strideH();
        int stepX = geometry.strideW();
        new StrassenConvolution(input, stepY, stepX, output, packed, applied, workspace).run(rests -> {
            BlockedLayout y = output.layout();
            TapWindow window = TapWindow.forward(geometry, y.height(), y.width());
            DirectWeights direct = packed(window, weights, geometry, transposed);
            rests.accept(new DirectConvolution(
                    window, PixelGrid.of(input), 1, PixelGrid.of(output), y.images(), direct, applied, precision));
            weights.release(direct);
        });
        weights.release(packed);
    }

    /** On planes of a few pixels, over the images instead of over the rows of a plane, see {@link SmallPlanes}. */
    void small(
            TapWindow window,
            JvmStorage input,
            JvmStorage weights,
            ConvGeometry geometry,
            boolean transposed,
            AppliedEpilogue applied,
            JvmStorage output) {
        for (SmallPlanes.Part part : SmallPlanes.parts(window, input, output)) {
            direct(part.window(), part.in(), weights, geometry, transposed, applied, 1, part.out());
        }
    }

    /** As the sum of products over the window's taps. */
    void direct(
            TapWindow window,
            PixelGrid input,
            JvmStorage weights,
            ConvGeometry geometry,
            boolean transposed,
            AppliedEpilogue applied,
            int images,
            PixelGrid output) {
        DirectWeights packed = packed(window, weights, geometry, transposed);
        new DirectConvolution(window, input, 1, output, images, packed, applied, precision).run(workspace.pool());
        weights.release(packed);
    }
}
