package dev.squall.train.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class TreeSumTest {
    private static final int LENGTH = 5;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 31, 64})
    void doesNotDependOnWhoAddsWhatAndWhen(int terms) {
        float[] expected =
                sum(terms, IntStream.range(0, terms).boxed().toList()).total();
        Random random = new Random(terms);
        for (int workers = 1; workers <= terms; workers++) {
            List<TreeSum> sums = new ArrayList<>();
            TreeSum received = new TreeSum(terms, LENGTH);
            for (int worker = 0; worker < workers; worker++) {
                int from = worker * terms / workers;
                int to = (worker + 1) * terms / workers;
                List<Integer> own =
                        new ArrayList<>(IntStream.range(from, to).boxed().toList());
                Collections.shuffle(own, random);
                sums.add(sum(terms, own));
                TreeSum sent = sum(terms, own);
                assertThat(sent.parts()).hasSize(TreeSum.parts(terms, from, to));
                received.add(from, to, sent.parts());
            }
            Collections.shuffle(sums, random);
            TreeSum together = sums.stream().reduce(new TreeSum(terms, LENGTH), TreeSum::add);
            assertThat(together.total()).as("%d workers", workers).isEqualTo(expected);
            assertThat(received.total()).as("%d workers, sent", workers).isEqualTo(expected);
        }
    }

    private static TreeSum sum(int terms, List<Integer> own) {
        TreeSum sum = new TreeSum(terms, LENGTH);
        own.forEach(term -> sum.add(term, term(term)));
        return sum;
    }

    /** Of sizes so different that another order gives other bits. */
    private static float[] term(int term) {
        Random random = new Random(term);
        float[] values = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8)));
        }
        return values;
    }

    @Test
    void bracketsStandAsInATree() {
        float[] total = sum(6, List.of(0, 1, 2, 3, 4, 5)).total();
        for (int i = 0; i < LENGTH; i++) {
            float left = (term(0)[i] + term(1)[i]) + (term(2)[i] + term(3)[i]);
            assertThat(total[i]).isEqualTo(left + (term(4)[i] + term(5)[i]));
        }
    }

    @Test
    void anAlignedRangeIsOnePart() {
        assertThat(TreeSum.parts(16, 4, 8)).isEqualTo(1);
        assertThat(TreeSum.parts(16, 1, 4)).isEqualTo(2);
        assertThat(TreeSum.parts(6, 4, 6)).isEqualTo(1);
        assertThat(TreeSum.parts(6, 3, 3)).isZero();
    }

    @Test
    void termsAreThereOnceAndOnce() {
        TreeSum sum = sum(3, List.of(0, 2));
        assertThatThrownBy(sum::total).hasMessageContaining("of 3 terms only {0, 2}");
        assertThatThrownBy(() -> sum.add(2, new float[LENGTH])).hasMessageContaining("term 2");
        assertThatThrownBy(() -> sum.add(3, new float[LENGTH])).hasMessageContaining("term 3");
        assertThatThrownBy(() -> sum.add(1, new float[1])).hasMessageContaining("length 1");
        assertThatThrownBy(() -> sum.add(sum(3, List.of(2)))).hasMessageContaining("different terms");
        assertThatThrownBy(() -> sum.add(1, 3, List.of(new float[LENGTH], new float[LENGTH])))
                .hasMessageContaining("once only");
    }
}
