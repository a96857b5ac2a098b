package dev.squall.jvm;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DepthwiseConvolution;
import dev.squall.jvm.convolution.DepthwiseGradient;
import dev.squall.jvm.convolution.DepthwiseWeights;
import dev.squall.jvm.convolution.DirectConvolution;
import dev.squall.jvm.convolution.DirectWeights;
import dev.squall.jvm.convolution.ExpandedDepthwise;
import dev.squall.jvm.convolution.FramedImages;
import dev.squall.jvm.convolution.GradientRows;
import dev.squall.jvm.convolution.ProductGradient;
import dev.squall.jvm.convolution.ScaledRows;
import dev.squall.jvm.convolution.SmallPlanes;
import dev.squall.jvm.convolution.TapWindow;
import dev.squall.jvm.convolution.WeightGradient;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.strassen.Strassen;
import dev.squall.jvm.winograd.TileBlur;
import dev.squall.jvm.winograd.TileChoice;
import dev.squall.jvm.winograd.WinogradTiles;
import dev.squall.jvm.winograd.WinogradWeightGradient;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;
import java.util.function.BiConsumer;

/** Chooses how a convolution is computed. */
final class JvmConvolution implements Convolution {
    /** Pixels of the smallest planes that are expanded piece by piece: tiles take the pixels of one image then, and of smaller ones would be poorly filled. */
    private static final int LEAST_EXPANDED = 49;

    private final Workspace workspace;
    private final Precision precision;
    private final PackedConvolutions convolutions;

    JvmConvolution(Workspace workspace, Precision precision) {
        this.workspace = workspace;
        this.precision = precision;
        convolutions = new PackedConvolutions(workspace, precision);
    }

