package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A network begins with the values of the official code, whatever the defaults of the layers are. */
@Tag("fast")
class InitialisationTest {
    /** All weights of one seed: published runs were begun with them, and so must stay repeatable. */
    @Test
    void theWeightsOfASeedStayTheSame() {
        try (Backend backend = new ReferenceBackend();
                Module network = Networks.create("tresnet_tiny", backend, 3, 10, NormKind.INPLACE)) {
            network.initialise(1);
            CRC32 crc = new CRC32();
            network.parameters().forEach((name, parameter) -> {
                float[] values = parameter.toArray();
                ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
                bytes.asFloatBuffer().put(values);
                crc.update(bytes);
            });
            assertThat("%08x".formatted(crc.getValue())).isEqualTo("21edd4de");
        }
    }
}
