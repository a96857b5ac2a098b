package uk.ac.manchester.tornado.api;

import dev.squall.tornado.sim.SimulatedMemory;

/** The outcome of an execution, and the way to fetch what no graph copies back by itself. */
public class TornadoExecutionResult {

    private final SimulatedMemory memory;

    TornadoExecutionResult(SimulatedMemory memory) {
        this.memory = memory;
    }

    public TornadoExecutionResult transferToHost(Object... objects) {
        for (Object object : objects) {
            memory.copyToHost(object);
        }
        return this;
    }

    public boolean isReady() {
        return true;
    }
}
