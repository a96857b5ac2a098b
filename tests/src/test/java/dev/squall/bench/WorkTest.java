package dev.squall.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Every benchmark can be counted with each of its parameters, which also shows that its operands fit. */
class WorkTest {
    private static final Class<?>[] BENCHMARKS = {
        BatchNormBenchmark.class,
        BlurPoolBenchmark.class,
        Conv2dBenchmark.class,
        CrossEntropyBenchmark.class,
        DepthwiseBenchmark.class,
        ElementwiseBenchmark.class,
        GlobalAveragePoolBenchmark.class,
        InplaceAbnBenchmark.class,
        MatmulBenchmark.class,
        MovementBenchmark.class,
        OptimizerBenchmark.class,
        PoolingBenchmark.class,
        ReductionBenchmark.class,
        SpaceToDepthBenchmark.class
    };

    static Stream<Class<?>> benchmarks() {
        return Stream.of(BENCHMARKS);
    }

    @ParameterizedTest
    @MethodSource("benchmarks")
    void isCounted(Class<?> type) throws ReflectiveOperationException {
        for (var field : type.getFields()) {
            Param values = field.getAnnotation(Param.class);
            if (values == null || field.getDeclaringClass() != type) {
                continue;
            }
            for (String value : values.value()) {
                for (Method method : type.getMethods()) {
                    if (method.isAnnotationPresent(Benchmark.class)) {
                        Work work = Work.of(type, method.getName(), Map.of(field.getName(), value));
                        assertThat(work.bytes()).as("%s %s", method, value).isPositive();
                    }
                }
            }
        }
    }

    @Test
    void aConvolutionsMultiplyAddsAreTwoOperationsEach() throws ReflectiveOperationException {
        Work work = Work.of(Conv2dBenchmark.class, "forward", Map.of("convolution", "64-64-56-k3s1"));
        assertThat(work.operations()).isEqualTo(2L * 8 * 64 * 64 * 9 * 56 * 56);
        assertThat(work.bytes()).isEqualTo(4L * (2 * 8 * 64 * 56 * 56 + 64 * 64 * 9));
    }
}
