package dev.squall.tresnet.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.data.DataLoader;
import dev.squall.data.ImageShape;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSources;
import dev.squall.io.SafeTensors;
import dev.squall.train.Evaluator;
import dev.squall.train.StateDict;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.ModelCard;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images a second of the service under load, beside those of {@code eval} from the same JPEGs in batches of the same size, in turns. Only where {@code
 * -Dserve.throughput=tresnet_m} names a network.
 */
@Tag("fast")
class ThroughputTest {
    private static final int IMAGES = 64;
    private static final int CLIENTS = 32;
    private static final int BATCH = 8;
    private static final int ROUNDS = 5;

    @TempDir
    private Path directory;

    @Test
    void asManyImagesASecondAsEval() throws Exception {
        String model = System.getProperty("serve.throughput");
        assumeTrue(model != null, "throughput is measured with -Dserve.throughput=NETWORK only");
        Path weights = directory.resolve("weights.safetensors");
        ModelCard card = writeWeights(Networks.preset(model), weights);
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            pictures.add(Service.picture("jpeg", i, 320, 240));
            for (String split : List.of("train", "val")) {
                Path folder = Files.createDirectories(directory.resolve(
                        "data/" + split + "/" + card.classNames().get(i % 3)));
                Files.write(folder.resolve(i + ".jpg"), pictures.get(i));
            }
        }
        ServerOptions options = new ServerOptions(
                "127.0.0.1", 0, BATCH, Duration.ofMillis(5), 256, 1 << 20, 1_000_000, Duration.ofSeconds(120));
        List<Double> ratios = new ArrayList<>();
        try (Backend backend = Backends.open("jvm", BackendOptions.DEFAULT).backend();
                Classifier classifier = Classifier.open(backend, weights, null, null);
                Service service = Service.start(weights, options)) {
            DataLoader loader = DataLoader.builder(DataSources.openTest(
                            "folder:" + directory.resolve("data"),
                            DataOptions.DEFAULT
                                    .withPictureSize(card.image().height())
                                    .withCrop(card.crop(), card.interpolation())
                                    .withCacheBytes(0)))
                    .batchSize(BATCH)
                    .transforms(List.of(card.normalize()))
                    .build();
            Evaluator.evaluate(classifier.network(), loader);
            served(service, pictures);
            for (int i = 0; i < ROUNDS; i++) {
                double evaluated = IMAGES
                        / Evaluator.evaluate(classifier.network(), loader).seconds();
                double served = IMAGES / served(service, pictures);
                ratios.add(served / evaluated);
                System.out.printf(
                        Locale.ROOT,
                        "%s: %.2f images/s served to %d clients, %.2f evaluated, ratio %.2f%n",
                        model,
                        served,
                        CLIENTS,
                        evaluated,
                        served / evaluated);
            }
        }
        Collections.sort(ratios);
        System.out.printf(Locale.ROOT, "%s: median ratio %.2f%n", model, ratios.get(ROUNDS / 2));
        assertThat(ratios.get(ROUNDS / 2)).isGreaterThan(0.9);
    }

    private static ModelCard writeWeights(NetworkPreset preset, Path file) throws Exception {
        int side = preset.imageSize();
        ModelCard card = new ModelCard(
                preset.name(),
                List.of("a", "b", "c"),
                new ImageShape(3, side, side),
                preset.preparation().normalize(),
                preset.preparation().crop(),
                preset.config().norm(),
                preset.preparation().interpolation());
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                var network = Networks.config(card).build(backend)) {
            network.initialise(1);
            SafeTensors.write(file, StateDict.of(network), card.toMetadata());
        }
        return card;
    }

    /** Seconds for all pictures. */
    private static double served(Service service, List<byte[]> pictures) throws Exception {
        AtomicInteger next = new AtomicInteger();
        long began = System.nanoTime();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                all.add(clients.submit(() -> {
                    for (int i = next.getAndIncrement(); i < pictures.size(); i = next.getAndIncrement()) {
                        assertThat(service.post("", "image/jpeg", pictures.get(i))
                                        .status())
                                .isEqualTo(200);
                    }
                    return null;
                }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        return (System.nanoTime() - began) * 1e-9;
    }
}
