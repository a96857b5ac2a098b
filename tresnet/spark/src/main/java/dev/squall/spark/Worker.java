package dev.squall.spark;

import dev.squall.error.BadInputException;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunStoppedException;
import dev.squall.tresnet.cli.Main;
import dev.squall.tresnet.cli.Member;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.BarrierTaskContext;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.collection.Iterator$;
import scala.runtime.AbstractFunction1;

/**
 * What a task of the barrier stage does: trains as one of the workers, from the last checkpoint on. If one of them ends before its time, the others
 * lose their connection to it and end too, and Spark starts the stage again.
 */
final class Worker extends AbstractFunction1<Iterator<Integer>, Iterator<Integer>> implements Serializable {
    private static final long serialVersionUID = 1;

    private final Address home;
    private final List<String> arguments;
    private final Map<String, String> texts;

    /** Where a run was started, and what its workers know each other by. */
    record Address(String host, int port, String secret) implements Serializable {}

    /** @param texts as {@link Member#texts} */
    Worker(Address home, List<String> arguments, Map<String, String> texts) {
        this.home = home;
        this.arguments = List.copyOf(arguments);
        this.texts = Map.copyOf(texts);
    }

    @Override
    public Iterator<Integer> apply(Iterator<Integer> partition) {
        BarrierTaskContext context = BarrierTaskContext.get();
        Locale.setDefault(Locale.ROOT);
        String host = context.getTaskInfos()[context.partitionId()].address().replaceFirst(":\\d+$", "");
        try (HomeLink link = new HomeLink(home, host, context.stageAttemptNumber(), context::isInterrupted)) {
            try {
                train(context, host, link);
            } catch (BadInputException e) {
                link.fail(String.valueOf(e.getMessage()));
            } catch (RunStoppedException e) {
                // As was asked for; the checkpoint is at home.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return Iterator$.MODULE$.empty();
    }

    private void train(BarrierTaskContext context, String host, HomeLink link) throws IOException {
        int rank = context.partitionId();
        Path directory = rank == 0 ? Files.createTempDirectory("tresnet-run") : null;
        try (NettyCommunicator communicator = NettyCommunicator.open(
                rank,
                context.numPartitions(),
                host,
                home.secret(),
                own -> context.allGather(own[0]),
                context::isInterrupted)) {
            if (directory == null) {
                Member member = new Member(communicator, texts, null, () -> false, () -> {}, metrics -> {}, null);
                Main.train(member, OutputStream.nullOutputStream(), arguments);
            } else {
                first(communicator, directory, link);
            }
        } finally {
            delete(directory);
        }
    }

    private void first(NettyCommunicator communicator, Path directory, HomeLink link) throws IOException {
        if (link.fetch(RunDirectory.RESUME, directory)) {
            link.fetch(RunDirectory.BEST, directory);
            link.fetch(RunDirectory.LAST, directory);
        }
        OutputStream output = link.output();
        long[] began = {System.nanoTime()};
        Member member = new Member(
                communicator,
                texts,
                directory,
                link::isStopped,
                () -> link.sendFiles(directory),
                metrics -> {
                    link.sendFiles(directory);
                    link.endEpoch();
                    long now = System.nanoTime();
                    TrafficLine.of(communicator.traffic(), communicator.size(), (now - began[0]) * 1e-9)
                            .print(output);
                    began[0] = now;
                },
                null);
        Main.train(member, output, arguments);
    }

    private static void delete(@Nullable Path directory) throws IOException {
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
