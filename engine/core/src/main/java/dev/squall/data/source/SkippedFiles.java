package dev.squall.data.source;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The files of a data set that could not be read and are left out, each with a sentence that says why. For any thread. */
public final class SkippedFiles {
    private final Map<String, String> reasons = new ConcurrentSkipListMap<>();

    void add(String file, String reason) {
        reasons.put(file, reason);
    }

    /** Their number. */
    public int size() {
        return reasons.size();
    }

    /** Why each was left out, in the order of their names. */
    public List<String> reasons() {
        return List.copyOf(reasons.values());
    }
}
