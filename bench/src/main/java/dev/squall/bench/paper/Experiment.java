package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.tresnet.page.Section;

/** One table of the paper: what it measures, and the section of the report that follows. */
interface Experiment {
    /** As {@code --only} takes it, and the first part of its keys. */
    String name();

    /** Measures on {@code backend} what the results lack. */
    void measure(Backend backend, Measurement measurement);

    /** What the results say, with pictures; also of a run that was interrupted. */
    Section section(Results results);
}
