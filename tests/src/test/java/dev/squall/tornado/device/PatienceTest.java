package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When a sequence of launches is worth a task graph of its own. */
@Tag("fast")
class PatienceTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void whoAsksGetsItTheThirdTime() {
        assertThat(Patience.NONE.ends(2, 100 * SECOND, SECOND)).isFalse();
        assertThat(Patience.NONE.ends(3, 0, 100 * SECOND)).isTrue();
    }

    /** A step of 66 ms with a pause of a minute: not in a run of an hour's first five minutes, and in that of a day. */
    @Test
    void whoDoesNotAskWaitsUntilItPays() {
        long step = SECOND / 15;
        long pause = 60 * SECOND;

        assertThat(Patience.UNTIL_IT_PAYS.ends(4500, 4499 * step, pause)).isFalse();
        assertThat(Patience.UNTIL_IT_PAYS.ends(7202, 7201 * step, pause)).isTrue();
    }

    /** The last batch of an epoch is another: after ninety epochs it has come as often as the others after two minutes. */
    @Test
    void whatIsRareNeverPays() {
        assertThat(Patience.UNTIL_IT_PAYS.ends(90, 90 * SECOND / 15, 60 * SECOND))
                .isFalse();
    }

    @Test
    void onceIsNoRepetition() {
        assertThat(Patience.UNTIL_IT_PAYS.ends(1, 0, 0)).isFalse();
        assertThat(Patience.UNTIL_IT_PAYS.ends(2, 100 * SECOND, 0)).isFalse();
    }
}
