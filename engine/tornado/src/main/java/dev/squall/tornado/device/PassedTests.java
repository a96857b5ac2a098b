package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * Remembers, in the user's cache directory, which devices have passed the self-test, so that it costs its second only once: for each device with its
 * driver, JVM with its options, version of TornadoVM, and state of our kernels. What cannot be written is tested again the next time.
 *
 * @param directory where a file stands for each
 */
public record PassedTests(Path directory) {
    /** In the cache directory of the user who runs this. */
    public static PassedTests ofUser() {
        return new PassedTests(cache(System.getenv(), System.getProperty("os.name"), System.getProperty("user.home"))
                .resolve("self-tests"));
    }

    static Path cache(Map<String, String> environment, String system, String home) {
        String xdg = environment.get("XDG_CACHE_HOME");
        String local = environment.get("LOCALAPPDATA");
        String name = system.toLowerCase(Locale.ROOT);
        if (xdg != null && !xdg.isBlank()) {
            return Path.of(xdg, "squall");
        }
        if (name.startsWith("windows") && local != null) {
            return Path.of(local, "squall");
        }
        return name.startsWith("mac")
                ? Path.of(home, "Library", "Caches", "squall")
                : Path.of(home, ".cache", "squall");
    }

    /** When {@code device} has passed, with all that decides its results as it is now. */
    public Optional<String> date(TornadoDevice device) {
        try {
            return Files.readAllLines(file(device)).stream().findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Notes that {@code device} has passed. */
    public void add(TornadoDevice device) {
        try {
            Files.createDirectories(directory);
            Files.writeString(file(device), LocalDate.now() + "\n" + circumstances(device));
        } catch (IOException e) {
            // It is tested again the next time.
        }
    }

    private Path file(TornadoDevice device) {
        return directory.resolve(digest(List.of(circumstances(device).getBytes(StandardCharsets.UTF_8))));
    }

    /** All that decides what a kernel computes, a line each. */
    private static String circumstances(TornadoDevice device) {
        return Stream.of(
                        Devices.name(device),
                        device.getTornadoVMBackend(),
                        device.getPlatformName(),
                        device.getDeviceOpenCLCVersion(),
                        driver(),
                        TornadoDevice.class.getProtectionDomain().getCodeSource(),
                        System.getProperty("java.vm.version"),
                        System.getProperty("os.version"),
                        options(),
                        kernels())
                .map(String::valueOf)
                .map(String::strip)
                .reduce("", (all, line) -> all + line + "\n");
    }

    private static String driver() {
        try {
            return Files.readString(Path.of("/proc/driver/nvidia/version"));
        } catch (IOException e) {
            return "";
        }
    }

    /** The options of the JVM that may reach a kernel. */
    private static List<String> options() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX") && !option.startsWith("-XX:CompileCommand")
                        || option.startsWith("-Dtornado"))
                .sorted()
                .toList();
    }

    private static String kernels() {
        return digest(Kernels.all().stream()
                .map(Kernel::source)
                .distinct()
                .map(PassedTests::code)
                .toList());
    }

    private static byte[] code(Class<?> type) {
        try (InputStream code = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            return code == null ? new byte[0] : code.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(List<byte[]> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            parts.forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest(), 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
