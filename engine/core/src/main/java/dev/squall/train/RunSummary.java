package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run in a few figures.
 *
 * @param model the network's name
 * @param data the data set's name
 * @param backend the backend's name
 * @param seed of the run
 * @param parameters learned values
 * @param epochs completed
 * @param top1 of the last epoch's weights on the validation data
 * @param loss the same for the loss
 * @param bestTop1 the highest top-1 after any epoch
 * @param bestEpoch that epoch, counted from 1
 * @param imagesPerSecond in training
 * @param seconds all in all, validation included
 */
public record RunSummary(
        String model,
        String data,
        String backend,
        long seed,
        long parameters,
        int epochs,
        double top1,
        double loss,
        double bestTop1,
        int bestEpoch,
        double imagesPerSecond,
        double seconds) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /**
     * The summary in a file.
     *
     * @throws BadInputException if it cannot be read, or is none
     */
    public static RunSummary read(Path file) {
        try {
            return JSON.readValue(Files.readAllBytes(file), RunSummary.class);
        } catch (IOException e) {
            throw BadInputException.unreadable(file.toString(), e);
        } catch (JacksonException e) {
            throw new BadInputException(file + " is no summary of a run: " + e.getOriginalMessage(), e);
        }
    }

    void write(Path file) throws IOException {
        AtomicFile.write(file, JSON.writeValueAsBytes(this));
    }
}
