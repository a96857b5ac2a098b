package dev.squall.data.source;

import dev.squall.data.Dataset;
import dev.squall.data.Input;
import dev.squall.data.Normalize;
import dev.squall.data.Transform;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.RandomResizedCrop;
import dev.squall.data.image.ImageReader;
import dev.squall.data.source.PictureDataset.Entry;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.util.MathArrays;
import org.jspecify.annotations.Nullable;

/**
 * A user's own pictures: {@code DIR/train/CLASS/...} and {@code DIR/val/CLASS/...} (or {@code test}), or {@code
 * DIR/CLASS/...} alone, of which a part of each class is then set apart to measure with.
 */
final class PictureFiles {
    private static final List<Transform> AUGMENTATION = List.of(new HorizontalFlip(0.5));

    private PictureFiles() {}

    /** Pictures to learn from and to measure with, with the classes of both. */
    record Lists(List<String> classNames, List<Entry> train, List<Entry> validation) {}

    static DataSource openFolder(Path directory, DataOptions options) {
        DataSource source = openFolder(directory, options, new SkippedFiles());
        requireEachLearned(directory, source);
        return source;
    }

    /** Requires that there is something to learn each class from: none of a class may be a picture that can be read. */
    static void requireEachLearned(Path home, DataSource source) {
        Dataset train = source.train();
        boolean[] has = new boolean[train.classes()];
        IntStream.range(0, train.size()).forEach(i -> has[train.label(i)] = true);
        for (int label = 0; label < has.length; label++) {
            if (!has[label]) {
                throw new BadInputException("%s has no picture to learn the class '%s' from%s"
                        .formatted(
                                home,
                                train.classNames().get(label),
                                source.skipped().size() == 0
                                        ? ""
                                        : "; the first that was left out: "
                                                + source.skipped().reasons().getFirst()));
            }
        }
    }

    private static DataSource openFolder(Path directory, DataOptions options, SkippedFiles skipped) {
        Input.requireDirectory(directory);
        Path train = part(directory, Part.TRAINING);
        Path validation = part(directory, Part.VALIDATION);
        if (train == null && validation != null && classNames(directory).size() == 1) {
            throw new BadInputException("the directory %s has %s/, but no train/ to learn from"
                    .formatted(directory, validation.getFileName()));
        }
        Path home = train == null ? directory : train;
        List<String> classNames = requireClasses(home, classNames(home));
        List<Entry> learned = readable(home.toString(), entries(home, classNames, true), skipped);
        Lists lists = train == null || validation == null
                ? split(classNames, learned, options)
                : new Lists(
                        classNames,
                        learned,
                        readable(validation.toString(), measured(validation, classNames), skipped));
        return source("folder", lists, options, skipped);
    }

    /** The pictures to measure with alone, of which there may be no others. */
    static Dataset openFolderTest(Path directory, DataOptions options, SkippedFiles skipped) {
        Input.requireDirectory(directory);
        Path train = part(directory, Part.TRAINING);
        Path validation = part(directory, Part.VALIDATION);
        if (validation == null) {
            return openFolder(directory, options, skipped).test();
        }
        Path home = train == null ? validation : train;
        List<String> classNames = requireClasses(home, classNames(home));
        List<Entry> found = train == null ? entries(validation, classNames, true) : measured(validation, classNames);
        List<Entry> entries = readable(validation.toString(), found, skipped);
        return source("folder", new Lists(classNames, List.of(), entries), options, skipped)
                .test();
    }

    private static List<Entry> measured(Path validation, List<String> classNames) {
        for (String name : classNames(validation)) {
            if (!classNames.contains(name)) {
                throw new BadInputException(
                        "the pictures in %s are of a class that those to learn from do not have; move them"
                                .formatted(validation.resolve(name)));
            }
        }
        return entries(validation, classNames, false);
    }

