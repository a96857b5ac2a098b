package dev.squall.tresnet;

import dev.squall.nn.Module;
import dev.squall.tensor.Tensor;

/**
 * A network of two parts, {@code [N, C, H, W]} images to {@code [N, classes]} logits: a body that makes maps of features, each of whose pixels
 * still has its place in the image, and a head that averages them and decides. Whoever asks where a network looked stands between the two.
 */
public abstract class ImageNetwork extends Module {
    /** What it was built from. */
    public abstract NetworkConfig config();

    /** The body: {@code [N, C, H, W]} images to the last maps before the global average, {@code [N, F, h, w]}. */
    protected abstract Tensor body(Tensor images);

    /** The head: the last maps, which it leaves as they are, to {@code [N, classes]} logits. */
    protected abstract Tensor head(Tensor maps);

    @Override
    protected final Tensor compute(Tensor x) {
        Tensor maps = maps(x);
        Tensor logits = head(maps);
        maps.close();
        return logits;
    }

    /** The last maps before the global average, {@code [N, F, h, w]}, of {@code [N, C, H, W]} images; freed as the result of any module is. */
    public final Tensor features(Tensor images) {
        return run(images, this::maps);
    }

    /** The logits {@code [N, classes]} that follow from the last maps {@code [N, F, h, w]}: {@code logits(features(x))} is {@code forward(x)}. */
    public final Tensor logits(Tensor maps) {
        return run(maps, this::head);
    }

    private Tensor maps(Tensor images) {
        config().requireImages(images.shape());
        return body(images);
    }
}
