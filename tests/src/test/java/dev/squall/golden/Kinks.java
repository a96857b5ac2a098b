package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.checked.PastTheDoor;
import dev.squall.nn.Conv2d;
import dev.squall.nn.ForwardHook;
import java.util.HashMap;
import java.util.Map;

/**
 * Settles on which side of 0 an activation lies where single precision cannot tell.
 *
 * <p>The derivative of a ReLU jumps at 0. An activation that double precision finds at 5e-7 may come out at -6e-7 on a backend that is as exact as
 * any, and then all gradients of the layers before it are hundreds of times further off than by rounding. Few activations are that close to 0, but
 * one is enough. So the one run writes down its activations, and the other is given their sign, provided that both values are zeros within
 * rounding. That leaves every tolerance as strict as it was.
 */
final class Kinks {
    /** What counts as rounding, relative to the largest activation of the layer. */
    private static final double ROUNDING = 1e-5;

    /** More than a few in one layer would be no accident. */
    private static final int MOST = 5;

    private final Map<String, float[]> exact = new HashMap<>();

    /** Writes down the activations of step {@code step}. */
    ForwardHook record(int step) {
        return (name, module, input, output) -> {
            if (!(module instanceof Conv2d) && output.shape().rank() == 4) {
                exact.put(step + " " + name, output.toArray());
            }
        };
    }

    /** Gives the activations of step {@code step} the recorded sign; fails where more than the rounding of {@code accuracy} stands against it. */
    ForwardHook settle(int step, Accuracy accuracy) {
        return (name, module, input, output) -> {
            float[] recorded = exact.get(step + " " + name);
            if (recorded == null) {
                return;
            }
            float[] values = output.toArray();
            double largest = 0;
            for (float v : recorded) {
                largest = Math.max(largest, Math.abs(v));
            }
            int settled = 0;
            for (int i = 0; i < values.length; i++) {
                if (values[i] > 0 != recorded[i] > 0) {
                    // A leaky ReLU has made the negative one of the two small, so it is the positive one that tells how
                    // far apart they were.
                    assertThat((double) Math.max(values[i], recorded[i]))
                            .as("step %d: %s[%d] is %s, expected %s", step, name, i, values[i], recorded[i])
                            .isLessThanOrEqualTo(accuracy.tolerance(ROUNDING) * largest);
                    values[i] = recorded[i];
                    settled++;
                }
            }
            assertThat(settled)
                    .as("step %d: activations of %s whose sign is another", step, name)
                    .isLessThanOrEqualTo((int) accuracy.tolerance(MOST));
            if (settled > 0) {
                // Neither tensor nor backend changes what a backward pass has saved: just that is to change here.
                PastTheDoor.upload(values, output.storage());
            }
        };
    }
}