    @Override
    public void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        boolean isRepeatable = epilogue.statistics() == null && epilogue.residual() != y;
        Epilogue ofGroup = epilogue.with(null);
        boolean isApart = new SeparateGroups(geometry, workspace)
                .fill(
                        x,
                        y,
                        isRepeatable,
                        () -> forwardTogether(x, w, geometry, epilogue, y),
                        (group, outputs) -> forwardTogether(group, w, geometry, ofGroup, outputs));
        if (isApart) {
            epilogue.fillStatistics(y);
        }
    }

    private void forwardTogether(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        JvmStorage input = JvmStorage.of(x);
        JvmStorage weights = JvmStorage.of(w);
        JvmStorage output = JvmStorage.of(y);
        if (epilogue.statistics() != null) {
            weights.expectChange();
        }
        TapWindow window = TapWindow.forward(
                        geometry, y.shape().height(), y.shape().width())
                .over(x.shape().height(), x.shape().width());
        boolean isTraining = epilogue.statistics() != null;
        WinogradTiles tiles = isAccurate() ? null : TileChoice.forward(geometry, x.shape(), y.shape(), isTraining);
        if (isDepthwise(geometry, w, false)) {
            int pieces = DepthwiseConvolution.pieces(window, y.shape().batch());
            try (var applied = AppliedEpilogue.withSums(epilogue, output, pieces, workspace)) {
                convolutions.depthwise(List.of(window), input, weights, geometry, false, applied, output);
                applied.fillStatistics(output);
            }
            return;
        }
        if (tiles == null && SmallPlanes.apply(input.layout(), output.layout())) {
            int rows = SmallPlanes.pieces(window, input.layout(), output.layout());
            try (var applied = new AppliedEpilogue(epilogue, output, rows, workspace)) {
                convolutions.small(window, input, weights, geometry, false, applied, output);
                applied.fillStatistics(output);
            }
            return;
        }
        // A forward pass with statistics is one of training, whose weights are packed for a single use.
        if (isStrassen(geometry, input, output, isTraining)) {
            int rows = isTraining ? DirectConvolution.pieces(output.layout()) : 0;
            try (var applied = new AppliedEpilogue(epilogue, output, rows, workspace)) {
                convolutions.strassen(input, weights, geometry, false, applied, output);
                applied.fillStatistics(output);
            }
            return;
        }
        int pieces = tiles != null ? tiles.count() : DirectConvolution.pieces(output.layout());
        boolean compact = tiles == null && geometry.groups() == 1 && geometry.kernelW() > 1;
        TapWindow.Margin margin = tiles != null && tiles.isWhole()
                ? TapWindow.Margin.NONE
                : window.margin(x.shape().height(), x.shape().width());
        try (var images = new FramedImages(input, margin, compact, workspace);
                var applied = new AppliedEpilogue(epilogue, output, pieces, workspace)) {
            if (tiles != null) {
                convolutions.winograd(tiles, images.pixels(), input, weights, false, applied, output, few -> {});
            } else {
                convolutions.direct(
                        window,
                        images.pixels(),
                        weights,
                        geometry,
                        false,
                        applied,
                        output.layout().images(),
                        PixelGrid.of(output));
            }
            applied.fillStatistics(output);
        }
    }

    @Override
    public void forwardBlurred(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Shape shape = geometry.output(x.shape(), w.shape());
        WinogradTiles tiles = isAccurate() ? null : TileChoice.unit(geometry, x.shape(), shape);
        if (tiles == null) {
            Convolution.super.forwardBlurred(x, w, geometry, epilogue, y);
            return;
        }
        JvmStorage input = JvmStorage.of(x);
        JvmStorage sharp = JvmStorage.of(y.memory().allocate(shape, Role.ACTIVATION));
        TapWindow.Margin margin = TapWindow.forward(geometry, shape.height(), shape.width())
                .margin(x.shape().height(), x.shape().width());
        try (var images = new FramedImages(input, margin, workspace);
                var applied = new AppliedEpilogue(epilogue, sharp, 0, workspace)) {
            TileBlur blur = new TileBlur(tiles, sharp, JvmStorage.of(y));
            convolutions.winograd(tiles, images.pixels(), input, JvmStorage.of(w), false, applied, sharp, blur::add);
        } finally {
            y.memory().free(sharp);
        }
    }

    @Override
    public void forwardInTurn(Storage x, Layer first, Layer second, Storage y) {
        Shape shape = first.output(x.shape());
        boolean isExpanded = first.geometry().grouped(1).equals(ConvGeometry.square(1, 1, 0))
                && !isDepthwise(first.geometry(), first.w(), false)
                && second.w().shape().dim(1) == 1
                && second.geometry().groups() == second.w().shape().dim(0)
                && shape.plane() >= LEAST_EXPANDED
                && !new SeparateGroups(first.geometry(), workspace).areNeeded(x, shape.channels());
        if (!isExpanded) {
            Convolution.super.forwardInTurn(x, first, second, y);
            return;
        }
        JvmStorage input = JvmStorage.of(x);
        JvmStorage output = JvmStorage.of(y);
        BlockedLayout between = BlockedLayout.of(shape);
        TapWindow product = TapWindow.product(shape.height(), shape.width());
        TapWindow window = TapWindow.forward(
                        second.geometry(), y.shape().height(), y.shape().width())
                .over(shape.height(), shape.width());
        DirectWeights expand = convolutions.packed(product, JvmStorage.of(first.w()), first.geometry(), false);
        DepthwiseWeights weights =
                convolutions.packedByLane(window, JvmStorage.of(second.w()), second.geometry(), false);
        int pieces = DepthwiseConvolution.pieces(window, shape.batch());
        try (var applied = ExpandedDepthwise.epilogue(first.epilogue(), between, workspace);
                var last = AppliedEpilogue.withSums(second.epilogue(), output, pieces, workspace)) {
            new ExpandedDepthwise(input, expand, applied, precision, between, window, weights, last, output, workspace)
                    .run();
            last.fillStatistics(output);
        }
        JvmStorage.of(first.w()).release(expand);
        JvmStorage.of(second.w()).release(weights);
    }

    @Override
    public void forwardScaled(Storage x, Storage s, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        JvmStorage input = JvmStorage.of(x);
        JvmStorage output = JvmStorage.of(y);
        // What is not finite in groups that are computed together is looked for behind: a factor may be what makes it
        // so.
        boolean isRepeatable = epilogue.residual() != y && y.bytes() < x.bytes();
        boolean isInPassing = geometry.grouped(1).equals(ConvGeometry.square(1, 1, 0))
                && (geometry.groups() == 1 || isRepeatable)
                && !isDepthwise(geometry, w, false)
                && !SmallPlanes.apply(input.layout(), output.layout())
                && !isStrassen(geometry, input, output, false);
        if (!isInPassing) {
            Convolution.super.forwardScaled(x, s, w, geometry, epilogue, y);
            return;
        }
        var rows = new ScaledRows(input, ChannelValues.read(JvmStorage.of(s)));
        Runnable together = () -> scaled(rows, JvmStorage.of(w), geometry, epilogue, output);
        BiConsumer<Storage, Storage> each = (group, outs) -> forwardTogether(group, w, geometry, epilogue, outs);
        new SeparateGroups(geometry, workspace).fill(x, y, isRepeatable, together, each);
    }

    private void scaled(
            ScaledRows rows, JvmStorage weights, ConvGeometry geometry, Epilogue epilogue, JvmStorage output) {
        BlockedLayout layout = output.layout();
        TapWindow window = TapWindow.product(layout.height(), layout.width());
        PixelGrid in = PixelGrid.of(rows.images());
        PixelGrid out = PixelGrid.of(output);
        DirectWeights packed = convolutions.packed(window, weights, geometry, false);
        try (var applied = new AppliedEpilogue(epilogue, output, 0, workspace)) {
            new DirectConvolution(window, in, 1, out, layout.images(), packed, applied, precision)
                    .run(workspace.pool(), rows);
        }
        weights.release(packed);
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        new SeparateGroups(geometry, workspace)
                .fill(
                        dy,
                        dx,
                        true,
                        () -> backwardInputTogether(dy, w, geometry, dx),
                        (group, outputs) -> backwardInputTogether(group, w, geometry, outputs));
    }

    private void backwardInputTogether(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        JvmStorage gradient = JvmStorage.of(dy);
        JvmStorage weights = JvmStorage.of(w);
        JvmStorage output = JvmStorage.of(dx);
        List<TapWindow> windows = TapWindow.backward(
                        geometry, dx.shape().height(), dx.shape().width())
                .stream()
                .map(window -> window.over(dy.shape().height(), dy.shape().width()))
                .toList();
        if (isDepthwise(geometry, w, true)) {
            convolutions.depthwise(windows, gradient, weights, geometry, true, AppliedEpilogue.NONE, output);
            return;
        }
        WinogradTiles tiles = isAccurate() ? null : TileChoice.inputGradient(geometry, dx.shape(), dy.shape());
        if (tiles == null && SmallPlanes.apply(gradient.layout(), output.layout())) {
            for (TapWindow window : windows) {
                convolutions.small(window, gradient, weights, geometry, true, AppliedEpilogue.NONE, output);
            }
            return;
        }
        boolean isDense = geometry.strideH() == 1 && geometry.strideW() == 1;
        if (isDense && isStrassen(geometry, gradient, output, true)) {
            convolutions.strassen(gradient, weights, geometry, true, AppliedEpilogue.NONE, output);
            return;
        }
        TapWindow.Margin margin = TapWindow.Margin.NONE;
        if (tiles == null || !tiles.isWhole()) {
            for (TapWindow window : windows) {
                margin = margin.union(
                        window.margin(dy.shape().height(), dy.shape().width()));
            }
        }
        try (var images = new FramedImages(gradient, margin, workspace)) {
            if (tiles != null) {
                convolutions.winograd(
                        tiles, images.pixels(), gradient, weights, true, AppliedEpilogue.NONE, output, few -> {});
                return;
            }
            for (TapWindow window : windows) {
                convolutions.direct(
                        window,
                        images.pixels(),
                        weights,
                        geometry,
                        true,
                        AppliedEpilogue.NONE,
                        output.layout().images(),
                        PixelGrid.of(output));
            }
        }
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw) {
        JvmStorage input = JvmStorage.of(x);
        JvmStorage gradient = JvmStorage.of(dy);
        JvmStorage target = JvmStorage.of(dw);
        TapWindow window =
                TapWindow.forward(geometry, dy.shape().height(), dy.shape().width());
        if (isDepthwise(geometry, dw, false)) {
            new DepthwiseGradient(geometry, window, input, gradient, workspace).run(target.address());
            return;
        }
        WinogradTiles tiles = isAccurate() ? null : TileChoice.unit(geometry, x.shape(), dy.shape());
        boolean isSmall = tiles == null ? SmallPlanes.apply(input.layout(), gradient.layout()) : tiles.isWhole();
        TapWindow.Margin margin = isSmall
                ? TapWindow.Margin.NONE
                : window.margin(x.shape().height(), x.shape().width());
        boolean compact = tiles == null
                && !isSmall
                && geometry.groups() == 1
                && geometry.kernelW() > 1
                && geometry.dilationW() == 1;
        try (var images = new FramedImages(input, margin, compact, workspace)) {
            if (tiles != null) {
                new WinogradWeightGradient(tiles, images.pixels(), input, gradient, workspace).run(target.address());
                return;
            }
            weightGradient(geometry, window, images.pixels(), input.layout(), gradient, target.address());
        }
    }

    private void weightGradient(
            ConvGeometry geometry,
            TapWindow window,
            PixelGrid x,
            BlockedLayout inputs,
            JvmStorage gradient,
            long target) {
        PixelGrid dy = PixelGrid.of(gradient);
        boolean isSmall = SmallPlanes.apply(inputs, gradient.layout());
        boolean isCompact = x.column() < BlockedLayout.PIXEL_BYTES;
        int together = isCompact ? geometry.kernelW() : 1;
        List<GradientRows> rows = window.taps().stream()
                .filter(tap -> tap.kernelX() % together == 0)
                .map(tap -> isSmall
                        ? SmallPlanes.gradientRows(window, tap, inputs, gradient.layout())
                        : isCompact || window.meets(tap, inputs.height(), inputs.width())
                                ? GradientRows.of(window, tap, x, dy, inputs.images())
                                : GradientRows.none(window))
                .toList();
        BlockedLayout outputs = gradient.layout();
        TapWindow met = window.over(inputs.height(), inputs.width());
        boolean isSingle = isSmall
                && geometry.groups() == 1
                && met.taps().size() == 1
                && SmallPlanes.isProduct(met, inputs, outputs);
        if (ProductGradient.fits(inputs, outputs) && (isSingle || geometry.equals(ConvGeometry.square(1, 1, 0)))) {
            TapWindow.Tap tap = met.taps().getFirst();
            int element = tap.kernelY() * geometry.kernelW() + tap.kernelX();
            GradientRows all = isSmall ? SmallPlanes.gradientRows(met, tap, inputs, outputs) : rows.getFirst();
            new ProductGradient(inputs, outputs, x, dy, all)
                    .run(target, geometry.kernelH() * geometry.kernelW(), element, workspace);
            return;
        }
        int stepX = isSmall ? SmallPlanes.gradientStep(window, inputs, outputs, inputs) : window.inStepX();
        int stepDy = isSmall ? SmallPlanes.gradientStep(window, inputs, outputs, outputs) : 1;
        new WeightGradient(geometry, inputs, outputs, x, dy, stepX, stepDy, together, rows).run(target, workspace);
    }

    private boolean isAccurate() {
        return precision == Precision.ACCURATE;
    }

    /** @param transposed whether the outputs are those of the backward pass, that is the input channels of {@code weights} */
    private static boolean isDepthwise(ConvGeometry geometry, Storage weights, boolean transposed) {
        Shape shape = weights.shape();
        int inputs = shape.dim(1);
        int outputs = shape.dim(0) / geometry.groups();
        return DepthwiseConvolution.applies(
                geometry.groups(), transposed ? outputs : inputs, transposed ? inputs : outputs);
    }

    private boolean isStrassen(ConvGeometry geometry, JvmStorage input, JvmStorage output, boolean isRepacked) {
        BlockedLayout y = output.layout();
        int uses = isRepacked ? y.images() * y.height() * y.width() : 0;
        return isProduct(geometry) && !isAccurate() && Strassen.pays(input.layout(), y, uses);
    }

    private static boolean isProduct(ConvGeometry geometry) {
        return geometry.groups() == 1
                && geometry.kernelH() * geometry.kernelW() == 1
                && geometry.padH() == 0
                && geometry.padW() == 0;
    }
}
