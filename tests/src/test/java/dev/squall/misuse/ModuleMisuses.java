package dev.squall.misuse;

import static dev.squall.misuse.Workbench.values;

import dev.squall.autograd.Autograd;
import dev.squall.backend.BackendOptions;
import dev.squall.data.Batch;
import dev.squall.data.ImageShape;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.op.Sum;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Networks that are put together wrong, or whose parts return what they must not. */
final class ModuleMisuses {
    private ModuleMisuses() {}

    /** A module of somebody's own. */
    private static final class Own extends Module {
        private final UnaryOperator<@Nullable Tensor> computation;

        Own(UnaryOperator<@Nullable Tensor> computation) {
            this.computation = computation;
        }

        Own() {
            this(x -> x);
        }

        Own with(Module part) {
            child("part", part);
            return this;
        }

        Own withGroup(Module part) {
            group(part);
            return this;
        }

        @Override
        protected Tensor compute(Tensor x) {
            return computation.apply(x);
        }
    }

    static List<Misuse> all() {
        return List.of(
                new Misuse("a module within itself", "is that module itself", b -> {
                    Own module = new Own();
                    module.with(module);
                }),
                new Misuse("two modules within each other", "contains it as 'part'", b -> {
                    Own inner = new Own();
                    inner.with(new Own().with(inner));
                }),
                new Misuse("two groups within each other", "no module can be part of itself", b -> {
                    Own inner = new Own();
                    inner.withGroup(new Own().withGroup(inner));
                }),
                new Misuse("a child that is null", "must be a module, but is null", b -> new Own().with(null)),
                new Misuse("a group that is null", "must be a module, but is null", b -> new Own().withGroup(null)),
                new Misuse(
                        "a row with a null in it",
                        "the child '1' of Sequential must be a module",
                        b -> new Sequential(new Linear(b.backend, 3, 3), null)),
                new Misuse("an input that is null", "Own needs a tensor, got null", b -> new Own().forward(null)),
                new Misuse(
                        "a module that returns null",
                        "compute() of Own must return a tensor",
                        b -> new Sequential(new Own(x -> null), new Linear(b.backend, 3, 2)).forward(b.of(2, 3))),
                new Misuse(
                        "an optimizer of nothing",
                        "needs parameters, got none",
                        b -> new Sgd(List.of(new ParameterGroup(Map.of(), 0, 1)), 0, false)),
                new Misuse("backward from a network that is closed", "freed", b -> {
                    Linear layer = new Linear(b.backend, 3, 2);
                    layer.close();
                    Autograd.backward(Sum.sum(layer.forward(b.of(2, 3))));
                }),
                new Misuse(
                        "more threads than any processor has",
                        "at most",
                        b -> BackendOptions.DEFAULT.withThreads(1025)),
                new Misuse(
                        "a batch of too few values",
                        "needs 8 values",
                        b -> new Batch(values(7), new int[2], new int[2], new ImageShape(1, 2, 2))),
                new Misuse(
                        "a batch whose second labels are too few",
                        "a second label for each",
                        b -> new Batch(
                                values(8),
                                new int[2],
                                new int[2],
                                new ImageShape(1, 2, 2),
                                new Batch.Mixed(new int[1], 0.5f))));
    }
}
