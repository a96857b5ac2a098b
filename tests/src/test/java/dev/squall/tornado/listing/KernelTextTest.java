package dev.squall.tornado.listing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.KernelListing;
import dev.squall.tornado.TornadoVmBackendProvider;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the command kernels shows. */
class KernelTextTest {
    private static final List<KernelListing> LISTED = new TornadoVmBackendProvider().kernels();

    static Stream<Kernel> kernels() {
        return Kernels.all().stream();
    }

    private static KernelListing listed(String name) {
        return LISTED.stream().filter(k -> k.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    @Tag("fast")
    void theSourcesTellOfTheSameKernelsAsTheClasses() {
        assertThat(LISTED)
                .extracting(kernel -> kernel.name() + ": " + kernel.purpose())
                .containsExactlyInAnyOrderElementsOf(kernels()
                        .map(kernel -> kernel.name() + ": " + kernel.purpose())
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    @Tag("fast")
    void sourceIsTheWholeMethodWithItsComment(Kernel kernel) {
        String source = listed(kernel.name()).source();

        assertThat(source)
                .startsWith("/**")
                .containsPattern("\\*/\n(@.*\n)?public static void " + kernel.name() + "\\(");
        assertThat(source.chars().filter(c -> c == '{').count())
                .isEqualTo(source.chars().filter(c -> c == '}').count());
    }

    @Test
    @Tag("fast")
    void sourceBringsTheHelpersOfOtherClasses() {
        assertThat(listed("addRelu").source()).contains("// from Float8s.java", "static Float8 splat(float v)");
    }

    /** Of two helpers of one name both are shown: which one is called would take types to tell. */
    @Test
    @Tag("fast")
    void sourceBringsHelpersThatOverloadEachOther() {
        assertThat(listed("maxPool").source())
                .contains("static Float8 larger(Float8 a, Float8 b)", "private static float larger(float a, float b)");
    }

    @Test
    @Tag("fast")
    void helpersAreThoseThatTheCodeNamesAndNotItsComments() {
        assertThat(listed("addRelu").source()).doesNotContain("static Float8 larger(");
    }

    @Test
    @Tag("opencl")
    @EnabledIf("dev.squall.tornado.RealDevice#isPresent")
    void translationIsWhatTornadoVmMade() {
        KernelListing.Translation translation = listed("addRelu").translate(0);

        assertThat(translation.code()).contains("addRelu").contains("vstore8");
        assertThat(translation.title()).isNotBlank();
    }
}
