package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Region.Axis;
import dev.squall.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RegionTest {
    @Test
    void aRegionIsInjectiveIfNoTwoIndicesStandForOneElement() {
        Random random = new Random(18);
        int injective = 0;
        for (int i = 0; i < 20_000; i++) {
            Region region = region(random);
            boolean expected = isInjective(region);
            assertThat(region.isInjective()).as("%s", region).isEqualTo(expected);
            injective += expected ? 1 : 0;
        }
        assertThat(injective).isBetween(4_000, 16_000);
    }

    @Test
    void wholeTensorsAndBlocksOfPixelsAreInjective() {
        assertThat(Region.of(Shape.of(2, 3, 4)).permuted(2, 0, 1).isInjective()).isTrue();
        assertThat(Region.of(Shape.SCALAR).isInjective()).isTrue();
        assertThat(Region.of(Shape.of(3)).repeated(0, 2).isInjective()).isFalse();
    }

    private static Region region(Random random) {
        List<Axis> axes = new ArrayList<>();
        for (int a = random.nextInt(4); a >= 0; a--) {
            axes.add(new Axis(random.nextInt(2), random.nextInt(17) - 8, 1 + random.nextInt(4)));
        }
        return new Region(List.of(100, 100), axes);
    }

    private static boolean isInjective(Region region) {
        Set<List<Integer>> elements = new HashSet<>();
        return IntStream.range(0, region.elements()).allMatch(i -> elements.add(element(region, i)));
    }

    private static List<Integer> element(Region region, int index) {
        List<Integer> element = new ArrayList<>(region.origin());
        int rest = index;
        for (Axis axis : region.axes()) {
            element.set(axis.dimension(), element.get(axis.dimension()) + axis.step() * (rest % axis.size()));
            rest /= axis.size();
        }
        return element;
    }
}
