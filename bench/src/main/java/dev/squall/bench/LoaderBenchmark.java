package dev.squall.bench;

import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSource;
import dev.squall.data.source.DataSources;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Images per second that a loader reads from JPEG files, decodes, crops and resizes to 224x224 at random, mirrors and normalises. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(LoaderBenchmark.BATCH)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class LoaderBenchmark {
    static final int BATCH = 16;
    private static final int PICTURES_OF_A_CLASS = 64;

    /** Threads that load. */
    @Param({"1", "2"})
    public int loaderThreads;

    /** Width and height of the pictures; the second is that of most of ImageNet's. */
    @Param({"224x224", "500x375"})
    public String pictures;

    private Path directory;
    private DataLoader loader;
    private DataLoader.Epoch epoch;
    private int epochs;

    /** Writes the pictures. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Files.createTempDirectory("loader-benchmark");
        int[] size = OperationState.numbers(pictures);
        SplittableRandom random = new SplittableRandom(1);
        for (String name : List.of("train/a", "train/b", "val/a", "val/b")) {
            Path home = Files.createDirectories(directory.resolve(name));
            for (int i = 0; i < PICTURES_OF_A_CLASS; i++) {
                BufferedImage picture = picture(size[0], size[1], random);
                if (!ImageIO.write(picture, "jpg", home.resolve(i + ".jpg").toFile())) {
                    throw new IOException("there is no writer for JPEG");
                }
            }
        }
        DataSource source = DataSources.open("folder:" + directory, DataOptions.DEFAULT.withCacheBytes(0));
        loader = DataLoader.builder(source.train())
                .batchSize(BATCH)
                .shuffle(true)
                .dropLast(true)
                .transforms(source.trainTransforms())
                .threads(loaderThreads)
                .build();
        epoch = loader.epoch(epochs++);
    }

    /** Smooth, with some noise: about as many bytes as a photograph has. */
    private static BufferedImage picture(int width, int height, SplittableRandom random) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        double scale = random.nextDouble(10, 40);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int bright = (int) (110 + 70 * Math.sin(x / scale) * Math.cos(y / scale) + random.nextInt(40));
                picture.setRGB(x, y, bright << 16 | (bright / 2 + 60) << 8 | 255 - bright);
            }
        }
        return picture;
    }

    /** Takes a batch, as soon as one is ready. */
    @Benchmark
    public Batch batch() {
        if (!epoch.hasNext()) {
            epoch = loader.epoch(epochs++);
        }
        return epoch.next();
    }

    /** Deletes the pictures. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        epoch.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
