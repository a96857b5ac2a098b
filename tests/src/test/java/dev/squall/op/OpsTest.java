package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.squall.tensor.Tensor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class OpsTest {
    /** In-place forms, and what shares the statistics of a batch, are for who writes layers. */
    private static boolean isForAll(Method method) {
        return Modifier.isPublic(method.getModifiers())
                && Modifier.isStatic(method.getModifiers())
                && method.getReturnType() == Tensor.class
                && !method.getName().endsWith("InPlace")
                && method.getDeclaringClass() != ConvAbn.class
                && Arrays.stream(method.getParameterTypes()).noneMatch(ChannelStatistics.class::equals);
    }

    private static String signature(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }

    @Test
    void hasEveryOperation() {
        List<String> operations = new ClassFileImporter()
                .importPackages("dev.squall.op").stream()
                        .filter(c -> c.isTopLevelClass() && !c.getSimpleName().endsWith("Test"))
                        .map(JavaClass::reflect)
                        .filter(c -> c != Ops.class && Modifier.isPublic(c.getModifiers()))
                        .flatMap(c -> Stream.of(c.getDeclaredMethods()))
                        .filter(OpsTest::isForAll)
                        .map(OpsTest::signature)
                        .toList();
        List<String> collected = Stream.of(Ops.class.getDeclaredMethods())
                .filter(OpsTest::isForAll)
                .map(OpsTest::signature)
                .toList();

        assertThat(operations).hasSizeGreaterThan(60);
        assertThat(collected).containsExactlyInAnyOrderElementsOf(operations);
    }
}
