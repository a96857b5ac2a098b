package dev.squall.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories and lists of a user's own pictures. */
@Tag("fast")
class PictureFilesTest {
    private static final DataOptions SMALL = DataOptions.DEFAULT.withImageSize(24);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "train, val",
        "train, valid",
        "train, validation",
        "train, test",
        "Train, Val",
        "Training, Testing",
        "training_set, test_set",
        "TRAIN, TEST"
    })
    void trainingAndValidationPicturesMayLieApart(String training, String validation) throws IOException {
        PictureFolder.write(directory.resolve(training), 5, "dog", "cat");
        PictureFolder.write(directory.resolve(validation), 2, "dog");

        DataSource source = DataSources.open("folder:" + directory, SMALL);

        assertThat(source.train().classNames()).containsExactly("cat", "dog");
        assertThat(source.test().classNames()).containsExactly("cat", "dog");
        assertThat(source.train().size()).isEqualTo(10);
        assertThat(source.test().size()).isEqualTo(2);
        assertThat(source.test().label(0)).isEqualTo(1);
        assertThat(source.train().shape()).isEqualTo(new ImageShape(3, 24, 24));
        assertThat(source.skipped().size()).isZero();
    }

    @Test
    void aClassMayBeCalledAfterAPart() throws IOException {
        PictureFolder.write(directory, 3, "bus", "train", "test");

        DataSource source = DataSources.open("folder:" + directory, SMALL);

        assertThat(source.train().classNames()).containsExactly("bus", "test", "train");
        assertThat(source.train().size() + source.test().size()).isEqualTo(9);
    }

    @Test
    void aClassWithoutAPictureToLearnFromIsRefused() throws IOException {
        Path home = Files.createDirectory(directory.resolve("data"));
        PictureFolder.write(home, 3, "a", "b");
        Path notes = Files.writeString(
                Files.createDirectory(home.resolve("c")).resolve("notes.txt"), "not a picture, but a text");
        assertThatThrownBy(() -> DataSources.open("folder:" + home, SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(home + " has no picture to learn the class 'c' from")
                .hasMessageContaining(notes + " is not an image");
        Path list = Files.writeString(
                directory.resolve("list.csv"),
                "data/a/picture-000.png,a,train\ndata/b/picture-000.png,b,train\nnone.png,c,train\ndata/a/picture-001.jpg,a,val\n");
        assertThatThrownBy(() -> DataSources.open("csv:" + list, SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(list + " has no picture to learn the class 'c' from");
        // To measure, it need not be learned from.
        assertThat(DataSources.openTest("csv:" + list, SMALL, new SkippedFiles())
                        .size())
                .isEqualTo(1);
    }

    @Test
    void otherwiseAPartOfEachClassIsSetApart() throws IOException {
        PictureFolder.write(directory, 10, "a", "b");
        PictureFolder.write(directory, 1, "c");

        DataSource source = DataSources.open("folder:" + directory, SMALL.withSplit(0.3, 5));

        assertThat(labels(source.test())).containsExactly(0, 0, 0, 1, 1, 1);
        assertThat(labels(source.train())).hasSize(15).contains(2);
        List<Path> apart = files(source.test());
        assertThat(apart).doesNotContainAnyElementsOf(files(source.train()));
        assertThat(files(DataSources.open("folder:" + directory, SMALL.withSplit(0.3, 5))
                        .test()))
                .isEqualTo(apart);
        assertThat(files(DataSources.open("folder:" + directory, SMALL.withSplit(0.3, 6))
                        .test()))
                .isNotEqualTo(apart);
    }

    @Test
    void theTestPicturesAloneAreEnoughToMeasure() throws IOException {
        PictureFolder.write(directory.resolve("val"), 2, "a", "b");
        assertThat(DataSources.openTest("folder:" + directory, SMALL, new SkippedFiles())
                        .size())
                .isEqualTo(4);
        assertRefused("folder:" + directory, "the directory " + directory + " has val/, but no train/ to learn from");
    }

    /** Loops of links, links to another class, and links to what lies elsewhere. */
    @Test
    void linksAreFollowedAndNothingIsTakenTwice() throws IOException {
        Path home = Files.createDirectory(directory.resolve("data"));
        PictureFolder.write(home, 2, "a", "b");
        PictureFolder.write(directory, 3, "elsewhere");
        for (String name : List.of("one", "two", "three")) {
            Files.createSymbolicLink(home.resolve("a").resolve(name), Path.of(".."));
            Files.createSymbolicLink(home.resolve("a").resolve("self " + name), Path.of("."));
            Files.createSymbolicLink(home.resolve("b").resolve(name), directory.resolve("elsewhere"));
        }
        Files.createSymbolicLink(home.resolve("b/none.png"), Path.of("nowhere.png"));

        DataSource source = DataSources.open("folder:" + home, SMALL);

        List<Integer> labels = new ArrayList<>(labels(source.train()));
        labels.addAll(labels(source.test()));
        assertThat(labels).containsExactlyInAnyOrder(0, 0, 1, 1, 1, 1, 1);
        assertThat(source.skipped().size()).isEqualTo(1);
    }

    @Test
    void whatIsNoPictureIsListedAndLeftOut() throws IOException {
        PictureFolder.write(directory, 6, "a", "b");
        Files.writeString(directory.resolve("a/notes.txt"), "not a picture");
        Files.createFile(directory.resolve("b/empty.jpg"));
        Files.createFile(directory.resolve("b/.DS_Store"));
        Path cut = directory.resolve("b/cut.png");
        byte[] png = Files.readAllBytes(directory.resolve("b/picture-000.png"));
        Files.write(cut, Arrays.copyOf(png, png.length / 2));

        DataSource source = DataSources.open("folder:" + directory, SMALL.withSplit(0.2, 1));

        assertThat(source.skipped().reasons()).hasSize(2);
        assertThat(source.skipped().reasons().get(0)).startsWith(directory.resolve("a/notes.txt") + " is not an image");
        assertThat(source.skipped().reasons().get(1)).startsWith(directory.resolve("b/empty.jpg") + " is empty");
        // That the third breaks off shows when it is decoded.
        int images = 0;
        for (Dataset dataset : List.of(source.train(), source.test())) {
            try (DataLoader.Epoch batches =
                    DataLoader.builder(dataset).batchSize(4).threads(2).build().epoch(1)) {
                while (batches.hasNext()) {
                    Batch batch = batches.next();
                    assertThat(batch.images()).hasSize(batch.size() * 3 * 24 * 24);
                    assertThat(batch.indices()).hasSize(batch.size());
                    images += batch.size();
                }
            }
        }
        assertThat(images).isEqualTo(12);
        assertThat(source.skipped().reasons()).hasSize(3).contains(cut + " is a damaged image: it is truncated");
    }

    @Test
    void theSameSeedGivesTheSameImagesWhateverTheThreadsAndTheCache() throws IOException {
        PictureFolder.write(directory, 9, "a", "b");
        float[] expected = epoch(SMALL, 1);
        assertThat(epoch(SMALL, 2)).containsExactly(expected);
        assertThat(epoch(SMALL, 4)).containsExactly(expected);
        assertThat(epoch(SMALL.withCacheBytes(0), 3)).containsExactly(expected);
        assertThat(epoch(SMALL.withCacheBytes(20_000), 3)).containsExactly(expected);
    }

    /** Two epochs, of which the second may come from the cache. */
    private float[] epoch(DataOptions options, int threads) {
        DataSource source = DataSources.open("folder:" + directory, options);
        DataLoader loader = DataLoader.builder(source.train())
                .batchSize(4)
                .shuffle(true)
                .seed(3)
                .transforms(source.trainTransforms())
                .threads(threads)
                .build();
        float[] all = new float[0];
        for (int epoch = 1; epoch <= 2; epoch++) {
            try (DataLoader.Epoch batches = loader.epoch(epoch)) {
                while (batches.hasNext()) {
                    float[] images = batches.next().images();
                    all = Arrays.copyOf(all, all.length + images.length);
                    System.arraycopy(images, 0, all, all.length - images.length, images.length);
                }
            }
        }
        return all;
    }

    @Test
    void aDirectoryThatIsNoDataSetIsRefused() throws IOException {
        Path one = Files.createDirectories(directory.resolve("one"));
        PictureFolder.write(one, 2, "a");
        assertRefused(
                "folder:" + one,
                "the directory %s must hold a directory for each of two classes or more, but holds only a"
                        .formatted(one));
        Path empty = Files.createDirectories(one.resolve("b"));
        assertRefused("folder:" + one, "the class directory " + empty + " holds no files");
        Path apart = directory.resolve("apart");
        PictureFolder.write(apart.resolve("train"), 1, "a", "b");
        PictureFolder.write(apart.resolve("val"), 1, "a", "c");
        assertRefused(
                "folder:" + apart,
                "the pictures in " + apart.resolve("val/c")
                        + " are of a class that those to learn from do not have; move them");
        assertRefused("folder:", "'folder:' lacks its directory; choose from " + DataSources.CHOICES);
    }

    @Test
    void aListNamesPicturesAndLabels() throws IOException {
        PictureFolder.write(directory, 4, "a", "b");
        Path list = Files.writeString(directory.resolve("list.csv"), """
                path,label
                a/picture-000.png,cat
                "a/picture-001.jpg", cat
                b/picture-000.png,dog
                %s,dog
                """.formatted(
                        directory.resolve("b/picture-001.jpg").toAbsolutePath()));
        DataSource source = DataSources.open("csv:" + list, SMALL.withSplit(0.5, 1));
        assertThat(source.train().classNames()).containsExactly("cat", "dog");
        assertThat(source.train().size() + source.test().size()).isEqualTo(4);

        Files.writeString(
                list, "\ufeffa/picture-000.png,10,train\r\na/picture-001.jpg,9,train\r\nb/picture-000.png,10,VAL\r\n");
        DataSource apart = DataSources.open("csv:" + list, SMALL);
        assertThat(apart.train().classNames()).containsExactly("9", "10");
        assertThat(labels(apart.train())).containsExactly(1, 0);
        assertThat(labels(apart.test())).containsExactly(1);
    }

    /** As tables are written by spreadsheets and by programs for the analysis of data. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "path;label\na/picture-000.png;cat\nb/picture-000.png;dog\n",
                "path\tlabel\na/picture-000.png\tcat\nb/picture-000.png\tdog\n",
                "label,image_path\ncat,a/picture-000.png\ndog,b/picture-000.png\n",
                "id,Label,Split,file_name,width\n1,cat,train,a/picture-000.png,9\n2,dog,train,b/picture-000.png,9\n",
                "Image Name,Breed\na/picture-000.png,cat\nb/picture-000.png,dog\n"
            })
    void theColumnsOfAListMayBeNamed(String text) throws IOException {
        PictureFolder.write(directory, 1, "a", "b");
        Path list = Files.writeString(directory.resolve("list.csv"), text);
        DataSource source = DataSources.open("csv:" + list, SMALL);
        assertThat(source.train().classNames()).containsExactly("cat", "dog");
        assertThat(files(source.train()))
                .containsExactly(directory.resolve("a/picture-000.png"), directory.resolve("b/picture-000.png"));
    }

    @Test
    void aListThatCannotBeUsedIsRefusedByItsLine() throws IOException {
        Path list = directory.resolve("list.csv");
        Files.writeString(list, "x.png,a\ny.png\n");
        assertRefused(
                "csv:" + list,
                "line 2 of %s has 1 column, but a path and a label were expected, and perhaps 'train' or 'val', with commas between them"
                        .formatted(list));
        Files.writeString(list, "x.png,a,later\ny.png,b,train\n");
        assertRefused("csv:" + list, "line 1 of " + list + " has 'later' where 'train' or 'val' was expected");
        Files.writeString(list, "x.png,a\ny.png,a\n");
        assertRefused("csv:" + list, list + " must list pictures of two classes or more, but lists 1");
        Files.writeString(list, "path,label\n");
        assertRefused("csv:" + list, list + " lists no pictures; write a path and a label into each row");
        Files.writeString(list, "x\0.png,a\ny.png,b\n");
        assertRefused("csv:" + list, "line 1 of " + list + " names no path: 'x?.png'");
        Files.writeString(list, "x.png,a\ny.png,b\n");
        assertThatThrownBy(() -> DataSources.open("csv:" + list, SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(list + " holds no picture that can be read: there is no file ");
        assertRefused("csv:" + directory.resolve("none.csv"), "there is no file " + directory.resolve("none.csv"));
    }

    private static List<Integer> labels(Dataset dataset) {
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < dataset.size(); i++) {
            labels.add(dataset.label(i));
        }
        return labels;
    }

    private static List<Path> files(Dataset dataset) {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < dataset.size(); i++) {
            files.add(Path.of(dataset.imageName(i)));
        }
        return files;
    }

    private static void assertRefused(String spec, String message) {
        assertThatThrownBy(() -> DataSources.open(spec, SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }
}
