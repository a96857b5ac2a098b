package dev.squall.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.data.augment.CutMix;
import dev.squall.data.augment.Cutout;
import dev.squall.data.augment.HorizontalFlip;
import dev.squall.data.augment.Mixup;
import dev.squall.data.augment.OneOf;
import dev.squall.data.augment.RandomCrop;
import dev.squall.error.BadInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class DataLoaderTest {
    private static final ImageShape SHAPE = new ImageShape(2, 5, 7);
    private static final int SIZE = 50;
    private static final List<Transform> RANDOM =
            List.of(new RandomCrop(2), new HorizontalFlip(0.5), new Cutout(0.5, 3));

    /** Image i has label i mod 10. */
    private final Dataset dataset = new ByteImageDataset(
            "set",
            SHAPE,
            IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
            TestFiles.counting(SIZE * SHAPE.elements()),
            labels());

    private static byte[] labels() {
        byte[] labels = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            labels[i] = (byte) (i % 10);
        }
        return labels;
    }

    @Test
    void withoutShufflingBatchesFollowTheDataSet() {
        DataLoader loader = DataLoader.builder(dataset).batchSize(16).build();
        List<Batch> batches = read(loader, 0);

        assertThat(loader.batches()).isEqualTo(4);
        assertThat(loader.images()).isEqualTo(SIZE);
        assertThat(batches.stream().map(Batch::size)).containsExactly(16, 16, 16, 2);
        assertThat(batches.get(3).indices()).containsExactly(48, 49);
        assertThat(batches.get(3).labels()).containsExactly(8, 9);
        float[] expected = new float[2 * SHAPE.elements()];
        dataset.image(48, expected, 0);
        dataset.image(49, expected, SHAPE.elements());
        assertThat(batches.get(3).images()).containsExactly(expected);
    }

    @Test
    void theLastBatchCanBeLeftOut() {
        DataLoader loader =
                DataLoader.builder(dataset).batchSize(16).dropLast(true).build();
        assertThat(loader.images()).isEqualTo(48);
        assertThat(read(loader, 0)).hasSize(3).allMatch(batch -> batch.size() == 16);
    }

    @Test
    void shufflingVisitsEveryImageOnceInAnotherOrderEachEpoch() {
        DataLoader loader =
                DataLoader.builder(dataset).batchSize(8).shuffle(true).seed(3).build();
        int[] first = indices(read(loader, 0));
        int[] second = indices(read(loader, 1));

        assertThat(first).isNotEqualTo(second);
        assertThat(Arrays.stream(first).sorted())
                .containsExactlyElementsOf(IntStream.range(0, SIZE).boxed().toList());
        assertThat(indices(read(loader, 0))).isEqualTo(first);
        DataLoader other =
                DataLoader.builder(dataset).batchSize(8).shuffle(true).seed(4).build();
        assertThat(indices(read(other, 0))).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void threadsChangeNothing(int threads) {
        List<Batch> one = read(random().build(), 5);
        List<Batch> many = read(random().threads(threads).prefetch(2 * threads).build(), 5);

        assertThat(many).hasSameSizeAs(one);
        for (int b = 0; b < one.size(); b++) {
            assertThat(many.get(b).indices()).containsExactly(one.get(b).indices());
            assertThat(many.get(b).images()).containsExactly(one.get(b).images());
        }
    }

    @Test
    void anImageIsChangedTheSameWayWhereverItStands() {
        List<Batch> shuffled = read(random().build(), 5);
        List<Batch> inOrder = read(random().shuffle(false).batchSize(1).build(), 5);
        for (Batch batch : shuffled) {
            for (int i = 0; i < batch.size(); i++) {
                float[] image = Arrays.copyOfRange(batch.images(), i * SHAPE.elements(), (i + 1) * SHAPE.elements());
                assertThat(image)
                        .containsExactly(inOrder.get(batch.indices()[i]).images());
            }
        }
    }

    @Test
    void everyImageAndEpochAndSeedHasItsOwnRandomNumbers() {
        Set<Double> drawn = ConcurrentHashMap.newKeySet();
        Transform drawing = (image, shape, random) -> drawn.add(random.nextDouble());
        for (long seed : new long[] {1, 2, 1L << 32}) {
            DataLoader loader = random().seed(seed).transforms(List.of(drawing)).build();
            read(loader, 0);
            read(loader, 1);
        }
        assertThat(drawn).hasSize(3 * 2 * SIZE);
    }

    @Test
    void everyEpochChangesImagesInAnotherWay() {
        DataLoader loader = random().shuffle(false).batchSize(SIZE).build();
        assertThat(read(loader, 0).getFirst().images())
                .isNotEqualTo(read(loader, 1).getFirst().images());
    }

    @Test
    void anErrorReachesTheConsumer() {
        Transform failing = (image, shape, random) -> {
            throw new BadInputException("broken image");
        };
        try (DataLoader.Epoch epoch =
                DataLoader.builder(dataset).transforms(List.of(failing)).build().epoch(0)) {
            assertThatThrownBy(epoch::next)
                    .isInstanceOf(BadInputException.class)
                    .hasMessage("broken image");
        }
    }

    @Test
    void noMoreIsPreparedThanAskedFor() throws InterruptedException {
        AtomicInteger prepared = new AtomicInteger();
        Transform counting = (image, shape, random) -> prepared.incrementAndGet();
        DataLoader loader = DataLoader.builder(dataset)
                .batchSize(1)
                .prefetch(3)
                .transforms(List.of(counting))
                .build();
        try (DataLoader.Epoch epoch = loader.epoch(0)) {
            epoch.next();
            Thread.sleep(50);
            assertThat(prepared.get()).isBetween(1, 4);
        }
    }

    /** Three in a row, each changed in another way; as many images as without, and so a third of the different ones. */
    @Test
    void repeatedImagesFollowEachOtherAndDiffer() {
        DataLoader loader = random().repeats(3).build();
        List<Batch> batches = read(loader, 4);
        int[] indices = indices(batches);
        assertThat(indices).hasSize(SIZE);
        assertThat(Arrays.stream(indices).distinct().count()).isEqualTo(17);
        assertThat(indices[0]).isEqualTo(indices[1]).isEqualTo(indices[2]);
        float[] first = batches.getFirst().images();
        int elements = SHAPE.elements();
        assertThat(Arrays.copyOf(first, elements)).isNotEqualTo(Arrays.copyOfRange(first, elements, 2 * elements));
        assertThat(read(random().repeats(3).threads(4).build(), 4).get(7).images())
                .containsExactly(batches.get(7).images());
    }

    @Test
    void changesOfABatchDependOnTheSeedAndNotOnThreads() {
        List<BatchTransform> mixing = List.of(new OneOf(List.of(new Mixup(0.4), new CutMix(1))));
        List<Batch> one = read(random().batchTransforms(mixing).build(), 2);
        List<Batch> four = read(random().batchTransforms(mixing).threads(4).build(), 2);
        for (int i = 0; i < one.size(); i++) {
            assertThat(four.get(i).images()).containsExactly(one.get(i).images());
            assertThat(four.get(i).mixed().share()).isEqualTo(one.get(i).mixed().share());
        }
        assertThat(one.stream().map(batch -> batch.mixed().share()).distinct().count())
                .isGreaterThan(4);
    }

    @Test
    void waitingIsCounted() {
        Transform slow = (image, shape, generator) -> LockSupport.parkNanos(2_000_000);
        DataLoader loader = DataLoader.builder(dataset)
                .batchSize(25)
                .transforms(List.of(slow))
                .build();
        try (DataLoader.Epoch epoch = loader.epoch(0)) {
            epoch.forEachRemaining(batch -> {});
            assertThat(epoch.secondsWaited()).isBetween(0.05, 60.0);
        }
    }

    @Test
    void theEndAndAClosedEpochAreErrors() {
        DataLoader loader = DataLoader.builder(dataset).batchSize(SIZE).build();
        try (DataLoader.Epoch epoch = loader.epoch(0)) {
            epoch.next();
            assertThat(epoch.hasNext()).isFalse();
            assertThatThrownBy(epoch::next).isInstanceOf(NoSuchElementException.class);
        }
        DataLoader.Epoch closed = loader.epoch(0);
        closed.close();
        assertThatThrownBy(closed::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aBatchThatCanNeverBeFullIsRefused() {
        DataLoader.Builder builder = DataLoader.builder(dataset).batchSize(SIZE + 1);
        assertThat(builder.build().batches()).isEqualTo(1);
        assertThatThrownBy(() -> builder.dropLast(true).build())
                .isInstanceOf(BadInputException.class)
                .hasMessage("a batch of 51 needs more than the 50 images of set; choose a smaller one");
    }

    @Test
    void settingsBelowOneAreRefused() {
        DataLoader.Builder builder = DataLoader.builder(dataset);
        assertThatThrownBy(() -> builder.batchSize(0)).hasMessage("the batch size must be at least 1, but is 0");
        assertThatThrownBy(() -> builder.threads(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.prefetch(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    private DataLoader.Builder random() {
        return DataLoader.builder(dataset).batchSize(6).shuffle(true).seed(11).transforms(RANDOM);
    }

    private static List<Batch> read(DataLoader loader, int number) {
        List<Batch> batches = new ArrayList<>();
        try (DataLoader.Epoch epoch = loader.epoch(number)) {
            epoch.forEachRemaining(batches::add);
        }
        return batches;
    }

    private static int[] indices(List<Batch> batches) {
        return batches.stream()
                .flatMapToInt(batch -> Arrays.stream(batch.indices()))
                .toArray();
    }
}
