package dev.squall.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.optim.LossScale;
import dev.squall.train.RunState.Effort;
import dev.squall.train.RunState.EpochPart;
import dev.squall.train.RunState.Scores;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** How far a run has come is stored in its checkpoint, and runs that older versions began go on with it. */
@Tag("fast")
class RunStateTest {
    private static final JsonMapper JSON = new JsonMapper();

    /** As every version so far has written it. */
    private static final String STORED = """
            {"epochs":1,"part":{"batches":3,"images":96,"skipped":1,"counted":64,"correct":40,"lossSum":80.5,"seconds":0.25},
             "steps":12,"averageUpdates":11,"top1":0.5,"loss":1.5,"bestTop1":0.75,"bestEpoch":1,"trainedImages":320,
             "trainSeconds":2.5,"seconds":4.5,"metrics":[{"epoch":1,"learningRate":0.5,"trainLoss":2.0,"trainAccuracy":0.25,
             "loss":1.5,"top1":0.5,"imagesPerSecond":128.0,"seconds":4.0}],
             "lossScale":{"scale":1024.0,"growthTracker":7}}""";

    private static final RunState STATE = new RunState(
            1,
            new EpochPart(3, 96, 1, 64, 40, 80.5, 0.25),
            12,
            11,
            new Scores(0.5, 1.5, 0.75, 1),
            new Effort(320, 2.5, 4.5),
            List.of(new EpochMetrics(1, 0.5f, 2, 0.25, 1.5, 0.5, 128, 4)),
            new LossScale.State(1024, 7));

    @Test
    void isReadAndWrittenInOneRow() {
        assertThat(JSON.readValue(STORED, RunState.class)).isEqualTo(STATE);
        assertThat(JSON.readTree(JSON.writeValueAsString(STATE)).propertyNames())
                .containsExactlyInAnyOrderElementsOf(JSON.readTree(STORED).propertyNames());
    }

    @Test
    void isDamagedIfAPartIsMissing() {
        assertThatThrownBy(() -> JSON.readValue("{\"epochs\":1}", RunState.class))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void theFirstEpochIsTheBestAndLaterOnesOnlyIfTheyAreBetter() {
        Scores first = Scores.NONE.then(1, 0, 3);
        assertThat(first).isEqualTo(new Scores(0, 3, 0, 1));
        assertThat(first.then(2, 0, 2)).isEqualTo(new Scores(0, 2, 0, 1));
        assertThat(first.then(2, 0.5, 2)).isEqualTo(new Scores(0.5, 2, 0.5, 2));
        assertThat(first.then(2, 0.5, 2).then(3, 0.25, 4)).isEqualTo(new Scores(0.25, 4, 0.5, 2));
    }
}
