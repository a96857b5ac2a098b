package dev.squall.autograd;

import dev.squall.tensor.GradientNode;
import dev.squall.tensor.Saved;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One recorded operation: its inputs, what it saved, and its backward rule. */
final class Node implements GradientNode {
    final String op;
    final List<Tensor> inputs;
    private final BackwardRule rule;
    private final List<Saved> saved;
    private boolean discarded;

    Node(String op, List<Tensor> inputs, List<Tensor> saved, BackwardRule rule) {
        this.op = op;
        this.inputs = inputs;
        this.rule = rule;
        this.saved = saved.stream().map(tensor -> tensor.storage().save(op)).toList();
    }

    boolean isDiscarded() {
        return discarded;
    }

    /** Applies the rule, which may write over what was saved. */
    @Nullable
    Tensor[] differentiate(Tensor dy) {
        saved.forEach(Saved::permitChange);
        return rule.apply(dy);
    }

    @Override
    public void discard() {
        if (!discarded) {
            discarded = true;
            saved.forEach(Saved::release);
        }
    }
}
