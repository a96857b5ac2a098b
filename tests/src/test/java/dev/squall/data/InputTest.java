package dev.squall.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.data.source.IdxFiles;
import dev.squall.error.BadInputException;
import dev.squall.io.weights.WeightsFile;
import dev.squall.train.RunDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read in place of a file that somebody means, and what little bytes of gzip can stand for. */
@Tag("fast")
@Timeout(30)
class InputTest {
    private static final int IMAGES = 0x803;
    private static final int SIDE = 1000;

    @TempDir
    private Path directory;

    private Path images;
    private Path labels;

    @BeforeEach
    void writeLabels() throws IOException {
        images = directory.resolve("images");
        labels = Files.write(directory.resolve("labels"), TestFiles.idx(new byte[300], 0x801, 300));
    }

    private void assertRefused(String message) {
        Measured measured = new Measured();
        assertThatThrownBy(() -> IdxFiles.read("set", images, labels, List.of("a", "b")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
        measured.assertLittle();
    }

    /** Java's reader of gzip calls itself for each piece that is empty. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void emptyPiecesOfGzip(boolean before) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] whole = TestFiles.gzip(TestFiles.idx(new byte[300], IMAGES, 300, 1, 1));
        if (!before) {
            packed.writeBytes(whole);
        }
        byte[] empty = TestFiles.gzip(new byte[0]);
        for (int i = 0; i < 45_000; i++) {
            packed.writeBytes(empty);
        }
        packed.writeBytes(whole);
        Files.write(images, packed.toByteArray());

        assertRefused("thousands of its pieces are empty");
    }

    /** A header that is true: 300 megabytes of nothing in 300 kilobytes. */
    @Test
    void whatUnpacksToVeryMuch() throws IOException {
        Files.write(images, TestFiles.gzip(TestFiles.idx(new byte[300 * SIDE * SIDE], IMAGES, 300, SIDE, SIDE)));
        assertRefused("it unpacks to more than 100 times its size");
    }

    @Test
    void aPackedFileInAPackedFile() throws IOException {
        Files.write(images, TestFiles.gzip(TestFiles.gzip(TestFiles.idx(new byte[300], IMAGES, 300, 1, 1))));
        assertRefused("expected the magic number 0x00000803, but got 0x1f8b0800");
    }

    /** Links that lead to each other, and a name that no system of files takes: there may well be something, and to say no would mislead. */
    @Test
    void whatCannotBeGotAtIsNotSaidToBeMissing() throws IOException {
        Path link = directory.resolve("a");
        Files.createSymbolicLink(link, directory.resolve("b"));
        Files.createSymbolicLink(directory.resolve("b"), link);
        Path inside = link.resolve("data");
        assertThatThrownBy(() -> Input.requireDirectory(inside))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(inside + " cannot be read: Too many levels of symbolic links");
        Path longName = directory.resolve("x".repeat(300));
        assertThatThrownBy(() -> WeightsFile.read(longName, true))
                .isInstanceOf(BadInputException.class)
                .hasMessage(longName + " cannot be read: File name too long");
        Path none = directory.resolve("none");
        assertThatThrownBy(() -> Input.requireDirectory(none)).hasMessage("there is no directory " + none);
        Files.createSymbolicLink(none, directory.resolve("nowhere"));
        assertThatThrownBy(() -> Input.requireDirectory(none))
                .hasMessage(none + " is a symbolic link that leads to no directory");
        assertThatThrownBy(() -> RunDirectory.open(none, RunDirectory.Existing.REFUSE))
                .hasMessage("the directory " + none
                        + " cannot be written: something else of that name is there; choose another one");
    }

    /** Opening it would take until somebody wrote into it. */
    @Test
    void aPipe() throws Exception {
        makePipe(images);
        assertRefused("is a pipe or a device, where a file was expected");
        assertThatThrownBy(() -> dev.squall.io.weights.WeightsFile.read(images, true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is a pipe or a device");
    }

    @Test
    void aDevice() throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/zero")), "devices are not tested, since there is no /dev/zero");
        Files.createSymbolicLink(images, Path.of("/dev/zero"));
        assertRefused("is a pipe or a device");
    }

    @Test
    void linksThatLeadNowhereOrInACircle() throws IOException {
        Files.createSymbolicLink(images, directory.resolve("nothing"));
        assertRefused("is a symbolic link that leads to no file");
        Files.delete(images);
        Files.createSymbolicLink(images, images);
        assertRefused("images");
    }

    @Test
    void aNameThatJavaCouldNotRead() {
        images = directory.resolve("K\ufffdfer");
        assertRefused("its name has bytes that are no UTF-8");
    }

    private static void makePipe(Path path) throws Exception {
        try {
            int exit = new ProcessBuilder("mkfifo", path.toString()).start().waitFor();
            assumeTrue(exit == 0, "pipes are not tested, since none can be made");
        } catch (IOException e) {
            assumeTrue(false, "pipes are not tested without mkfifo");
        }
    }
}
