package dev.squall.tornado;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes in use on the device, on the heap after a collection, and by the process outside of the heap. */
record Memory(long device, long heap, long resident) {
    static Memory of(TornadoVmBackend backend) throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return new Memory(backend.liveBytes(), runtime.totalMemory() - runtime.freeMemory(), residentBytes());
    }

    /**
     * The process's resident set, in which a device made of processor cores has its memory, without the Java heap: that grows as it likes, and is
     * resident as a whole, since these tests run with AlwaysPreTouch.
     */
    static long residentBytes() throws IOException {
        long all = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
        return all - Runtime.getRuntime().totalMemory();
    }
}
