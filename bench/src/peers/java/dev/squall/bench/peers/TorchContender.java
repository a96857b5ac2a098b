package dev.squall.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.TorchProgram.Form;
import dev.squall.bench.peers.TorchProgram.Value;
import dev.squall.bench.peers.Weights.Constant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls a function of PyTorch with the same arguments each time, without gradients. */
final class TorchContender implements Contender {
    private final Torch torch;
    private final String name;
    private final TorchFunction function;
    private final NDList[] arguments;
    private final List<String> results;
    private NDList latest = new NDList();

    private TorchContender(
            Torch torch, String name, TorchFunction function, List<String> results, NDList... arguments) {
        this.torch = torch;
        this.name = "pytorch " + name;
        this.function = function;
        this.arguments = arguments;
        this.results = results;
    }

    /** A network in evaluation mode. */
    static TorchContender inference(Torch torch, Weights weights, Graph graph, Form form, Layout layout, Constant x) {
        int batch = (int) x.shape()[0];
        TorchProgram program = new TorchProgram(torch, weights, form, layout, batch);
        Value logits = graph.apply(program, TorchProgram.images((int) x.shape()[2]));
        program.lines().add("return [" + logits + "]");
        return new TorchContender(
                torch,
                form == Form.FUSED ? "fused" : layout.toString(),
                torch.function(List.of("x", "b"), program.lines()),
                List.of("logits"),
                new NDList(torch.tensor(x, layout)),
                program.constants());
    }

    /**
     * A single operation.
     *
     * @param results the names of what it returns
     * @param body its lines; returns a list of tensors
     * @param x the tensors that it reads, as {@code x}
     */
    static TorchContender operation(
            Torch torch, Layout layout, List<String> results, List<String> body, Constant... x) {
        return operation(torch, layout.toString(), layout, results, body, x);
    }

    /** The same on tensors without a layout to choose, under the name of the library that computes it. */
    static TorchContender operation(
            Torch torch, String library, List<String> results, List<String> body, Constant... x) {
        return operation(torch, library, Layout.CONTIGUOUS, results, body, x);
    }

    private static TorchContender operation(
            Torch torch, String name, Layout layout, List<String> results, List<String> body, Constant... x) {
        NDList arguments = new NDList(
                Arrays.stream(x).map(constant -> torch.tensor(constant, layout)).toArray(NDArray[]::new));
        return new TorchContender(torch, name, torch.function(List.of("x"), body), results, arguments);
    }

    /**
     * An operation whose second argument is a weight in the order that oneDNN likes best, made once. Channels last.
     *
     * @param packing makes that weight
     */
    static TorchContender packed(Torch torch, String result, String packing, String operation, Constant... x) {
        NDList arguments = new NDList(Arrays.stream(x)
                .map(constant -> torch.tensor(constant, Layout.CHANNELS_LAST))
                .toArray(NDArray[]::new));
        try (TorchFunction pack = torch.function("return [" + packing + "]");
                NDArray _ = arguments.get(1)) {
            arguments.set(1, pack.call(arguments).getFirst());
        }
        TorchFunction function = torch.function("return [" + operation + "]");
        return new TorchContender(torch, "packed", function, List.of(result), arguments);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        latest.close();
        latest = function.call(arguments);
    }

    @Override
    public Map<String, float[]> results() {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            values.put(results.get(i), torch.values(latest.get(i)));
        }
        return values;
    }

    @Override
    public void close() {
        latest.close();
        function.close();
        for (NDList argument : arguments) {
            argument.close();
        }
    }
}