    /**
     * The directory of that part, if there is one. A class may be called after a part, as that of pictures of trains is: among directories of other
     * names, one that holds none for classes is a class itself.
     */
    private static @Nullable Path part(Path directory, Part part) {
        List<String> names = classNames(directory);
        boolean onlyParts = names.stream().allMatch(name -> Part.of(name) != null);
        return names.stream()
                .filter(name -> Part.of(name) == part)
                .filter(name ->
                        onlyParts || !classNames(directory.resolve(name)).isEmpty())
                .min(Comparator.comparingInt(part::rank))
                .map(directory::resolve)
                .orElse(null);
    }

    private static List<String> classNames(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw BadInputException.unreadable("the directory " + directory, e);
        }
    }

    private static List<String> requireClasses(Path directory, List<String> classNames) {
        if (classNames.size() < 2) {
            throw new BadInputException(
                    "the directory %s must hold a directory for each of two classes or more, but holds %s"
                            .formatted(directory, classNames.isEmpty() ? "none" : "only " + classNames.getFirst()));
        }
        return classNames;
    }

    private static List<Entry> entries(Path directory, List<String> classNames, boolean all) {
        List<Entry> entries = new ArrayList<>();
        for (int label = 0; label < classNames.size(); label++) {
            Path home = directory.resolve(classNames.get(label));
            int before = entries.size();
            if (Files.isDirectory(home)) {
                for (Path file : FilesBelow.of(home, directory)) {
                    entries.add(new Entry(file, label));
                }
            }
            if (entries.size() == before && all) {
                throw new BadInputException("the class directory " + home + " holds no files");
            }
        }
        return entries;
    }

    /** Sets the same part of each class apart, at least one picture of it if there are two. */
    static Lists split(List<String> classNames, List<Entry> all, DataOptions options) {
        boolean[] apart = new boolean[all.size()];
        for (int label = 0; label < classNames.size(); label++) {
            int wanted = label;
            int[] ofClass = IntStream.range(0, apart.length)
                    .filter(i -> all.get(i).label() == wanted)
                    .toArray();
            long seed = options.seed();
            MathArrays.shuffle(ofClass, new MersenneTwister(new int[] {(int) (seed >>> 32), (int) seed, label}));
            long count = Math.max(1, Math.round(ofClass.length * options.validationSplit()));
            for (int i = 0; i < Math.min(count, ofClass.length - 1); i++) {
                apart[ofClass[i]] = true;
            }
        }
        List<Entry> train = new ArrayList<>();
        List<Entry> validation = new ArrayList<>();
        for (int i = 0; i < apart.length; i++) {
            (apart[i] ? validation : train).add(all.get(i));
        }
        return new Lists(classNames, train, validation);
    }

    static DataSource source(String name, Lists lists, DataOptions options, SkippedFiles skipped) {
        AtomicLong room = new AtomicLong(options.cacheBytes());
        return new DataSource(
                name,
                new PictureDataset(
                        name + "/train",
                        lists.classNames(),
                        lists.train(),
                        options,
                        RandomResizedCrop.GENTLE,
                        skipped,
                        room),
                new PictureDataset(
                        name + "/test", lists.classNames(), lists.validation(), options, null, skipped, room),
                AUGMENTATION,
                Normalize.identity(3),
                options.crop(),
                skipped);
    }

    /** Those whose first bytes are a picture's. Whether the rest is whole shows when they are decoded. */
    static List<Entry> readable(String name, List<Entry> entries, SkippedFiles skipped) {
        boolean[] isPicture = new boolean[entries.size()];
        IntStream.range(0, entries.size()).parallel().forEach(i -> {
            try {
                ImageReader.requirePicture(entries.get(i).file());
                isPicture[i] = true;
            } catch (BadInputException e) {
                skipped.add(entries.get(i).file().toString(), String.valueOf(e.getMessage()));
            }
        });
        List<Entry> readable = IntStream.range(0, isPicture.length)
                .filter(i -> isPicture[i])
                .mapToObj(entries::get)
                .toList();
        if (readable.isEmpty()) {
            throw new BadInputException("%s holds no picture that can be read%s"
                    .formatted(
                            name,
                            skipped.size() == 0 ? "" : ": " + skipped.reasons().getFirst()));
        }
        return readable;
    }
}
