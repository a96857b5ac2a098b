package dev.squall.io.weights;

import dev.squall.error.BadInputException;
import dev.squall.error.Excerpt;
import dev.squall.error.Plural;
import dev.squall.io.FileKind;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.io.torch.PickleException;
import dev.squall.io.torch.TorchFile;
import dev.squall.io.torch.TorchTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights that a file holds, in whatever form: safetensors, the index of a model in several such files, or a checkpoint of PyTorch. The contents decide, not the
 * name.
 *
 * @param format such as {@code safetensors}
 * @param tensors by name, without the wrappers around them
 * @param metadata texts of a safetensors file; empty for others
 * @param notes what was looked through and left out, a sentence each without a full stop
 */
public record WeightsFile(
        String format, Map<String, HostTensor> tensors, Map<String, String> metadata, List<String> notes) {
    public WeightsFile {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        notes = List.copyOf(notes);
    }

    /**
     * Reads the weights in {@code file}. Nothing that a checkpoint may contain besides tensors is run or built.
     *
     * @param preferAverage whether to take a moving average of the weights where the file holds one besides the weights
     * @throws BadInputException if the file is missing or damaged, holds no weights, or is of a kind that cannot be read; names it
     */
    public static WeightsFile read(Path file, boolean preferAverage) {
        List<String> notes = new ArrayList<>();
        FileKind kind = FileKind.of(file);
        return switch (kind) {
            case PYTORCH, ZIP, PICKLE -> ofTorch(kind, file, preferAverage, notes);
            case JSON -> ofShards(file, preferAverage, notes);
            default -> {
                if (kind != FileKind.OTHER) {
                    throw new BadInputException(file + " " + kind.sentence());
                }
                SafeTensors stored = SafeTensors.read(file);
                yield new WeightsFile(
                        "safetensors",
                        FlatNames.withoutWrappers(stored.tensors(), preferAverage, notes),
                        stored.metadata(),
                        notes);
            }
        };
    }

    private static WeightsFile ofTorch(FileKind kind, Path file, boolean preferAverage, List<String> notes) {
        boolean isOld = kind == FileKind.PICKLE;
        try (TorchFile stored = isOld ? TorchFile.readOldForm(file) : TorchFile.readZip(file)) {
            return ofTorch(isOld ? "PyTorch, old form" : "PyTorch", file, stored, preferAverage, notes);
        }
    }

    private static WeightsFile ofTorch(
            String format, Path file, TorchFile stored, boolean preferAverage, List<String> notes) {
        StateDictFinder finder = new StateDictFinder(preferAverage, notes);
        Map<String, TorchTensor> found;
        try {
            found = finder.find(stored.value());
        } catch (PickleException e) {
            throw new BadInputException(file + " is no checkpoint of PyTorch that can be read: " + e.getMessage(), e);
        }
        if (found == null && !finder.several().isEmpty()) {
            throw new BadInputException(file + " holds tensors under each of " + Excerpt.of(finder.several())
                    + ", and which are the network's is not known; store those alone");
        }
        if (found == null) {
            throw new BadInputException(file + " is a checkpoint of PyTorch without the weights of a network"
                    + (stored.unknown().isEmpty() ? "" : "; it holds " + Excerpt.of(stored.unknown())));
        }
        if (!stored.unknown().isEmpty()) {
            notes.add("left out what is no tensor, and ran nothing of it: " + Excerpt.of(stored.unknown()));
        }
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        List<String> unreadable = new ArrayList<>();
        Room room = new Room(file);
        FlatNames.withoutWrappers(found, preferAverage, notes).forEach((name, tensor) -> {
            if (!tensor.isReadable()) {
                unreadable.add(name + " (" + tensor.typeName() + ")");
                return;
            }
            try {
                room.take(tensor.copiedBytes());
                tensors.put(name, tensor.toHost());
            } catch (PickleException e) {
                throw new BadInputException(
                        file + " is damaged or cannot be read in full: " + Excerpt.of(name) + ": " + e.getMessage(), e);
            }
        });
        if (tensors.isEmpty() && !unreadable.isEmpty()) {
            throw new BadInputException(file + " holds only tensors of types that cannot be read, such as "
                    + Excerpt.of(unreadable.getFirst()));
        }
        if (!unreadable.isEmpty()) {
            notes.add("left out tensors of types that cannot be read: " + Excerpt.of(unreadable));
        }
        return new WeightsFile(format, tensors, Map.of(), notes);
    }

    /** For tensors that lie otherwise than row by row: each is copied, and a small file could have a thousand views of one storage. */
    private static final class Room {
        private static final long FREE_BYTES = 64 << 20;
        private static final long MOST_TIMES = 4;

        private long left;

        Room(Path file) {
            left = Math.max(FREE_BYTES, MOST_TIMES * file.toFile().length());
        }

        void take(long bytes) throws PickleException {
            left -= bytes;
            if (left < 0) {
                throw new PickleException(
                        "its tensors are views that are much larger than the file; store them contiguous");
            }
        }
    }

    private static WeightsFile ofShards(Path index, boolean preferAverage, List<String> notes) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        Map<String, SafeTensors> shards = new LinkedHashMap<>();
        ShardIndex.read(index).forEach((name, shard) -> {
            HostTensor tensor = shards.computeIfAbsent(shard, s -> ofShard(index.resolveSibling(s)))
                    .tensors()
                    .get(name);
            if (tensor == null) {
                throw new BadInputException(index.resolveSibling(shard) + " lacks the tensor " + Excerpt.of(name)
                        + ", which " + index + " says it holds");
            }
            tensors.put(name, tensor);
        });
        notes.add("put together from " + Plural.of(shards.size(), "file"));
        Map<String, String> metadata = new LinkedHashMap<>();
        shards.values().forEach(shard -> shard.metadata().forEach(metadata::putIfAbsent));
        return new WeightsFile(
                "an index of several files", FlatNames.withoutWrappers(tensors, preferAverage, notes), metadata, notes);
    }

    /** With its names as they are, since the index gives those. */
    private static SafeTensors ofShard(Path shard) {
        List<String> notes = new ArrayList<>();
        FileKind kind = FileKind.of(shard);
        return switch (kind) {
            case PYTORCH, ZIP, PICKLE -> new SafeTensors(ofTorch(kind, shard, true, notes).tensors, Map.of());
            default -> SafeTensors.read(shard);
        };
    }
}
