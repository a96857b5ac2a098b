package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula gives the weights that the golden results were computed from, bit for bit. */
@Tag("golden")
@Tag("fast")
class FormulaInitTest {
    @ParameterizedTest
    @CsvSource({
        "tresnet_m, 374, 24",
        "tresnet_xl, 649, 24",
        "tresnet_l_v2, 642, 24",
        "resnet50, 267, 24",
        "resnet50d, 277, 24",
        "seresnext50_32x4d, 331, 24",
        "efficientnet_b1, 439, 36"
    })
    void everyTensorHasItsChecksum(String model, int tensors, double gain) throws IOException {
        List<String[]> rows =
                Files.readAllLines(GoldenDirectory.configured().path().resolve(model + ".formula_crc32.tsv")).stream()
                        .skip(1)
                        .map(line -> line.split("\t"))
                        .toList();
        Map<String, Shape> shapes = new HashMap<>();
        rows.stream().filter(row -> !row[0].startsWith("<")).forEach(row -> shapes.put(row[0], shape(row[1])));
        assertThat(shapes).hasSize(tensors);
        FormulaInit formula = new FormulaInit(shapes, gain);
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
