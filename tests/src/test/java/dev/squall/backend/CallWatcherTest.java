package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.checked.CallWatcher;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A watcher is told of the calls from outside, with their operands, until it is taken away. */
class CallWatcherTest {
    private final List<String> told = new ArrayList<>();

    private final CallWatcher watcher = new CallWatcher() {
        @Override
        public void before(String primitive, List<Storage> read, List<Storage> written) {
            told.add(primitive + " " + read.size() + " " + written.size());
        }

        @Override
        public void after(String primitive) {
            told.add("after " + primitive);
        }
    };

    @Test
    void isToldOfCallsButNotOfThoseThatTheyConsistOf() {
        try (MetaBackend backend = new MetaBackend()) {
            Storage x = backend.allocate(Shape.of(1, 8, 6, 6), Role.ACTIVATION);
            Storage w = backend.allocate(Shape.of(8, 8, 3, 3), Role.PARAMETER);
            Storage y = backend.allocate(Shape.of(1, 8, 3, 3), Role.ACTIVATION);
            backend.watch(watcher);

            backend.elementwise().axpby(1f, x, 2f, x, x);
            // composed of a convolution and a blur where a backend has nothing better
            backend.convolution().forwardBlurred(x, w, ConvGeometry.square(3, 1, 1), Epilogue.NONE, y);
            backend.watch(null);
            backend.fill(x, 0f);
        }

        assertThat(told)
                .containsExactly("axpby 2 1", "after axpby", "blurred convolution 2 1", "after blurred convolution");
    }
}
