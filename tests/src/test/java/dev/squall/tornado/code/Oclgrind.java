package dev.squall.tornado.code;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OpenCL device that interprets kernels and reports work-items that touch one place without a barrier between them, and addresses outside of every buffer (J. Price and
 * S. McIntosh-Smith, "Oclgrind: an extensible OpenCL device simulator", IWOCL 2015).
 *
 * @param driver its driver
 */
record Oclgrind(Path driver) {
    private static final String PRELOADED = "gpu.c";
    private static final String LOG = "oclgrind.log";

    /** Wide tiles take more local memory than the 32 KB that its device has unless one asks for more. */
    private static final int LOCAL_BYTES = 64 << 10;

    /**
     * Something that it reports.
     *
     * @param kernel the kernel's name; empty for a call from the host
     * @param kind such as {@code Read-write data race at local}
     * @param text all of it
     */
    record Finding(String kernel, String kind, String text) {
        private static final String KERNEL = "Kernel: ";

        private static Finding of(List<String> lines) {
            String kernel = lines.stream()
                    .filter(line -> line.startsWith(KERNEL))
                    .map(line -> line.substring(KERNEL.length()))
                    .findFirst()
                    .orElse("");
            return new Finding(
                    kernel, lines.getFirst().replaceAll(" memory address .*", ""), String.join("\n  ", lines));
        }
    }

    /** The one on the PATH. */
    static Optional<Oclgrind> find() {
        return Programs.find("oclgrind")
                .map(program -> program.resolveSibling("../lib/oclgrind/liboclgrind-rt-icd.so"))
                .map(Path::normalize)
                .filter(Files::isReadable)
                .map(Oclgrind::new);
    }

    /** The variables of a process that shall have this device and no other; it writes its findings into the folder. */
    Map<String, String> variables(Path folder) {
        try (InputStream source = Oclgrind.class.getResourceAsStream(PRELOADED)) {
            Path vendors = Files.createDirectory(folder.resolve("vendors"));
            Files.writeString(vendors.resolve("oclgrind.icd"), driver + "\n");
            Files.copy(source, folder.resolve(PRELOADED));
            Programs.run(folder, List.of("gcc", "-shared", "-fPIC", "-o", "gpu.so", PRELOADED, "-ldl"));
            return Map.of(
                    "OCL_ICD_VENDORS", vendors.toString(),
                    "LD_PRELOAD", folder.resolve("gpu.so").toString(),
                    "OCLGRIND_LOG", folder.resolve(LOG).toString(),
                    "OCLGRIND_DATA_RACES", "1",
                    "OCLGRIND_UNIFORM_WRITES", "1",
                    "OCLGRIND_CHECK_API", "1",
                    "OCLGRIND_LOCAL_MEM_SIZE", Integer.toString(LOCAL_BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has written into a folder, in paragraphs whose first line is not indented: of each kind in each kernel the first. */
    static List<Finding> findings(Path folder) {
        List<List<String>> paragraphs = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(folder.resolve(LOG))) {
                if (!line.isBlank() && (paragraphs.isEmpty() || !Character.isWhitespace(line.charAt(0)))) {
                    paragraphs.add(new ArrayList<>());
                }
                if (!line.isBlank()) {
                    paragraphs.getLast().add(line.strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Finding> first = new LinkedHashMap<>();
        paragraphs.stream().map(Finding::of).forEach(found -> first.putIfAbsent(found.kernel + found.kind, found));
        return List.copyOf(first.values());
    }
}
