package dev.squall.bench.peers;

import dev.squall.backend.Backend;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.train.StateDict;
import dev.squall.tresnet.Networks;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** How long the command line takes from its start to the class of a picture, with everything that belongs to it. */
final class StartUp {
    /** What is measured. */
    static final String WHAT = "start-up: TResNet-M, from the command line to the first classified image";
    /** The most seconds that it is to take. */
    static final double AIM_SECONDS = 3;

    private static final String MODEL = "tresnet_m";
    private static final int CLASSES = 1000;
    private static final int SIDE = 224;

    private StartUp() {}

    /** Seconds of several starts; one before them is not counted, so that all files are in memory. */
    static DescriptiveStatistics measure(int threads, int rounds) throws IOException {
        Path folder = Files.createTempDirectory("peers-start-up");
        Path weights = folder.resolve("weights.safetensors");
        Path image = folder.resolve("image.png");
        try {
            writeWeights(weights);
            ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
            Path program = Path.of(System.getProperty("peers.project"), "tresnet", "bin", "tresnet");
            ProcessBuilder command = new ProcessBuilder(
                            program.toString(),
                            "classify",
                            "--backend=jvm",
                            "--threads=" + threads,
                            "--weights=" + weights,
                            "--model=" + MODEL,
                            image.toString())
                    .redirectErrorStream(true);
            seconds(command);
            DescriptiveStatistics seconds = new DescriptiveStatistics();
            for (int i = 0; i < rounds; i++) {
                seconds.addValue(seconds(command));
            }
            return seconds;
        } finally {
            Files.deleteIfExists(weights);
            Files.deleteIfExists(image);
            Files.delete(folder);
        }
    }

    private static void writeWeights(Path file) throws IOException {
        try (Backend backend = Squall.backend(1);
                Module network = Networks.create(MODEL, backend, 3, CLASSES, NormKind.INPLACE)) {
            Weights.initialise(network);
            SafeTensors.write(file, StateDict.of(network), Map.of());
        }
    }

    private static double seconds(ProcessBuilder command) throws IOException {
        long start = System.nanoTime();
        Process process = command.start();
        String output = new String(process.getInputStream().readAllBytes());
        double seconds = (System.nanoTime() - start) * 1e-9;
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("classifying an image failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measurement was interrupted", e);
        }
        return seconds;
    }
}
