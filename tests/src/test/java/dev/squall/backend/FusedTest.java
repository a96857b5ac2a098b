package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.BackendsUnderTest;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a backend does in one pass for the networks is what the compositions of general primitives define, which stand in the contract. */
@Tag("fast")
class FusedTest {
    private static final Norm ABN = Norm.inplaceAbn(1e-5f, Activation.leakyRelu(0.01f));

    static Stream<Backend> backends() {
        return Stream.concat(Stream.of(BackendsUnderTest.reference()), BackendsUnderTest.others().stream());
    }

    /** {@code family} as it would be without any of its own for methods that have a default. */
    private static <T> T composed(Class<T> type, T family) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, operands) -> method.isDefault()
                        ? InvocationHandler.invokeDefault(self, method, operands)
                        : method.invoke(family, operands)));
    }

    private static final class Operands {
        private final Backend backend;
        private final SplittableRandom random = new SplittableRandom(5);
        private final List<Storage> all = new ArrayList<>();

        Operands(Backend backend) {
            this.backend = backend;
        }

        Storage images(int... sizes) {
            return of(Role.ACTIVATION, sizes);
        }

        Storage of(Role role, int... sizes) {
            Storage storage = backend.allocate(Shape.of(sizes), role);
            float[] values = new float[storage.shape().elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() + 0.3);
            }
            backend.upload(values, storage);
            all.add(storage);
            return storage;
        }

        Storage positive(int channels) {
            Storage storage = of(Role.PARAMETER, channels);
            backend.elementwise().unary(Unary.ABS, storage, storage);
            backend.elementwise().unary(Unary.linear(1, 0.5f), storage, storage);
            return storage;
        }
    }

    private static <T> void compare(Backend backend, Class<T> type, T family, BiConsumer<T, Operands> body) {
        List<float[]> fused = run(backend, family, body);
        List<float[]> composition = run(backend, composed(type, family), body);
        for (int i = 0; i < fused.size(); i++) {
            float largest = 0.01f;
            for (float value : composition.get(i)) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int j = 0; j < fused.get(i).length; j++) {
                assertThat(Math.abs(fused.get(i)[j] - composition.get(i)[j]) / largest)
                        .as("storage %d, element %d on %s", i, j, backend.name())
                        .isLessThan(3e-6f);
            }
        }
    }

    private static <T> List<float[]> run(Backend backend, T family, BiConsumer<T, Operands> body) {
        Operands operands = new Operands(backend);
        body.accept(family, operands);
        List<float[]> results = new ArrayList<>();
        for (Storage storage : operands.all) {
            float[] values = new float[storage.shape().elements()];
            backend.download(storage, values);
            results.add(values);
            backend.free(storage);
        }
        return results;
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("backends")
    void endsOfResidualBlocks(Backend backend) {
        compare(backend, Elementwise.class, backend.elementwise(), (family, o) -> {
            family.addRelu(o.images(2, 17, 3, 4), o.images(2, 17, 3, 4), o.images(2, 17, 3, 4));
            family.exciteAddRelu(
                    o.images(2, 17, 3, 4), o.images(2, 17, 1, 1), o.images(2, 17, 3, 4), o.images(2, 17, 3, 4));
        });
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("backends")
    void gradientsOfGates(Backend backend) {
        compare(backend, Elementwise.class, backend.elementwise(), (family, o) -> {
            for (int[] gate : new int[][] {{2, 17, 1, 1}, {2, 17}}) {
                Storage dy = o.images(2, 17, 3, 4);
                family.multiplyChannelsBackward(o.images(2, 17, 3, 4), o.images(gate), dy, dy, o.images(gate));
                family.exciteAddReluBackward(
                        o.images(2, 17, 3, 4),
                        o.images(gate),
                        o.images(2, 17, 3, 4),
                        o.images(2, 17, 3, 4),
                        o.images(2, 17, 3, 4),
                        o.images(gate),
                        o.images(2, 17, 3, 4));
            }
            family.multiplyChannelsBackward(
                    o.images(3, 5), o.of(Role.PARAMETER, 5), o.images(3, 5), o.images(3, 5), o.of(Role.PARAMETER, 5));
            for (Activation f : List.of(Activation.SIGMOID, Activation.leakyRelu(0.1f), Activation.TANH)) {
                for (int[] sizes : new int[][] {{3, 17, 1, 1}, {2, 9, 7, 6}, {5, 3}}) {
                    family.activateBackward(
                            f, o.images(sizes), o.images(sizes), o.images(sizes), o.of(Role.PARAMETER, sizes[1]));
                }
            }
        });
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("backends")
    void normsInTraining(Backend backend) {
        compare(backend, Normalisation.class, backend.normalisation(), (family, o) -> {
            for (int[] sizes : new int[][] {{2, 17, 3, 4}, {5, 17}}) {
                Storage x = o.images(sizes);
                family.normalise(
                        x,
                        o.of(Role.PARAMETER, 17),
                        o.of(Role.PARAMETER, 17),
                        new Normalisation.Running(o.of(Role.PARAMETER, 17), o.positive(17), 0.1f),
                        o.of(Role.PARAMETER, 17),
                        o.of(Role.PARAMETER, 17),
                        ABN,
                        x);
            }
        });
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("backends")
    void blursAndBlocks(Backend backend) {
        compare(backend, Pooling.class, backend.pooling(), (family, o) -> {
            for (int[] size : new int[][] {{5, 6}, {2, 2}, {7, 3}}) {
                Storage x = o.images(2, 17, size[0], size[1]);
                Storage y = o.images(2, 17, (size[0] + 1) / 2, (size[1] + 1) / 2);
                family.blur(x, y);
                family.blurBackward(
                        o.images(y.shape().toArray()), o.images(x.shape().toArray()));
            }
            family.spaceToDepth(o.images(2, 3, 4, 8), 4, o.images(2, 48, 1, 2));
            family.depthToSpace(o.images(2, 12, 2, 3), 2, o.images(2, 3, 4, 6));
        });
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("backends")
    void normalisations(Backend backend) {
        compare(backend, Normalisation.class, backend.normalisation(), (family, o) -> {
            int channels = 17;
            for (int[] sizes : new int[][] {{2, channels, 3, 4}, {5, channels}}) {
                for (Norm norm : List.of(ABN, Norm.inplaceAbn(1e-5f, Activation.IDENTITY))) {
                    Storage y = o.images(sizes);
                    Storage variance = o.positive(channels);
                    Storage weight = o.of(Role.PARAMETER, channels);
                    Storage bias = o.of(Role.PARAMETER, channels);
                    family.apply(o.images(sizes), o.of(Role.PARAMETER, channels), variance, weight, bias, norm, y);
                    for (boolean batch : new boolean[] {true, false}) {
                        family.backwardFromOutput(
                                y,
                                variance,
                                weight,
                                bias,
                                o.images(sizes),
                                norm,
                                batch,
                                o.images(sizes),
                                o.of(Role.PARAMETER, channels),
                                o.of(Role.PARAMETER, channels));
                    }
                }
            }
        });
    }
}
