package dev.squall.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.squall.backend.reference.ReferenceBackend;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which backend {@code auto} takes, and what it says of the others. */
@Tag("fast")
class AutoTest {
    /** @param failure why it does not start, or null if it does */
    private record Provider(
            String name, int preference, @Nullable String failure) implements BackendProvider {
        @Override
        public Availability availability() {
            return new Availability(true, "says it is available");
        }

        @Override
        public Backend create(BackendOptions options) {
            if (failure != null) {
                throw new BackendException(failure);
            }
            return new ReferenceBackend();
        }
    }

    @Test
    void whatDoesNotStartIsSaidAndLeft() {
        List<BackendProvider> providers = List.of(
                new Provider("fast", 20, "the self-test of device X failed; try another driver"),
                new Provider("sound", 10, null),
                new Provider("slow", 5, null),
                new Provider("never", -1, null));

        Backends.Choice choice = Backends.best(providers, BackendOptions.DEFAULT);

        assertThat(choice.reason())
                .startsWith("backend sound")
                .contains("says it is available; not fast: the self-test of device X failed; try another driver")
                .contains("; slow says it is available")
                .doesNotContain("never");
        choice.backend().close();
    }

    @Test
    void thereIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Backends.best(List.of(new Provider("never", -1, null)), BackendOptions.DEFAULT))
                .withMessage(
                        "no backend can run here: none is on the class path; add squall-jvm, squall-tornado or both to it");
    }

    @Test
    void nothingStarts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Backends.best(List.of(new Provider("only", 1, "its driver hangs")), BackendOptions.DEFAULT))
                .withMessage("no backend can run here; not only: its driver hangs");
    }
}
