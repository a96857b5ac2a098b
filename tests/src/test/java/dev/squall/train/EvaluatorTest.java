package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.data.ByteImageDataset;
import dev.squall.data.DataLoader;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.nn.Flatten;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class EvaluatorTest {
    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    /** Four images of two pixels, of which the brighter one is the predicted class; the last is labelled wrongly. */
    private final DataLoader loader = DataLoader.builder(new ByteImageDataset(
                    "pixels",
                    new ImageShape(1, 1, 2),
                    List.of("left", "right"),
                    new byte[] {(byte) 255, 0, 0, (byte) 255, (byte) 255, 0, 0, (byte) 255},
                    new byte[] {0, 1, 0, 0}))
            .batchSize(3)
            .build();

    @Test
    void countsAndAverages() {
        Linear linear = new Linear(backend, 2, 2);
        linear.weight().upload(new float[] {1, 0, 0, 1});
        Module network = new Sequential(new Flatten(), linear);
        long before = backend.liveBytes();
        Evaluation evaluation = Evaluator.evaluate(network, loader);
        assertThat(evaluation.top1()).isEqualTo(0.75);
        assertThat(evaluation.images()).isEqualTo(4);
        assertThat(evaluation.confusion()).isDeepEqualTo(new int[][] {{2, 1}, {0, 1}});
        double right = Math.log(1 + Math.exp(-1));
        double wrong = Math.log(1 + Math.exp(1));
        assertThat(evaluation.loss()).isCloseTo((3 * right + wrong) / 4, within(1e-6));
        assertThat(network.isTraining()).isTrue();
        assertThat(backend.liveBytes()).isEqualTo(before);
    }

    /** The last image is labelled with the sixth most likely class, the first with the first, and so on. */
    @Test
    void theRightClassMayBeAmongFive() {
        byte[] pixels = new byte[6 * 6];
        for (int n = 0; n < 6; n++) {
            for (int c = 0; c < 6; c++) {
                pixels[n * 6 + c] = (byte) (100 - 10 * c);
            }
        }
        DataLoader ranked = DataLoader.builder(new ByteImageDataset(
                        "ranked", new ImageShape(1, 1, 6), List.of("a", "b", "c", "d", "e", "f"), pixels, new byte[] {
                            0, 1, 2, 3, 4, 5
                        }))
                .batchSize(4)
                .build();
        Linear linear = new Linear(backend, 6, 6);
        float[] identity = new float[36];
        for (int i = 0; i < 6; i++) {
            identity[7 * i] = 1;
        }
        linear.weight().upload(identity);
        Module network = new Sequential(new Flatten(), linear);
        List<Integer> told = new ArrayList<>();
        Evaluation evaluation =
                Evaluator.evaluate(network, ranked, (batch, logits) -> told.add(logits.length / batch.size()));
        assertThat(evaluation.top1()).isEqualTo(1 / 6.0);
        assertThat(evaluation.top5()).isEqualTo(5 / 6.0);
        assertThat(told).containsExactly(6, 6);
    }

    @Test
    void anotherNumberOfClassesIsRefused() {
        Module network = new Sequential(new Flatten(), new Linear(backend, 2, 5)).initialise(1);
        assertThatThrownBy(() -> Evaluator.evaluate(network, loader))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("knows 5 classes, but pixels has 2");
    }
}
