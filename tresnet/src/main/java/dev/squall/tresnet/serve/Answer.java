package dev.squall.tresnet.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.squall.tresnet.Classifier.Guess;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /v1/classify} answers, as it is written in JSON.
 *
 * @param model the network's name
 * @param images in the order in which they came
 */
record Answer(String model, List<Image> images) {
    /**
     * What is known of one picture.
     *
     * @param name as it came, or what messages would call it
     * @param width of the picture in pixels; {@code height} likewise
     * @param classes the most probable ones, the most probable first
     * @param explanation if it was asked for
     */
    record Image(
            String name,
            int width,
            int height,
            List<Guess> classes,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Explanation explanation) {}

    /**
     * Where the network looked.
     *
     * @param method by which this was found
     * @param label the class in question
     * @param overlay a PNG file as a {@code data:} address
     */
    record Explanation(String method, int label, String overlay) {}
}
