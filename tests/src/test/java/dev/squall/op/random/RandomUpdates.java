package dev.squall.op.random;

import dev.squall.op.random.RandomOperation.Input;
import dev.squall.optim.Adam;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.Lamb;
import dev.squall.optim.Optimizer;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Some steps of an optimizer on parameters of all sizes, with a moving average beside them. The results are what the parameters are then. */
final class RandomUpdates {
    private static final int STEPS = 3;

    static final List<Function<Draw, RandomOperation>> ALL = List.of(
            d -> steps(d, "sgd", groups -> new Sgd(groups, 0, false)),
            d -> steps(d, "sgd with momentum", groups -> new Sgd(groups, 0.875f, false)),
            d -> steps(d, "sgd with nesterov", groups -> new Sgd(groups, 0.875f, true)),
            d -> steps(d, "adam", groups -> new Adam(groups, Adam.Settings.ADAM)),
            d -> steps(d, "adamw", groups -> new Adam(groups, Adam.Settings.ADAM_W)),
            d -> steps(d, "lamb", groups -> new Lamb(groups, Lamb.Settings.STANDARD)));

    private RandomUpdates() {}

    private static RandomOperation steps(Draw d, String name, Function<List<ParameterGroup>, Optimizer> make) {
        List<Input> inputs = new ArrayList<>();
        int parameters = d.between(1, 4);
        for (int i = 0; i < parameters; i++) {
            inputs.add(d.between(0.5, 1, shape(d)));
        }
        for (int i = 0; i < parameters; i++) {
            // No gradient is near 0, where Adam's step jumps from one side to the other.
            inputs.add(d.between(0.25, 1, inputs.get(i).shape().toArray()));
        }
        boolean clips = d.coin();
        return new RandomOperation(
                name + (clips ? ", clipped" : ""), inputs, false, t -> update(t, parameters, make, clips));
    }

    private static int[] shape(Draw d) {
        return switch (d.between(0, 2)) {
            case 0 -> new int[] {d.size(1, 600)};
            case 1 -> new int[] {d.size(1, 40), d.size(1, 40)};
            default -> new int[] {d.size(1, 40), d.size(1, 20), d.between(1, 3), d.between(1, 3)};
        };
    }

    private static Tensor update(
            Tensor[] t, int parameters, Function<List<ParameterGroup>, Optimizer> make, boolean clips) {
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (int i = 0; i < parameters; i++) {
            named.put("p" + i, t[i]);
        }
        try (Optimizer optimizer = make.apply(ParameterGroup.single(named, 0.0625f));
                ExponentialMovingAverage average = new ExponentialMovingAverage(named, 0.75f)) {
            for (int step = 0; step < STEPS; step++) {
                for (int i = 0; i < parameters; i++) {
                    Tensor gradient = Tensor.persistent(t[i].memory().allocate(t[i].shape(), t[i].role()));
                    t[i].memory().upload(t[parameters + i].toArray(), gradient.storage());
                    t[i].setGradient(gradient);
                }
                if (clips) {
                    GradientClipping.byGlobalNorm(named.values(), 0.5f);
                }
                optimizer.step(0.25f);
                average.update();
            }
            return Tensor.fromArray(
                    t[0].memory(),
                    Shape.of(t[0].shape().elements()),
                    average.averages().get("p0").toArray());
        }
    }
}
