package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Counter;
import dev.squall.nn.Module;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.Optimizer;
import dev.squall.tensor.Tensor;
import dev.squall.train.parallel.Communicator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything a run needs to go on as if it had not been interrupted, in one file so that the parts always belong together. The file before
 * it is kept, for the case that the newest is damaged.
 */
final class Checkpoint {
    private static final String WEIGHTS = "weights.";
    private static final String OPTIMIZER = "optimizer.";
    private static final String AVERAGE = "average.";
    private static final String OUTER = "outer.";
    private static final String STATE = "state";

    /** Names what computes. It may change in the middle of a run, which is told. */
    private static final String ARITHMETIC = "computed by";

    private static final JsonMapper JSON = new JsonMapper();

    private final Module network;
    private final Optimizer optimizer;
    private final @Nullable ExponentialMovingAverage average;
    private final @Nullable Optimizer outer;
    private final Map<String, String> settings;
    private final Growth growth;
    private final Map<String, String> texts;

    /**
     * For the state of these.
     *
     * @param outer takes the steps between rounds of steps, if there are such
     * @param settings what a run must be resumed with, by name
     * @param growth asked if it is to be resumed with more epochs
     * @param texts what else is to be known about the run
     */
    Checkpoint(
            Module network,
            Optimizer optimizer,
            @Nullable ExponentialMovingAverage average,
            @Nullable Optimizer outer,
            Map<String, String> settings,
            Growth growth,
            Map<String, String> texts) {
        this.network = network;
        this.optimizer = optimizer;
        this.average = average;
        this.outer = outer;
        this.settings = settings;
        this.growth = growth;
        this.texts = texts;
    }

    /**
     * Writes the state.
     *
     * @throws BadInputException if a value is not finite; nothing is written then
     * @throws IOException if the file cannot be written; the one before is there then
     */
    void write(RunDirectory directory, RunState state) throws IOException {
        Map<String, HostTensor> tensors = StateDict.copy(tensors());
        network.counters()
                .forEach(
                        (name, counter) -> tensors.put(WEIGHTS + name, HostTensor.ofLongs(new long[] {counter.get()})));
        StateDict.requireFinite(tensors, "the state of the run after step " + state.steps());
        Map<String, String> metadata = new LinkedHashMap<>(texts);
        metadata.putAll(settings);
        metadata.put(ARITHMETIC, network.backend().arithmetic());
        metadata.put(STATE, JSON.writeValueAsString(state));
        SafeTensors.write(directory.resume(), directory.previous(), tensors, metadata);
    }

    /** A checkpoint that is whole. */
    private record Stored(Path file, SafeTensors contents, RunState state) {}

    /**
     * The newest whole checkpoint's texts.
     *
     * @throws BadInputException if there is none
     */
    static Map<String, String> texts(RunDirectory directory) {
        return newest(directory, stored -> true, message -> {}).contents.metadata();
    }

