package dev.squall.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run is called in its files.
 *
 * @param model the network's name
 * @param data the data set's name
 * @param backend the backend's name
 * @param metadata texts to store beside the weights, for whoever loads them
 */
public record RunDescription(String model, String data, String backend, Map<String, String> metadata) {
    public RunDescription {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }
}
