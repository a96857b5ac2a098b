package dev.squall.tornado;

import static dev.squall.tornado.kernel.MovementKernels.CLEAR_PADDING;
import static dev.squall.tornado.kernel.MovementKernels.COPY;
import static dev.squall.tornado.kernel.MovementKernels.MULTIPLY;
import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Movement;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.layout.TornadoStorage;
import dev.squall.tornado.layout.Walk;
import java.util.ArrayList;
import java.util.List;

/** Moving elements from place to place: one launch, and one to clear the padding channels where there are some. */
final class TornadoMovement implements Movement {
    /** Floats hold all whole numbers up to this one. */
    private static final int MOST = 1 << 24;

    private final Launcher launcher;

    TornadoMovement(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void copy(Storage x, Region from, Storage out, Region to) {
        TornadoStorage source = TornadoStorage.of(x);
        TornadoStorage target = TornadoStorage.of(out);
        List<Walk.Axis> axes = new ArrayList<>();
        for (int i = 0; i < to.axes().size(); i++) {
            int[] steps = {
                step(target, to.axes().get(i)), step(source, from.axes().get(i))
            };
            axes.add(new Walk.Axis(to.axes().get(i).size(), steps));
        }
        Walk walk = Walk.inAnyOrder(axes);
        clearPadding(target);
        launcher.launch(
                COPY,
                places(x, out),
                walk.items(),
                1,
                walk.after(
                        walk.items(),
                        first(target, to),
                        first(source, from),
                        walk.axes().size()));
    }

    private static int step(TornadoStorage storage, Region.Axis axis) {
        return axis.step() == 0 ? 0 : axis.step() * storage.steps()[axis.dimension()];
    }

    /** The float of index (0, 0, ...) of a region. */
    private static int first(TornadoStorage storage, Region region) {
        int place = storage.firstFloat();
        int[] steps = storage.steps();
        for (int d = 0; d < steps.length; d++) {
            place += region.origin().get(d) * steps[d];
        }
        return place;
    }

    /** What a copy writes to may be fresh memory, and it writes elements only. */
    private void clearPadding(TornadoStorage out) {
        int floats = out.paddingFloats();
        if (floats > 0) {
            launcher.launch(CLEAR_PADDING, places(out), floats, 1, new int[] {
                floats, out.firstFloat(), out.rowVectors() * TornadoStorage.LANES, out.rowChannels()
            });
        }
    }

    @Override
    public void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out) {
        if (matrix.width() > MOST || matrix.elements() > MOST) {
            throw new UnsupportedOperationException("the tornado backend multiplies by sparse matrices of at most "
                    + MOST + " columns and elements, got " + matrix.width() + " and " + matrix.elements());
        }
        TornadoStorage source = TornadoStorage.of(x);
        TornadoStorage target = TornadoStorage.of(out);
        int[] steps = source.steps();
        int step = steps[dimension];
        steps[dimension] = 0;
        int[] rowSteps = new int[steps.length];
        rowSteps[dimension] = 1;
        Walk walk = Walk.over(target, steps, rowSteps);
        float[] stored = stored(matrix);
        launcher.withScratch(Math.ceilDiv(stored.length, TornadoStorage.LANES), scratch -> {
            launcher.upload(Launcher.main(scratch), stored.length, i -> stored[i]);
            int starts = scratch * TornadoStorage.LANES;
            int columns = starts + matrix.height() + 1;
            int[] first = target.sizes(
                    target.firstFloat(),
                    source.firstFloat(),
                    starts,
                    columns,
                    columns + matrix.elements(),
                    step,
                    walk.axes().size());
            launcher.launch(MULTIPLY, places(x, out), target.floats(), 1, walk.after(first));
        });
    }

    /** Starts, columns and weights. */
    private static float[] stored(SparseMatrix matrix) {
        int height = matrix.height();
        int elements = matrix.elements();
        float[] stored = new float[height + 1 + 2 * elements];
        for (int i = 0; i <= height; i++) {
            stored[i] = matrix.start(i);
        }
        for (int k = 0; k < elements; k++) {
            stored[height + 1 + k] = matrix.column(k);
            stored[height + 1 + elements + k] = matrix.weight(k);
        }
        return stored;
    }
}
