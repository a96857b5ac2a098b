package dev.squall.io.weights;

import dev.squall.io.AtomicFile;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.Unfinished;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model in several safetensors files, with the index that says which tensor lies where, as Hugging Face's libraries write and read it: {@code
 * model.safetensors} becomes {@code model-00001-of-00003.safetensors} and so on, and {@code model.safetensors.index.json}.
 */
public final class Shards {
    private static final String ENDING = ".safetensors";

    private Shards() {}

    /** The index that belongs to {@code file}. */
    public static Path index(Path file) {
        return file.resolveSibling(file.getFileName() + ".index.json");
    }

    /** The files that tensors of {@code file} would be divided into: in order, each as full as the limit allows; a tensor beyond it has one of its own. */
    public static List<Path> files(Path file, Map<String, HostTensor> tensors, long mostBytes) {
        int shards = divided(tensors, mostBytes).size();
        String name = file.getFileName().toString();
        String stem = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
        return Stream.iterate(1, shard -> shard <= shards, shard -> shard + 1)
                .map(shard -> file.resolveSibling(
                        String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, shard, shards, ENDING)))
                .toList();
    }

    /**
     * Writes the files under other names, and when all are written gives them their own, and the index last: it never names what is not there, and
     * files that there were before are what they were until nothing can fail but a change of names.
     *
     * @param file as the model is called as a whole; it is not written itself
     * @param mostBytes of tensors in one file
     * @throws IOException if one cannot be written
     */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata, long mostBytes)
            throws IOException {
        List<Map<String, HostTensor>> shards = divided(tensors, mostBytes);
        List<Path> files = files(file, tensors, mostBytes);
        Map<String, String> places = new LinkedHashMap<>();
        long total = 0;
        // Some without the others would only take up room that is short already.
        try (Unfinished unfinished = new Unfinished()) {
            for (int i = 0; i < shards.size(); i++) {
                unfinished.add(part(files.get(i)));
                SafeTensors.write(part(files.get(i)), shards.get(i), metadata);
                for (Map.Entry<String, HostTensor> entry : shards.get(i).entrySet()) {
                    places.put(entry.getKey(), files.get(i).getFileName().toString());
                    total += bytes(entry.getValue());
                }
            }
            for (Path each : files) {
                if (!Files.exists(each)) {
                    unfinished.add(each);
                }
                AtomicFile.move(part(each), each);
            }
            String json = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(Map.of("metadata", Map.of("total_size", total), "weight_map", places));
            AtomicFile.write(index(file), (json + "\n").getBytes(StandardCharsets.UTF_8));
            unfinished.keep();
        }
    }

    private static Path part(Path file) {
        return file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    }

    /** Whether one of the files that {@link #write} makes exists. */
    public static boolean exist(Path file, Map<String, HostTensor> tensors, long mostBytes) {
        return Files.exists(index(file))
                || files(file, tensors, mostBytes).stream().anyMatch(Files::exists);
    }

    private static List<Map<String, HostTensor>> divided(Map<String, HostTensor> tensors, long mostBytes) {
        List<Map<String, HostTensor>> shards = new ArrayList<>();
        long used = 0;
        for (Map.Entry<String, HostTensor> entry : tensors.entrySet()) {
            long bytes = bytes(entry.getValue());
            if (shards.isEmpty() || used + bytes > mostBytes) {
                shards.add(new LinkedHashMap<>());
                used = 0;
            }
            shards.getLast().put(entry.getKey(), entry.getValue());
            used += bytes;
        }
        return shards;
    }

    private static long bytes(HostTensor tensor) {
        return (long) tensor.elements() * tensor.type().bytes();
    }
}
