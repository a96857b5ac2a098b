package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.meta.MetaBackend;
import dev.squall.nn.Module;
import dev.squall.tensor.Shape;
import dev.squall.tresnet.Networks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The formula gives the weights that the golden results were computed from, bit for bit, wherever their checksums are beside them. */
@Tag("golden")
@Tag("fast")
class FormulaInitTest {
    private static final double DEFAULT_GAIN = 24;

    @TestFactory
    Stream<DynamicTest> everyTensorHasItsChecksum() {
        return GoldenDirectory.configured().cases(op -> op.endsWith("_full")).stream()
                .filter(c -> Files.exists(checksums(c)))
                .map(c -> DynamicTest.dynamicTest(c.toString(), () -> check(c)));
    }

    private static Path checksums(GoldenCase c) {
        return c.directory().path().resolve(c.attrs().required("model").asString() + ".formula_crc32.tsv");
    }

    private static void check(GoldenCase c) throws IOException {
        List<String[]> rows = Files.readAllLines(checksums(c)).stream()
                .skip(1)
                .map(line -> line.split("\t"))
                .toList();
        Map<String, Shape> shapes = new HashMap<>();
        rows.stream().filter(row -> !row[0].startsWith("<")).forEach(row -> shapes.put(row[0], shape(row[1])));
        try (MetaBackend backend = new MetaBackend();
                Module network = Networks.preset(c.attrs().required("model").asString())
                        .config()
                        .build(backend)) {
            assertThat(NetworkState.shapes(network)).isEqualTo(shapes);
        }
        FormulaInit formula =
                new FormulaInit(shapes, c.attrs().path("conv_gain").asDouble(DEFAULT_GAIN));
        for (String[] row : rows) {
            float[] values = row[0].startsWith("<input")
                    ? FormulaInit.input(shape(row[1]))
                    : formula.values(row[0], shape(row[1]));
            assertThat("%08x".formatted(crc32(values))).as(row[0]).isEqualTo(row[3]);
        }
    }

    private static Shape shape(String list) {
        String[] extents = list.substring(1, list.length() - 1).split(", ");
        return Shape.of(Arrays.stream(extents).mapToInt(Integer::parseInt).toArray());
    }

    private static long crc32(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }
}
