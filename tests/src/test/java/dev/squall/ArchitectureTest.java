package dev.squall;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.stream.Stream;

/** Which way imports may run: each rule is one row of the import table. */
@AnalyzeClasses(packages = "dev.squall", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    /** What every package may use. */
    @ArchTest
    static final ArchRule error = mayUse("error");

    @ArchTest
    static final ArchRule tensor = mayUse("tensor");

    @ArchTest
    static final ArchRule backend = mayUse("backend", "tensor");

    @ArchTest
    static final ArchRule autograd = mayUse("autograd", "tensor");

    @ArchTest
    static final ArchRule op = mayUse("op", "tensor", "backend", "autograd");

    @ArchTest
    static final ArchRule nn = mayUse("nn", "tensor", "backend", "autograd", "op");

    @ArchTest
    static final ArchRule optim = mayUse("optim", "tensor", "backend", "autograd", "op");

    @ArchTest
    static final ArchRule data = mayUse("data", "tensor");

    /** What data sets and augmentation have in common lies below both. */
    @ArchTest
    static final ArchRule dataContract = noClasses()
            .that()
            .resideInAPackage("dev.squall.data")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.squall.data.image..", "dev.squall.data.augment..", "dev.squall.data.source..");

    @ArchTest
    static final ArchRule pictures = noClasses()
            .that()
            .resideInAPackage("dev.squall.data.image..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.squall.data.augment..", "dev.squall.data.source..");

    @ArchTest
    static final ArchRule augmentation = noClasses()
            .that()
            .resideInAPackage("dev.squall.data.augment..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.squall.data.source..");

    @ArchTest
    static final ArchRule io = mayUse("io", "tensor");

    @ArchTest
    static final ArchRule train = mayUse("train", "tensor", "backend", "autograd", "op", "nn", "optim", "data", "io");

    @ArchTest
    static final ArchRule onnx = mayUse("onnx", "tensor", "backend", "autograd", "nn", "io");

    @ArchTest
    static final ArchRule jvm = mayUse("jvm", "tensor", "backend");

    @ArchTest
    static final ArchRule jvmRuntime = jvmRoom("runtime");

    @ArchTest
    static final ArchRule jvmLayout = jvmRoom("layout", "runtime");

    @ArchTest
    static final ArchRule jvmLoop = jvmRoom("loop", "layout", "runtime");

    @ArchTest
    static final ArchRule jvmTile = jvmRoom("tile", "layout", "runtime");

    @ArchTest
    static final ArchRule jvmConvolution = jvmRoom("convolution", "tile", "loop", "layout", "runtime");

    @ArchTest
    static final ArchRule jvmWinograd = jvmRoom("winograd", "convolution", "tile", "loop", "layout", "runtime");

    @ArchTest
    static final ArchRule jvmStrassen = jvmRoom("strassen", "convolution", "tile", "loop", "layout", "runtime");

    /** The rooms behind the front of the backend are for the front only. */
    @ArchTest
    static final ArchRule jvmFront = noClasses()
            .that(resideOutsideOfPackages("dev.squall.jvm.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.squall.jvm.*..");

    /** Of two classes, one can be read without the other. */
    @ArchTest
    static final ArchRule jvmWithoutCycles =
            slices().assignedFrom(classesOf("dev.squall.jvm..")).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule tornado = mayUse("tornado", "tensor", "backend");

    /** A floor of the TornadoVM backend uses only those below it. */
    @ArchTest
    static final ArchRule tornadoFloors = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.squall.tornado..")
            .layer("front")
            .definedBy("dev.squall.tornado")
            .layer("layout")
            .definedBy("dev.squall.tornado.layout")
            .layer("listing")
            .definedBy("dev.squall.tornado.listing")
            .layer("device")
            .definedBy("dev.squall.tornado.device")
            .layer("kernel")
            .definedBy("dev.squall.tornado.kernel")
            .layer("simulator")
            .definedBy("dev.squall.tornado.sim")
            .ensureAllClassesAreContainedInArchitectureIgnoring(resideOutsideOfPackage("dev.squall.tornado.."))
            .whereLayer("front")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("layout")
            .mayOnlyBeAccessedByLayers("front")
            .whereLayer("listing")
            .mayOnlyBeAccessedByLayers("front")
            .whereLayer("device")
            .mayOnlyBeAccessedByLayers("front", "layout", "listing")
            .whereLayer("simulator")
            .mayNotBeAccessedByAnyLayer();

    /** No class needs another one that needs it. */
    @ArchTest
    static final ArchRule tornadoWithoutCycles =
            slices().assignedFrom(classesOf("dev.squall.tornado..")).should().beFreeOfCycles();

    /** Its front is the provider, which others reach through {@code Backends} alone; the model of GPUs counts its launches in the simulator. */
    @ArchTest
    static final ArchRule tornadoIsOpenedByName = noClasses()
            .that(resideOutsideOfPackages(
                    "dev.squall.tornado..", "uk.ac.manchester.tornado..", "dev.squall.bench.gpu.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.squall.tornado..");

    /** Backends are opened by name; {@code meta} is no place to compute but an instrument to measure with. */
    @ArchTest
    static final ArchRule tresnet = noClasses()
            .that()
            .resideInAPackage("dev.squall.tresnet..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.squall.jvm..", "dev.squall.tornado..", "dev.squall.backend.reference..");

    /** Whoever trains does not load a web server. */
    @ArchTest
    static final ArchRule webServerOnlyInTheService = noClasses()
            .that(resideOutsideOfPackages("dev.squall.tresnet.serve.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet..", "io.micrometer..");

    /** The service is a part of the program that only the command line knows, and that does not know the command line. */
    @ArchTest
    static final ArchRule serviceIsStartedByTheCommandLine = noClasses()
            .that(resideInAnyPackage("dev.squall..")
                    .and(resideOutsideOfPackages("dev.squall.tresnet.serve..", "dev.squall.tresnet.cli..")))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.squall.tresnet.serve..");

    /** Pages know nothing of networks. */
    @ArchTest
    static final ArchRule page = mayUse("tresnet.page");

    /** What a command shows can be had without the command line. */
    @ArchTest
    static final ArchRule behindTheCommandLine = noClasses()
            .that()
            .resideInAPackage("dev.squall.tresnet..")
            .and()
            .resideOutsideOfPackage("dev.squall.tresnet.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.squall.tresnet.cli..");

    /** The contract knows no implementation. */
    @ArchTest
    static final ArchRule contract = noClasses()
            .that()
            .resideInAPackage("dev.squall.backend")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.squall.backend.reference..", "dev.squall.backend.meta..", "dev.squall.backend.checked..");

    @ArchTest
    static final ArchRule tornadoVmOnlyInItsBackend = noClasses()
            .that(resideOutsideOfPackages(
                    "dev.squall.tornado..", "uk.ac.manchester.tornado..", "dev.squall.bench.gpu.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("uk.ac.manchester.tornado..");

    @ArchTest
    static final ArchRule vectorApiOnlyInItsBackend = noClasses()
            .that(resideOutsideOfPackages("dev.squall.jvm.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..");

    /** Each top-level class of some packages with what is nested in it. */
    private static SliceAssignment classesOf(String packages) {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return resideInAPackage(packages).test(type)
                        ? SliceIdentifier.of(type.getName().replaceFirst("\\$.*", ""))
                        : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "the classes of " + packages;
            }
        };
    }

    /** Of our own packages, {@code name} uses none but itself, {@code error} and {@code others}. */
    private static ArchRule mayUse(String name, String... others) {
        String[] allowed = Stream.concat(Stream.of(name, "error"), Stream.of(others))
                .map(other -> "dev.squall." + other + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage("dev.squall." + name + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.squall..").and(resideOutsideOfPackages(allowed)));
    }

    /** Of this backend, the room {@code name} uses none but itself and {@code others}, which lie below it. */
    private static ArchRule jvmRoom(String name, String... others) {
        return mayUse(
                "jvm." + name,
                Stream.concat(Stream.of("tensor", "backend"), Stream.of(others).map(other -> "jvm." + other))
                        .toArray(String[]::new));
    }
}