    /**
     * Restores everything, or throws and restores nothing.
     *
     * @param isPossible whether the figures of a state can be those of this run
     * @param notes told if the newest file is damaged, or another backend goes on
     * @throws BadInputException if there is no whole checkpoint, or it is of another run
     */
    RunState read(RunDirectory directory, Predicate<RunState> isPossible, Consumer<String> notes) {
        Stored stored = newest(directory, read -> !isOfThisRun(read.contents) || isPossible.test(read.state), notes);
        Map<String, String> texts = stored.contents.metadata();
        boolean grows = Growth.isMeant(settings, texts);
        settings.entrySet().forEach(setting -> {
            String name = setting.getKey();
            String value = setting.getValue();
            String before = begunWith(setting, texts);
            if (!value.equals(before) && !(grows && Growth.SETTINGS.contains(name))) {
                throw new BadInputException("the run in " + directory.path() + " was begun with " + name + " " + before
                        + ", not " + value + "; resume it with what it was begun with");
            }
        });
        if (grows) {
            growth.requireAllowed(texts, stored.state.steps());
            notes.accept("the run was begun with epochs " + texts.get("epochs") + " and grows to "
                    + settings.get("epochs") + ": its " + stored.state.steps()
                    + " steps so far are those that the longer run would have taken");
        }
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored.contents.tensors());
        Map<Counter, Long> counts = StateDict.takeCounts(network, WEIGHTS, tensors);
        StateDict.requireFinite(tensors, stored.file.toString());
        StateDict.fill(tensors(), tensors, stored.file.toString());
        counts.forEach(Counter::set);
        optimizer.resumeAt(stored.state.steps());
        if (average != null) {
            average.resumeAt(stored.state.averageUpdates());
        }
        String before = stored.contents.metadata().get(ARITHMETIC);
        String now = network.backend().arithmetic();
        if (before != null && !before.equals(now)) {
            notes.accept("the run was computed by " + before + " and goes on by " + now
                    + ", so that the last bits of its weights will be others than without the interruption");
        }
        if (stored.file.equals(directory.previous())) {
            putAway(directory);
        }
        return stored.state;
    }

    /**
     * Gives every worker what the first has, once it is clear that they do the same.
     *
     * @param state of the first; that of others is not looked at
     * @return that of the first
     * @throws BadInputException if this worker has other settings, or computes otherwise
     */
    RunState share(RunState state, Communicator communicator) {
        String mine = settings + ", " + ARITHMETIC + " " + network.backend().arithmetic();
        String first = text(communicator.broadcast(mine.getBytes(StandardCharsets.UTF_8)));
        if (!mine.equals(first)) {
            throw new BadInputException("worker " + communicator.rank()
                    + " would not do what worker 0 does, and so their weights would differ: it has " + mine
                    + ", and worker 0 has " + first);
        }
        tensors().values().forEach(tensor -> {
            byte[] received = communicator.broadcast(communicator.rank() == 0 ? bytes(tensor) : new byte[0]);
            if (communicator.rank() != 0) {
                tensor.upload(ByteBuffer.wrap(received).asFloatBuffer());
            }
        });
        network.counters()
                .values()
                .forEach(counter -> counter.set(ByteBuffer.wrap(communicator.broadcast(ByteBuffer.allocate(Long.BYTES)
                                .putLong(counter.get())
                                .array()))
                        .getLong()));
        RunState shared = JSON.readValue(communicator.broadcast(JSON.writeValueAsBytes(state)), RunState.class);
        optimizer.resumeAt(shared.steps());
        if (average != null) {
            average.resumeAt(shared.averageUpdates());
        }
        return shared;
    }

    /** Whether this worker has the first one's weights, to the last bit. */
    boolean agrees(Communicator communicator) {
        CRC32C crc = new CRC32C();
        StateDict.tensors(network).values().forEach(tensor -> crc.update(bytes(tensor)));
        byte[] mine = ByteBuffer.allocate(Long.BYTES).putLong(crc.getValue()).array();
        return Arrays.equals(mine, communicator.broadcast(mine));
    }

    private static byte[] bytes(Tensor tensor) {
        float[] values = tensor.toArray();
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private boolean isOfThisRun(SafeTensors contents) {
        return settings.entrySet().stream()
                .filter(setting -> !Growth.SETTINGS.contains(setting.getKey()))
                .allMatch(setting -> setting.getValue().equals(begunWith(setting, contents.metadata())));
    }

    private static @Nullable String begunWith(Map.Entry<String, String> setting, Map<String, String> texts) {
        String name = setting.getKey();
        boolean mayBeUnknown = name.equals(DataDigest.TRAINING) || name.equals(DataDigest.VALIDATION);
        return texts.getOrDefault(name, mayBeUnknown ? setting.getValue() : Recipe.IMPLIED.get(name));
    }

    private static Stored newest(RunDirectory directory, Predicate<Stored> isPossible, Consumer<String> notes) {
        boolean exists = Files.exists(directory.resume());
        try {
            // Without it, the run was killed when the new file was about to take the place of the old one.
            return stored(exists ? directory.resume() : directory.previous(), isPossible);
        } catch (BadInputException e) {
            if (!exists || !Files.exists(directory.previous())) {
                throw new BadInputException(e.getMessage() + "; start the run anew", e);
            }
            Stored previous;
            try {
                previous = stored(directory.previous(), isPossible);
            } catch (BadInputException both) {
                throw new BadInputException(
                        e.getMessage() + ", and so is the one before: " + both.getMessage() + "; start the run anew",
                        e);
            }
            notes.accept(e.getMessage() + "; the run goes on from the one before, " + previous.file);
            return previous;
        }
    }

    private static Stored stored(Path file, Predicate<Stored> isPossible) {
        SafeTensors contents = SafeTensors.readOwn(file);
        RunState state;
        try {
            state = JSON.readValue(contents.metadata().getOrDefault(STATE, ""), RunState.class);
        } catch (JacksonException | NullPointerException e) {
            throw new BadInputException(file + " is damaged: it does not say how far its run has come", e);
        }
        Stored stored = state == null ? null : new Stored(file, contents, state);
        if (stored == null || !isPossible.test(stored)) {
            throw new BadInputException(
                    file + " is damaged: what it says about how far its run has come is impossible");
        }
        return stored;
    }

    /** A damaged newest file must not push the whole one out of its place when the next is written. */
    private static void putAway(RunDirectory directory) {
        if (Files.exists(directory.resume())) {
            try {
                Files.move(directory.resume(), directory.damaged(), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new BadInputException(
                        directory.resume() + " is damaged and cannot be moved away: " + BadInputException.reason(e), e);
            }
        }
    }

    private Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        StateDict.tensors(network).forEach((name, tensor) -> tensors.put(WEIGHTS + name, tensor));
        optimizer.state().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
        if (average != null) {
            average.averages().forEach((name, tensor) -> tensors.put(AVERAGE + name, tensor));
        }
        if (outer != null) {
            outer.state().forEach((name, tensor) -> tensors.put(OUTER + name, tensor));
        }
        return tensors;
    }
}
