package dev.squall.spark;

import dev.squall.train.parallel.CommunicationException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the exchange with other workers has cost in an epoch, as a line. */
record TrafficLine(String line) {
    /** @param seconds of the epoch, on this worker's clock */
    static TrafficLine of(NettyCommunicator.Traffic traffic, int workers, double seconds) {
        return new TrafficLine(String.format(
                Locale.ROOT,
                "  %d workers exchanged %.2f MB a step each way, in %.0f %% of the time (%.1f ms a step)%n",
                workers,
                traffic.bytes() * 1e-6 / Math.max(1, traffic.sums()),
                100 * traffic.seconds() / seconds,
                1e3 * traffic.seconds() / Math.max(1, traffic.sums())));
    }

    void print(OutputStream output) {
        try {
            output.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CommunicationException("the output cannot be written", e);
        }
    }
}
