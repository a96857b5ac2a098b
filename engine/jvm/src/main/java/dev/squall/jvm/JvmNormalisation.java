package dev.squall.jvm;

import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PlaneGroup;
import dev.squall.jvm.layout.Staging;
import dev.squall.jvm.layout.Staging.BlockedImages;
import dev.squall.jvm.loop.NormalisationKernels;
import dev.squall.jvm.loop.RowKernels;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;

/**
 * One parallel pass over the planes for sums, a little arithmetic per channel in double precision, and one pass that
 * writes. The per-channel arithmetic folds everything into {@code y = f(a (x - mean) + bias)} and {@code dx = a dy + b (x - center)
 * + c}.
 */
final class JvmNormalisation implements Normalisation {
    private static final int BLOCK = BlockedLayout.BLOCK;

    private final Workspace workspace;

    JvmNormalisation(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void statistics(Storage x, Storage mean, Storage variance) {
        try (Staging staging = new Staging(workspace)) {
            BlockedImages in = staging.in(x);
            BlockedLayout layout = in.layout();
            double[] means = new double[PlaneGroup.perBlock(layout) * layout.blocks() * BLOCK];
            double[] squares = new double[means.length];
            PlaneGroup.forEach(
                    layout,
                    workspace.pool(),
                    1,
                    group -> NormalisationKernels.moments(
                            layout, in.address() + group.offset(), group.images(), means, squares, group.at()));
            combine(means, squares, layout);
            ChannelValues.write(means, JvmStorage.of(mean));
            ChannelValues.write(squares, JvmStorage.of(variance));
        }
    }

    /**
     * From the mean and the squared deviations of each {@link PlaneGroup} to the mean and the variance over the images, in the
     * arrays' first group: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
     * variances".
     */
    private static void combine(double[] means, double[] squares, BlockedLayout layout) {
        int lanes = layout.blocks() * BLOCK;
        int groups = means.length / lanes;
        int images = PlaneGroup.images(layout);
        double plane = (double) layout.height() * layout.width();
        double pixels = plane * layout.images();
        double[] weights = new double[groups];
        for (int g = 0; g < groups; g++) {
            weights[g] = plane * Math.min(images, layout.images() - g * images);
        }
        for (int c = 0; c < lanes; c++) {
            double mean = 0;
            for (int g = 0; g < groups; g++) {
                mean += weights[g] * means[g * lanes + c];
            }
            mean /= pixels;
            double deviations = 0;
            for (int g = 0; g < groups; g++) {
                double distance = means[g * lanes + c] - mean;
                deviations += squares[g * lanes + c] + weights[g] * distance * distance;
            }
            means[c] = mean;
            squares[c] = deviations / pixels;
        }
    }

    @Override
    public void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        float[] means = read(mean);
        float[] scale = new float[means.length];
        float[] variances = read(variance);
        float[] weights = read(weight);
        float[] biases = read(bias);
        for (int c = 0; c < channels(mean); c++) {
            scale[c] = (float) (gamma(norm, weights[c]) * inverseDeviation(norm, variances[c]));
        }
        float slope = slope(norm);
        try (Staging staging = new Staging(workspace)) {
            BlockedImages in = staging.in(x);
            BlockedImages out = staging.out(y);
            BlockedLayout layout = in.layout();
            PlaneGroup.forEach(
                    layout,
                    workspace.pool(),
                    2,
                    group -> NormalisationKernels.apply(
                            layout,
                            in.address() + group.offset(),
                            group.images(),
                            means,
                            scale,
                            biases,
                            slope,
                            group.channel(),
                            out.address() + group.offset()));
        }
    }

    @Override
    public void backward(
            Storage x,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        float[] center = read(mean);
        double[] perDistance = new double[center.length];
        float[] variances = read(variance);
        for (int c = 0; c < channels(mean); c++) {
            perDistance[c] = inverseDeviation(norm, variances[c]);
        }
        new Backward(x, center, perDistance, 1f, variance, weight, norm, batchStatistics).run(dy, dx, dweight, dbias);
    }

