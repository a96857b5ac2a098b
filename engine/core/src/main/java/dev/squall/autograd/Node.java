package dev.squall.autograd;

import dev.squall.tensor.GradientNode;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;

/** One recorded operation: its inputs, what it saved, and its backward rule. */
final class Node implements GradientNode {
    final String op;
    final List<Tensor> inputs;
    final BackwardRule rule;
    private final List<Storage> saved;
    private boolean discarded;

    Node(String op, List<Tensor> inputs, List<Tensor> saved, BackwardRule rule) {
        this.op = op;
        this.inputs = inputs;
        this.rule = rule;
        this.saved = saved.stream().map(Tensor::storage).toList();
        this.saved.forEach(storage -> storage.save(op));
    }

    boolean isDiscarded() {
        return discarded;
    }

    @Override
    public void discard() {
        if (!discarded) {
            discarded = true;
            saved.forEach(storage -> storage.unsave(op));
        }
    }
}
