package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Kernels as a device gets them. They are written once, with vectors of eight floats and an array for each operand; this loads second copies of their classes,
 * rewritten for what the device is.
 *
 * <pre>
 *                     one arena                      several arenas
 *   processors        {@link OneArena}                       none: they need no more than one
 *   GPUs              {@link OneArena}, {@link ScalarKernels}        {@link ScalarKernels}
 * </pre>
 *
 * All of them count from where {@link Alignment} says. In mixed precision kernels have several arenas, or arrays that stand for one, whatever the device is, and those that get images as halves are copied once more, see
 * {@link HalfImages}.
 */
final class KernelCopies extends ClassLoader {
    private static final KernelCopies FOR_PROCESSORS = new KernelCopies(false, true);
    private static final KernelCopies FOR_GPUS = new KernelCopies(true, true);
    private static final KernelCopies FOR_GPUS_OF_SEVERAL_ARENAS = new KernelCopies(true, false);

    /** Which operands of a kernel are halves. */
    private record Halved(Kernel kernel, Set<Integer> operands, HalfImages.Format format) {}

    private static final Map<Halved, Kernel> HALVED = new ConcurrentHashMap<>();

    private final boolean scalar;
    private final boolean oneArena;
    private final @Nullable HalfImages halves;

    private KernelCopies(boolean scalar, boolean oneArena) {
        super(Kernel.class.getClassLoader());
        this.scalar = scalar;
        this.oneArena = oneArena;
        halves = null;
    }

    /** With halves in some operands of the kernel that a method is. */
    private KernelCopies(Class<?> source, String method, Set<Integer> operands, HalfImages.Format format) {
        super(Kernel.class.getClassLoader());
        scalar = true;
        oneArena = false;
        halves = new HalfImages(
                classFiles(),
                name -> withoutVectors(classFiles(), name + ".class"),
                format,
                Alignment.on(true),
                source.describeConstable().orElseThrow(),
                method,
                operands);
    }

    /** The copy of {@code kernel} for a device in mixed precision, with halves in some of its operands. */
    static Kernel withHalves(Kernel kernel, Set<Integer> operands, HalfImages.Format format) {
        return HALVED.computeIfAbsent(
                new Halved(kernel, operands, format),
                _ -> new KernelCopies(kernel.source(), constant(kernel).name(), operands, format).of(kernel));
    }

    /** The constant of a kernel's class that has its binding. */
    private static Kernel constant(Kernel kernel) {
        return Kernels.all().stream()
                .filter(k -> k.binding() == kernel.binding())
                .findFirst()
                .orElse(kernel);
    }

    /**
     * The copies for a device.
     *
     * @param scalar whether it has no vectors
     * @param oneArena whether all of its memory is one arena
     * @throws IllegalArgumentException for vectors in several arenas: TornadoVM exchanges pointers of arrays of floats only
     */
    static KernelCopies forDevice(boolean scalar, boolean oneArena) {
        if (!scalar && !oneArena) {
            throw new IllegalArgumentException("kernels for processors work in one arena, not in several");
        }
        if (!scalar) {
            return FOR_PROCESSORS;
        }
        return oneArena ? FOR_GPUS : FOR_GPUS_OF_SEVERAL_ARENAS;
    }

    /**
     * The copy of {@code kernel}; itself if it is of another room, as those of tests are. A kernel is known by its binding: {@code tresnet kernels} gives it another
     * name.
     */
    Kernel of(Kernel kernel) {
        try {
            Class<?> copy = loadClass(kernel.source().getName());
            if (copy == kernel.source()) {
                return kernel;
            }
            for (Field field : kernel.source().getDeclaredFields()) {
                if (field.getType() == Kernel.class
                        && field.get(null) instanceof Kernel k
                        && k.binding() == kernel.binding()) {
                    return (Kernel) Objects.requireNonNull(
                            copy.getDeclaredField(field.getName()).get(null));
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the kernel " + kernel.name() + " cannot be copied for a device", e);
        }
        throw new IllegalStateException(
                "the class " + kernel.source() + " has no public constant for the kernel " + kernel.name());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] copy = copy(name.replace('.', '/') + ".class");
                loaded = copy == null
                        ? super.loadClass(name, resolve)
                        : defineClass(name, copy, 0, copy.length, Kernel.class.getProtectionDomain());
            }
            return loaded;
        }
    }

    /** Class files as they are loaded, for those who read what a kernel calls. */
    @Override
    public @Nullable InputStream getResourceAsStream(String name) {
        byte[] copy = copy(name);
        return copy == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(copy);
    }

    /** The class file of a copy; null for what is not copied: all that holds no kernel. */
    private byte @Nullable [] copy(String file) {
        byte[] written = written(file);
        return written == null ? null : rewrite(written);
    }

    private static byte @Nullable [] withoutVectors(ClassFile classFiles, String file) {
        byte[] written = written(file);
        return written == null ? null : ScalarKernels.rewrite(classFiles, written);
    }

    private static byte @Nullable [] written(String file) {
        String room = Kernel.class.getPackageName().replace('.', '/') + "/";
        boolean isKernel = file.startsWith(room + "Kernel.")
                || file.startsWith(room + "Kernel$")
                || file.equals(room + Kernels.class.getSimpleName() + ".class");
        if (isKernel || !file.startsWith(room) || !file.endsWith(".class")) {
            return null;
        }
        try (InputStream in = Kernel.class.getClassLoader().getResourceAsStream(file)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the class file " + file + " of a kernel cannot be read", e);
        }
    }

    private static ClassFile classFiles() {
        return ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofClassLoading(Kernel.class.getClassLoader())));
    }

    private byte[] rewrite(byte[] written) {
        ClassFile classFiles = classFiles();
        byte[] joined = oneArena ? OneArena.rewrite(classFiles, written) : written;
        byte[] suited = scalar ? ScalarKernels.rewrite(classFiles, joined) : joined;
        byte[] halved = halves == null ? suited : halves.rewrite(suited);
        return Alignment.on(scalar).rewrite(classFiles, halved);
    }
}
