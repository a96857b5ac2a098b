package dev.squall.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.train.RunSummary;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class OwnNetworkTest {
    @Test
    void learnsToTellClothes(@TempDir Path directory) {
        Path run = directory.resolve("mine");
        OwnNetwork.main(run.toString());
        assertThat(RunSummary.read(run.resolve("summary.json")).bestTop1()).isGreaterThan(0.75);
    }
}
