package dev.squall.tornado;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes in use on the device, on the heap after a collection, and by the process. */
record Memory(long device, long heap, long resident) {
    static Memory of(TornadoBackend backend) throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return new Memory(backend.liveBytes(), runtime.totalMemory() - runtime.freeMemory(), residentBytes());
    }

    /** The process's resident set; a device made of processor cores has its memory there. */
    static long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
