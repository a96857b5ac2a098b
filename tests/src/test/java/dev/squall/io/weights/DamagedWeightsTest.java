package dev.squall.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.DamagedFiles;
import dev.squall.Fuzz;
import dev.squall.data.Mutations;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files of every kind that weights are read from. */
@Tag("fast")
class DamagedWeightsTest {
    private static final Path FILES = Path.of("src/test/resources/pth");
    private static final List<String> ARCHIVES =
            List.of("plain", "training_checkpoint", "views_protocol5", "whole_module", "half", "malicious_reduce");

    @TempDir
    private Path directory;

    private DamagedFiles.Reading readingAs(String name) {
        Path file = directory.resolve(name);
        return damaged -> {
            Files.write(file, damaged);
            WeightsFile.read(file, true);
        };
    }

    private static List<byte[]> checkpoints(List<String> names) throws IOException {
        List<byte[]> all = new ArrayList<>();
        for (String name : names) {
            all.add(Files.readAllBytes(FILES.resolve(name + ".pth")));
        }
        return all;
    }

    @Test
    void archives() throws IOException {
        List<byte[]> whole = checkpoints(ARCHIVES);
        DamagedFiles.fuzz(
                500, random -> Mutations.of(whole.get(random.nextInt(whole.size())), random), readingAs("damaged.pth"));
    }

    /** Java's own message for a record that the archive's end cuts off is none at all. */
    @Test
    void anArchiveWhoseRecordsLieBehindItsEnd() throws IOException {
        List<byte[]> whole = checkpoints(ARCHIVES);
        SplittableRandom random = Fuzz.random(1931);
        Path file = directory.resolve("damaged.pth");
        Files.write(file, Mutations.of(whole.get(random.nextInt(whole.size())), random));

        assertThatThrownBy(() -> WeightsFile.read(file, true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("it ends too early");
    }

    /** The archive is whole, so that nothing but the unpickler can find the damage. */
    @Test
    void picklesInArchives() throws IOException {
        DamagedFiles.fuzz(
                500,
                random -> withDamagedPickle(
                        FILES.resolve(ARCHIVES.get(random.nextInt(ARCHIVES.size())) + ".pth"), random),
                readingAs("damaged.pth"));
    }

    private static byte[] withDamagedPickle(Path archive, RandomGenerator random) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean found = false;
        try (ZipFile in = new ZipFile(archive.toFile());
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry : Collections.list(in.entries())) {
                byte[] content = in.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith("data.pkl")) {
                    content = Mutations.of(content, random);
                    found = true;
                }
                ZipEntry stored = new ZipEntry(entry.getName());
                CRC32 checksum = new CRC32();
                checksum.update(content);
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(content.length);
                stored.setCrc(checksum.getValue());
                out.putNextEntry(stored);
                out.write(content);
            }
        }
        assertThat(found).isTrue();
        return bytes.toByteArray();
    }

    @Test
    void legacyStreams() throws IOException {
        DamagedFiles.fuzz(500, Files.readAllBytes(FILES.resolve("legacy.pth")), readingAs("damaged.pth"));
    }

    @Test
    void safetensors() throws IOException {
        Path file = directory.resolve("whole.safetensors");
        SafeTensors.write(file, tensors(), Map.of("model", "none", "note", "\u00e4\"\\"));
        DamagedFiles.fuzz(1000, Files.readAllBytes(file), readingAs("damaged.safetensors"));
    }

    private static Map<String, HostTensor> tensors() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("conv.weight", HostTensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2, 1, 1));
        tensors.put("count", HostTensor.ofLongs(new long[] {1L << 40}));
        tensors.put("none", HostTensor.ofFloats(new float[0], 0, 4));
        return tensors;
    }

    /** Another file than the one that is written is damaged: the index, which names the others. */
    @Test
    void indexesOfShards() throws IOException {
        SafeTensors.write(directory.resolve("one.safetensors"), tensors(), Map.of());
        SafeTensors.write(
                directory.resolve("two.safetensors"), Map.of("bias", HostTensor.ofFloats(new float[9], 9)), Map.of());
        String index = """
                {"metadata": {"total_size": 68}, "weight_map": {
                  "conv.weight": "one.safetensors", "count": "one.safetensors", "none": "one.safetensors",
                  "bias": "two.safetensors"}}
                """;
        DamagedFiles.fuzz(500, index.getBytes(StandardCharsets.UTF_8), readingAs("model.safetensors.index.json"));
    }
}
