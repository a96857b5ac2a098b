package dev.squall.jvm;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Storage;
import java.util.List;

/** Chooses how a convolution is computed. */
final class JvmConvolution implements Convolution {
    private final JvmBackend backend;

    JvmConvolution(JvmBackend backend) {
        this.backend = backend;
    }

    @Override
    public void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        JvmStorage input = JvmStorage.of(x);
        JvmStorage weights = JvmStorage.of(w);
        JvmStorage output = JvmStorage.of(y);
        Window window = Window.forward(geometry, y.shape().height(), y.shape().width());
        try (var images = new FramedImages(input, window.margin(x.shape().height(), x.shape().width()), backend);
                var finish = new Finish(epilogue, output, backend)) {
            run(window, images.pixels(), weights, geometry, false, finish, output);
        }
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        JvmStorage gradient = JvmStorage.of(dy);
        JvmStorage weights = JvmStorage.of(w);
        JvmStorage output = JvmStorage.of(dx);
        List<Window> windows = Window.backward(geometry, dx.shape().height(), dx.shape().width());
        Window.Margin margin = Window.Margin.NONE;
        for (Window window : windows) {
            margin = margin.union(window.margin(dy.shape().height(), dy.shape().width()));
        }
        try (var images = new FramedImages(gradient, margin, backend)) {
            for (Window window : windows) {
                run(window, images.pixels(), weights, geometry, true, Finish.NONE, output);
            }
        }
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw) {
        JvmStorage input = JvmStorage.of(x);
        JvmStorage gradient = JvmStorage.of(dy);
        JvmStorage target = JvmStorage.of(dw);
        target.invalidate();
        Window window = Window.forward(geometry, dy.shape().height(), dy.shape().width());
        try (var images = new FramedImages(input, window.margin(x.shape().height(), x.shape().width()), backend)) {
            new WeightGradient(geometry, window, images.pixels(), input, gradient).run(target.address(), backend);
        }
    }

    private void run(
            Window window,
            PixelGrid input,
            JvmStorage weights,
            ConvGeometry geometry,
            boolean transposed,
            Finish finish,
            JvmStorage output) {
        record Key(ConvGeometry geometry, List<Window.Tap> taps, boolean transposed) {}
        var packed = (DirectWeights) weights.packed(
                new Key(geometry, window.taps(), transposed),
                () -> DirectWeights.pack(
                        DirectWeights.Source.of(weights, geometry.groups(), transposed), window.taps(), backend));
        new DirectConvolution(window, input, PixelGrid.of(output), output.layout().images(), packed, finish).run(backend.pool());
    }
}
