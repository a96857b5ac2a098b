package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.io.HostTensor;
import dev.squall.nn.ForwardHook;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.TResNet;
import dev.squall.tresnet.TResNetConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** A small TResNet, whole: evaluation, gradients, running statistics, and its state after a few steps of training. */
final class TinyNetworkCase {
    /** The activations of the reference, by case. */
    private static final Map<String, Kinks> RECORDED = new ConcurrentHashMap<>();

    private final GoldenCase golden;
    private final Backend backend;
    private final Accuracy accuracy;
    private final TResNet network;
    private final Map<String, HostTensor> io;
    private final JsonNode deviations;

    private TinyNetworkCase(Backend backend, Accuracy accuracy, GoldenCase golden) {
        this.golden = golden;
        this.backend = backend;
        this.accuracy = accuracy;
        io = file("io");
        deviations = golden.json().required("torch_f32_rel_dev");
        JsonNode attrs = golden.attrs();
        int[] layers = StreamSupport.stream(attrs.required("layers").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        TResNetConfig config = TResNetConfig.published(
                        "tiny",
                        TResNetConfig.Version.valueOf(
                                attrs.required("variant").asString().toUpperCase()),
                        attrs.required("width_factor").asDouble(),
                        layers)
                .withClasses(attrs.required("num_classes").asInt());
        network = new TResNet(backend, config);
        NetworkState.load(network, file("init"));
    }

    static void check(Backend backend, Accuracy accuracy, GoldenCase golden) {
        Kinks kinks = RECORDED.computeIfAbsent(golden.toString(), name -> recordOnReference(golden));
        if (backend != BackendsUnderTest.reference()) {
            check(backend, accuracy, golden, step -> kinks.settle(step, accuracy));
        }
    }

    private static Kinks recordOnReference(GoldenCase golden) {
        Kinks kinks = new Kinks();
        check(BackendsUnderTest.reference(), Accuracy.ACCURATE, golden, kinks::record);
        return kinks;
    }

    private static void check(
            Backend backend, Accuracy accuracy, GoldenCase golden, IntFunction<ForwardHook> hookOfStep) {
        TinyNetworkCase c = new TinyNetworkCase(backend, accuracy, golden);
        try (c.network) {
            c.evaluation();
            c.training(hookOfStep);
        }
    }

    private Map<String, HostTensor> file(String part) {
        return golden.tensors(golden.json().required("files").required(part).asString());
    }

    private Tensor images() {
        HostTensor x = io.get("x");
        return Tensor.fromArray(backend, GoldenCase.shape(x), x.floats());
    }

    private int[] labels() {
        long[] target = io.get("target").longs();
        int[] labels = new int[target.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = Math.toIntExact(target[i]);
        }
        return labels;
    }

    private double deviation(String of) {
        return deviations.required(of).asDouble();
    }

    private void check(String name, String deviation, float[] actual) {
        Expectation.relative(io.get(name).floats(), deviation(deviation))
                .logitsIn(accuracy)
                .check(name, actual);
    }

    private void evaluation() {
        try (Scope scope = Scope.open()) {
            network.eval();
            Tensor logits = Autograd.withoutGradients(() -> network.forward(images()));
            check("logits_eval", "logits_eval", logits.toArray());
        }
    }

    private void training(IntFunction<ForwardHook> hookOfStep) {
        JsonNode attrs = golden.attrs();
        JsonNode settings = attrs.required("sgd");
        float smoothing = attrs.required("label_smoothing").floatValue();
        float[] losses = new float[attrs.required("steps").asInt()];
        network.train();
        try (Sgd sgd = new Sgd(
                ParameterGroup.single(
                        network.parameters(), settings.required("weight_decay").floatValue()),
                settings.required("momentum").floatValue(),
                settings.required("nesterov").asBoolean())) {
            for (int step = 0; step < losses.length; step++) {
                try (Scope scope = Scope.open();
                        Module.Watching watching = network.watch(hookOfStep.apply(step))) {
                    Tensor logits = network.forward(images());
                    if (step == 0) {
                        check("logits_train", "logits_train", logits.toArray());
                        NetworkState.check(
                                "first batch",
                                file("after1_running"),
                                network.buffers(),
                                accuracy,
                                deviation("running1"));
                    }
                    Tensor loss = CrossEntropy.crossEntropy(logits, labels(), smoothing);
                    losses[step] = loss.item();
                    sgd.zeroGradients();
                    Autograd.backward(loss);
                    if (step == 0) {
                        NetworkState.check("gradient", file("grads"), gradients(), accuracy, deviation("grad"));
                    }
                    sgd.step(settings.required("lr").floatValue());
                }
            }
            sgd.zeroGradients();
        }
        check("losses", "loss", losses);
        Map<String, HostTensor> after = new HashMap<>(file("after3"));
        network.counters()
                .forEach((name, counter) -> assertThat(counter.get())
                        .as(name)
                        .isEqualTo(after.remove(name).longs()[0]));
        NetworkState.check("after training", after, NetworkState.tensors(network), accuracy, deviation("param3"));
    }

    private Map<String, Tensor> gradients() {
        Map<String, Tensor> gradients = new HashMap<>();
        network.parameters().forEach((name, parameter) -> {
            Tensor gradient = parameter.gradient();
            if (gradient != null) {
                gradients.put(name, gradient);
            }
        });
        return gradients;
    }
}
