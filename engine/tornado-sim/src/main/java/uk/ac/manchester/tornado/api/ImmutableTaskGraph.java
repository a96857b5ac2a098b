package uk.ac.manchester.tornado.api;

import dev.squall.tornado.sim.GraphRecord;

/** A {@link TaskGraph} that can no longer change and can therefore be executed. */
public class ImmutableTaskGraph {

    private final GraphRecord graph;

    ImmutableTaskGraph(GraphRecord graph) {
        this.graph = graph;
    }

    GraphRecord graph() {
        return graph;
    }
}
