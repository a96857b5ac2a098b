package dev.squall.io.weights;

import dev.squall.error.BadInputException;
import dev.squall.error.Excerpt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The file that says which tensor of a large model lies in which file beside it, as Hugging Face's libraries write it. */
final class ShardIndex {
    private static final String MAP = "weight_map";
    private static final long LARGEST = 64L << 20;

    private ShardIndex() {}

    /**
     * File names by tensor.
     *
     * @throws BadInputException if it is no such index, or names a file that is not beside it
     */
    static Map<String, String> read(Path index) {
        JsonNode map = weightMap(index);
        Map<String, String> files = new LinkedHashMap<>();
        map.properties().forEach(entry -> {
            String name = entry.getValue().asString("");
            if (name.isEmpty() || !Path.of(name).equals(Path.of(name).getFileName()) || name.equals("..")) {
                throw new BadInputException(index + " says that " + Excerpt.of(entry.getKey()) + " lies in '"
                        + Excerpt.of(name) + "', which is no file beside it");
            }
            files.put(entry.getKey(), name);
        });
        return files;
    }

    private static JsonNode weightMap(Path index) {
        try {
            if (Files.size(index) > LARGEST) {
                throw new BadInputException(index + " is larger than any index of weights");
            }
            JsonNode map = new JsonMapper().readTree(Files.readString(index)).path(MAP);
            if (map.isObject() && !map.isEmpty()) {
                return map;
            }
        } catch (JacksonException e) {
            throw new BadInputException(index + " is JSON text with a fault: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw BadInputException.unreadable(index, e);
        }
        throw new BadInputException(index + " is JSON text, but no index of weights: it has no \"" + MAP + "\"");
    }
}
