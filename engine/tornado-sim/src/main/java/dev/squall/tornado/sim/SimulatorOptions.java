package dev.squall.tornado.sim;

import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

/**
 * How much the simulator checks. Bounds and barriers are always checked; what costs time can be switched off, by a system
 * property for the whole process or by {@link #set} for the plans made afterwards.
 *
 * @param races finds two work-items that touch one element of global memory, at least one of them writing
 *     ({@code -Dsquall.sim.races=false} to switch off)
 * @param localMemory finds reads of unwritten local memory and missing barriers ({@code -Dsquall.sim.local=false})
 * @param device the device type that the simulator reports, CPU or GPU ({@code -Dsquall.sim.device=GPU})
 * @param execution runs the kernels; without, launches are checked and nothing is computed or allocated, so that those of a large network
 *     can be counted ({@code -Dsquall.sim.execution=false})
 */
public record SimulatorOptions(boolean races, boolean localMemory, TornadoDeviceType device, boolean execution) {

    private static volatile SimulatorOptions current = new SimulatorOptions(
            Boolean.parseBoolean(System.getProperty("squall.sim.races", "true")),
            Boolean.parseBoolean(System.getProperty("squall.sim.local", "true")),
            TornadoDeviceType.valueOf(System.getProperty("squall.sim.device", "CPU")),
            Boolean.parseBoolean(System.getProperty("squall.sim.execution", "true")));

    public static SimulatorOptions current() {
        return current;
    }

    public static void set(SimulatorOptions options) {
        current = options;
    }

    public SimulatorOptions withRaces(boolean check) {
        return new SimulatorOptions(check, localMemory, device, execution);
    }

    public SimulatorOptions withDevice(TornadoDeviceType type) {
        return new SimulatorOptions(races, localMemory, type, execution);
    }

    public SimulatorOptions withExecution(boolean run) {
        return new SimulatorOptions(races, localMemory, device, run);
    }
}
