package dev.squall.tornado;

import dev.squall.backend.BackendException;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendProvider.Availability;
import dev.squall.backend.Finding;
import dev.squall.tornado.device.Devices;
import dev.squall.tornado.device.JvmFlags;
import dev.squall.tornado.device.PassedTests;
import dev.squall.tornado.device.TornadoErrors;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** Finds out what TornadoVM lacks on this machine. */
final class Doctor {
    private static final String GET_SDK = TornadoErrors.INSTALL
            + " (or 5.2.0-jdk25-ptx for NVIDIA's driver without OpenCL; https://sdkman.io), or https://www.tornadovm.org/downloads";
    private static final String GET_JDK = "sdk install java 25.0.3-tem, or https://adoptium.net";
    private static final String GET_DRIVER =
            "apt install pocl-opencl-icd (runs on the processor), or your GPU's driver:"
                    + " https://tornadovm.readthedocs.io/en/latest/installation.html";
    private static final String GET_GPU =
            "https://tornadovm.readthedocs.io/en/latest/installation.html lists GPUs and their drivers";

    /** Earlier ones may stop for good when TornadoVM pins memory while the G1 collector works (JDK-8377811). */
    private static final Runtime.Version LEAST_JDK = Runtime.Version.parse("25.0.3");

    /** Enough memory for {@link SelfTest}. */
    private static final long TEST_BYTES = 16L << 20;

    private Doctor() {}

    /** What the backend needs, in the order in which it needs it: nothing is said about what comes after something that is missing. */
    static List<Finding> findings(Availability availability) {
        List<Finding> findings = new ArrayList<>();
        findings.add(jdk(Runtime.version()));
        Optional<String> sdk = sdk();
        findings.add(sdk(sdk.orElse(null), availability));
        if (availability.available()) {
            List<TornadoDevice> devices = Devices.all();
            for (int i = 0; i < devices.size(); i++) {
                findings.add(new Finding("device " + i, Devices.describe(devices.get(i))));
            }
            if (!devices.isEmpty()) {
                findings.add(selfTest(devices.getFirst()));
            }
            if (devices.stream().noneMatch(Devices::isGpu)) {
                findings.add(new Finding("GPU", "none: on a processor the backend jvm is faster", GET_GPU));
            }
        } else if (JvmFlags.problem().isPresent()) {
            findings.add(new Finding(
                    "JVM options",
                    availability.reason(),
                    "unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS TRESNET_JAVA_OPTS"));
        } else if (sdk.isPresent()) {
            findings.add(new Finding("devices", availability.reason(), GET_DRIVER));
        }
        return findings;
    }

    /** Computes something on the first device, since that a driver lists it does not mean that it works. */
    private static Finding selfTest(TornadoDevice device) {
        PassedTests passed = PassedTests.ofUser();
        Optional<String> date = passed.date(device);
        if (date.isPresent()) {
            return new Finding("tried", "device 0 computed a product, a convolution and sums right on " + date.get());
        }
        try (TornadoVmBackend backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(TEST_BYTES))) {
            long start = System.nanoTime();
            backend.test(passed, message -> {});
            return new Finding(
                    "tried",
                    String.format(
                            Locale.ROOT,
                            "device 0 computes a product, a convolution and sums right (%.1f s)",
                            (System.nanoTime() - start) / 1e9));
        } catch (BackendException e) {
            return new Finding("tried", "device 0 fails: " + e.getMessage(), GET_DRIVER);
        }
    }

    static Finding jdk(Runtime.Version version) {
        boolean old = version.compareToIgnoreOptional(LEAST_JDK) < 0;
        return new Finding(
                "JDK", version + (old ? ", older than the 25.0.3 that TornadoVM needs" : ""), old ? GET_JDK : null);
    }

    private static Finding sdk(@Nullable String found, Availability availability) {
        if (found != null) {
            return new Finding("TornadoVM", found);
        }
        return availability.available()
                ? new Finding("TornadoVM", "a stand-in")
                : new Finding("TornadoVM", "none in this JVM", GET_SDK);
    }

    /** Version and place of the TornadoVM that the JVM was started with. */
    private static Optional<String> sdk() {
        return ModuleLayer.boot()
                .configuration()
                .findModule("tornado.api")
                .map(ResolvedModule::reference)
                .flatMap(ModuleReference::location)
                .map(location -> location.getPath());
    }
}
