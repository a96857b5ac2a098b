package dev.squall.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.jni.JniUtils;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.TorchProgram.Form;
import dev.squall.bench.peers.TorchProgram.Value;
import dev.squall.bench.peers.Weights.Constant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A training step on PyTorch: forward, cross entropy, backward, and stochastic gradient descent with momentum over all parameters at once. */
final class TorchTraining implements Contender {
    private final Torch torch;
    private final Layout layout;
    private final TorchFunction gradients;
    private final TorchFunction update;
    private final List<String> names;
    private final NDList batch;
    private final NDList parameters;
    private final NDList constants;
    private final NDList momentum = new NDList();
    private NDList latest = new NDList();

    TorchTraining(Torch torch, Weights weights, Graph graph, Layout layout, Constant x, int[] labels) {
        this.torch = torch;
        this.layout = layout;
        TorchProgram program = new TorchProgram(torch, weights, Form.TRAINING, layout, (int) x.shape()[0]);
        Value logits = graph.apply(program, TorchProgram.images((int) x.shape()[2]));
        List<String> lines = program.lines();
        lines.add("loss = torch.cross_entropy_loss(" + logits + ", x[1])");
        lines.add("results = [torch.detach(loss), torch.detach(" + logits + ")]");
        lines.add("for gradient in torch.grad([loss], w):");
        lines.add("  if gradient is not None:");
        lines.add("    results.append(gradient)");
        lines.add("return results");
        gradients = torch.function(List.of("x", "w", "b"), lines);
        update = torch.function(
                List.of("w", "m", "g"),
                List.of(
                        "torch._foreach_mul_(m, " + TrainingStep.MOMENTUM + ")",
                        "torch._foreach_add_(m, g)",
                        "torch._foreach_add_(w, m, alpha=-" + TrainingStep.LEARNING_RATE + ")",
                        "return [g[0]]"));
        names = List.copyOf(program.learned().keySet());
        parameters = new NDList(program.learned().values());
        constants = program.constants();
        batch = new NDList(torch.tensor(x, layout), torch.labels(labels));
        try (TorchFunction zeros = torch.function(
                "ys = annotate(List[Tensor], [])", "for y in x:", "  ys.append(torch.zeros_like(y))", "return ys")) {
            momentum.addAll(zeros.call(parameters));
        }
    }

    @Override
    public String name() {
        return "pytorch " + layout;
    }

    @Override
    public void run() {
        latest.close();
        JniUtils.setGradMode(true);
        latest = gradients.callRecorded(batch, parameters, constants);
        JniUtils.setGradMode(false);
        update.call(parameters, momentum, new NDList(latest.subList(2, latest.size())))
                .close();
    }

    @Override
    public Map<String, float[]> results() {
        return Map.of(TrainingStep.LOSS, torch.values(latest.get(0)), TrainingStep.LOGITS, torch.values(latest.get(1)));
    }

    @Override
    public Map<String, float[]> gradients() {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), torch.values(latest.get(i + 2)));
        }
        return values;
    }

    @Override
    public void close() {
        List<NDArray> all = new ArrayList<>(latest);
        all.addAll(batch);
        all.addAll(parameters);
        all.addAll(constants);
        all.addAll(momentum);
        all.forEach(NDArray::close);
        gradients.close();
        update.close();
    }
}