    @Override
    public void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        float slope = slope(norm);
        if (slope == 0) {
            throw new UnsupportedOperationException(
                    "an in-place normalisation can invert identity and leaky ReLU with a slope" + " above 0, not "
                            + norm.activation());
        }
        float[] center = read(bias);
        double[] perDistance = new double[center.length];
        float[] weights = read(weight);
        for (int c = 0; c < channels(bias); c++) {
            perDistance[c] = 1 / gamma(norm, weights[c]);
        }
        new Backward(y, center, perDistance, slope, variance, weight, norm, batchStatistics)
                .run(dy, dx, dweight, dbias);
    }

    /**
     * Both backward passes: z is x, or what y was before its activation, and {@code xhat = (z - center) * perDistance}.
     *
     * @param z the input x, or the output y to be inverted
     * @param slope of the activation that y went through; 1 for none
     */
    private final class Backward {
        private final Storage z;
        private final float[] center;
        private final double[] perDistance;
        private final float slope;
        private final float[] variances;
        private final float[] weights;
        private final Norm norm;
        private final boolean batchStatistics;

        Backward(
                Storage z,
                float[] center,
                double[] perDistance,
                float slope,
                Storage variance,
                Storage weight,
                Norm norm,
                boolean batchStatistics) {
            this.z = z;
            this.center = center;
            this.perDistance = perDistance;
            this.slope = slope;
            this.variances = read(variance);
            this.weights = read(weight);
            this.norm = norm;
            this.batchStatistics = batchStatistics;
        }

        void run(Storage dy, Storage dx, Storage dweight, Storage dbias) {
            try (Staging staging = new Staging(workspace)) {
                BlockedImages from = staging.in(z);
                BlockedImages upstream = staging.in(dy);
                BlockedImages to = staging.out(dx);
                BlockedLayout layout = from.layout();
                int groups = PlaneGroup.perBlock(layout);
                double[] groupSums = new double[groups * layout.blocks() * BLOCK];
                double[] groupDots = new double[groupSums.length];
                PlaneGroup.forEach(
                        layout,
                        workspace.pool(),
                        2,
                        group -> NormalisationKernels.gradientSums(
                                layout,
                                from.address() + group.offset(),
                                upstream.address() + group.offset(),
                                group.images(),
                                center,
                                slope,
                                group.channel(),
                                groupSums,
                                groupDots,
                                group.at()));
                double[] sums = ChannelValues.sumImages(groupSums, groups);
                double[] dots = ChannelValues.sumImages(groupDots, groups);
                float[] a = new float[sums.length];
                float[] b = new float[sums.length];
                float[] c = new float[sums.length];
                double n = (double) layout.images() * layout.height() * layout.width();
                for (int k = 0; k < layout.channels(); k++) {
                    double scale = gamma(norm, weights[k]) * inverseDeviation(norm, variances[k]);
                    dots[k] *= perDistance[k];
                    a[k] = (float) scale;
                    if (batchStatistics) {
                        b[k] = (float) (-scale * dots[k] / n * perDistance[k]);
                        c[k] = (float) (-scale * sums[k] / n);
                    }
                    if (norm.absoluteWeight() && weights[k] < 0) {
                        dots[k] = -dots[k];
                    }
                }
                ChannelValues.write(dots, JvmStorage.of(dweight));
                ChannelValues.write(sums, JvmStorage.of(dbias));
                PlaneGroup.forEach(
                        layout,
                        workspace.pool(),
                        3,
                        group -> NormalisationKernels.gradient(
                                layout,
                                from.address() + group.offset(),
                                upstream.address() + group.offset(),
                                group.images(),
                                center,
                                slope,
                                a,
                                b,
                                c,
                                group.channel(),
                                to.address() + group.offset()));
            }
        }
    }

    private static double gamma(Norm norm, float weight) {
        return norm.absoluteWeight() ? Math.abs(weight) + (double) norm.epsilon() : weight;
    }

    private static double inverseDeviation(Norm norm, float variance) {
        return 1 / Math.sqrt((double) variance + norm.epsilon());
    }

    private static float slope(Norm norm) {
        return switch (norm.activation().kind()) {
            case IDENTITY -> 1f;
            case RELU -> 0f;
            case LEAKY_RELU -> norm.activation().slope();
            case SIGMOID, SILU, RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH ->
                throw new UnsupportedOperationException(
                        "a normalisation ends with identity, ReLU or leaky ReLU, not " + norm.activation());
        };
    }

    private static int channels(Storage perChannel) {
        return perChannel.shape().channels();
    }

    private static float[] read(Storage perChannel) {
        return ChannelValues.read(JvmStorage.of(perChannel)).values();
    }

    @Override
    public void standardise(Storage x, int[] dimensions, float epsilon, Storage inverse, Storage y) {
        JvmStorage from = JvmStorage.of(x);
        if (from.isBlocked() || !JvmReduction.areLast(dimensions, x.shape().rank())) {
            Normalisation.super.standardise(x, dimensions, epsilon, inverse, y);
            return;
        }
        long to = JvmStorage.of(y).address();
        float[] inverses = new float[inverse.shape().elements()];
        int count = x.shape().elements() / inverses.length;
        long bytes = (long) count * Float.BYTES;
        workspace
                .pool()
                .forEachSized(
                        inverses.length,
                        2 * bytes,
                        row -> inverses[row] =
                                RowKernels.standardise(from.address() + row * bytes, count, epsilon, to + row * bytes));
        JvmStorage.of(inverse).write(inverses, workspace.pool());
    }

    @Override
    public void standardiseBackward(Storage y, Storage inverse, Storage dy, int[] dimensions, Storage dx) {
        JvmStorage output = JvmStorage.of(y);
        if (output.isBlocked() || !JvmReduction.areLast(dimensions, y.shape().rank())) {
            Normalisation.super.standardiseBackward(y, inverse, dy, dimensions, dx);
            return;
        }
        long upstream = JvmStorage.of(dy).address();
        long to = JvmStorage.of(dx).address();
        float[] inverses = new float[inverse.shape().elements()];
        JvmStorage.of(inverse).read(inverses, workspace.pool());
        int count = y.shape().elements() / inverses.length;
        long bytes = (long) count * Float.BYTES;
        workspace
                .pool()
                .forEachSized(
                        inverses.length,
                        3 * bytes,
                        row -> RowKernels.standardiseBackward(
                                output.address() + row * bytes,
                                inverses[row],
                                upstream + row * bytes,
                                count,
                                to + row * bytes));
    }
}
