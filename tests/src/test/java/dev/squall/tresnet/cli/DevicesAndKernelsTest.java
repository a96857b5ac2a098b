package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What there is to compute with, and the options that choose among it. In these tests a simulator stands in for TornadoVM. */
@Tag("fast")
class DevicesAndKernelsTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    @Test
    void devicesSaysWhatIsThereAndWhatAutoTakes() {
        Result result = tresnet("devices");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("Java " + Runtime.version())
                .containsPattern("tornado +yes +finds no GPU, only work-group simulator")
                .containsPattern("device 0 +work-group simulator, CPU, 1 compute units, 96.0 GiB memory")
                .containsPattern("GPU +none")
                .contains("get it: ")
                .contains("auto takes backend jvm")
                .contains("; tornado finds no GPU");
    }

    @Test
    void kernelsAreListedWithTheirPurpose() {
        Result result = tresnet("kernels");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out().lines())
                .hasSizeGreaterThan(30)
                .anyMatch(line -> line.matches("blurPool +the anti-alias .*"));
    }

    @Test
    void aKernelIsShown() {
        Result result = tresnet("kernels", "addRelu");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("// addRelu: out = max(x + y, 0)")
                .contains("public static void addRelu(")
                .contains("made by TornadoVM on this machine");
    }

    @Test
    void programsReadTheSame() {
        JsonNode all = JSON.readTree(tresnet("kernels", "--json").out());
        assertThat(all).hasSizeGreaterThan(30);
        assertThat(all.get(0).propertyNames()).containsExactly("name", "purpose");

        JsonNode shown = JSON.readTree(tresnet("kernels", "addRelu", "--json").out());
        assertThat(shown.get("source").stringValue()).contains("public static void addRelu(");
        assertThat(shown.get("code").isNull()).isNotEqualTo(shown.get("reason").isNull());
    }

    @Test
    void aKernelThatThereIsNot() {
        Result result = tresnet("kernels", "mulRelu");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("there is no kernel 'mulRelu'; choose one of fillVectors")
                .hasLineCount(1);
    }

    @Test
    void aDeviceThatThereIsNot() throws IOException {
        Result result = train("--device", 3);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("there is no device 3; TornadoVM finds 1")
                .hasLineCount(1);
    }

    @Test
    void moreMemoryThanTheDeviceHas() throws IOException {
        Result result = train("--device-memory", "9GB");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("gives the TornadoVM backend at most").hasLineCount(1);
    }

    @Test
    void aNetworkThatDoesNotFit() throws IOException {
        Result result = train("--device-memory", "1MB");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("the device memory is exhausted")
                .contains("not even a batch of 2 surely fits");
    }

    private Result train(Object... options) throws IOException {
        CommandLineFixture.writeStripes(directory.resolve("data"), 20, 10);
        Object[] arguments = new Object[9 + options.length];
        Object[] always = {
            "train",
            "--data",
            "mnist:" + directory.resolve("data"),
            "--out",
            directory.resolve("run"),
            "--batch",
            10,
            "--backend",
            "tornado"
        };
        System.arraycopy(always, 0, arguments, 0, always.length);
        System.arraycopy(options, 0, arguments, always.length, options.length);
        return tresnet(arguments);
    }
}
