package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Backend;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The suite can be pointed at other data, runs what is listed there, and fails when it should. */
@Tag("golden")
@Tag("fast")
class GoldenDirectoryTest {
    private static final String PROPERTY = "golden.dir";
    private static final String FILE = "relu.n2c5.safetensors";

    private final Backend backend = BackendsUnderTest.reference();

    @TempDir
    Path copy;

    /** A directory with one case. */
    @BeforeEach
    void copyOneCase() throws IOException {
        GoldenDirectory original = new GoldenDirectory(GoldenDirectory.beside("golden"));
        Files.copy(original.path().resolve(FILE), copy.resolve(FILE));
        List<GoldenCase> cases = original.cases("relu"::equals);
        ArrayNode list = JsonMapper.shared().createArrayNode();
        cases.forEach(c -> list.add(c.json()));
        writeCases(list);
    }

    private void writeCases(ArrayNode list) throws IOException {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.set("cases", list);
        Files.writeString(copy.resolve("cases.json"), root.toString());
    }

    private ArrayNode listed() {
        return (ArrayNode) new GoldenDirectory(copy).json("cases.json").required("cases");
    }

    private List<GoldenCase> cases() {
        return new GoldenDirectory(copy).cases(op -> true);
    }

    private void runAll() {
        cases().forEach(c -> GoldenRunner.run(backend, Accuracy.ACCURATE, c));
    }

    @Test
    void thePropertyNamesTheDirectory() {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, copy.toString());
        try {
            assertThat(GoldenDirectory.configured().cases(op -> true)).hasToString("[relu.n2c5]");
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }

    @Test
    void withoutThePropertyTheDataBesideTheTestsIsTaken() {
        String before = System.clearProperty(PROPERTY);
        try {
            assertThat(GoldenDirectory.configured().cases("conv2d"::equals)).isNotEmpty();
        } finally {
            if (before != null) {
                System.setProperty(PROPERTY, before);
            }
        }
    }

    @Test
    void anAddedCaseRuns() throws IOException {
        ArrayNode list = listed();
        list.add(((ObjectNode) list.get(0)).deepCopy().put("case", "added").put("file", "added.safetensors"));
        writeCases(list);
        assertThat(cases()).hasToString("[relu.n2c5, relu.added]");

        assertThatThrownBy(this::runAll).hasMessageContaining("added.safetensors");
        Files.copy(copy.resolve(FILE), copy.resolve("added.safetensors"));
        assertThatCode(this::runAll).doesNotThrowAnyException();
    }

    @Test
    void aChangedExpectationFails() throws IOException {
        Map<String, HostTensor> tensors =
                new LinkedHashMap<>(SafeTensors.read(copy.resolve(FILE)).tensors());
        HostTensor dx = tensors.get("dx");
        float[] values = dx.floats();
        values[17] += 1e-4f;
        tensors.put("dx", HostTensor.ofFloats(values, dx.shape()));
        SafeTensors.write(copy.resolve(FILE), tensors, Map.of());
        assertThatThrownBy(this::runAll).isInstanceOf(AssertionError.class).hasMessageContaining("dx[17]");
    }

    @Test
    void aNaNFailsWhereverItIs() {
        Expectation expectation = new Expectation(new float[] {0, 2, 1}, 1);
        assertThatThrownBy(() -> expectation.check("y", new float[] {0, Float.NaN, 1.5f}))
                .hasMessageContaining("y[1]");
    }

    @Test
    void anOperationThatNobodyKnowsFails() throws IOException {
        ArrayNode list = listed();
        list.add(((ObjectNode) list.get(0)).deepCopy().put("op", "fft"));
        writeCases(list);
        assertThatThrownBy(this::runAll).isInstanceOf(AssertionError.class).hasMessageContaining("'fft'");
    }

    @Test
    void aDirectoryWithoutCasesIsRefused() {
        GoldenDirectory missing = new GoldenDirectory(copy.resolve("missing"));
        assertThatThrownBy(() -> missing.cases(op -> true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("golden.dir must name a directory with a cases.json");
    }
}
