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
import java.util.Objects;
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
 * All of them count from where {@link Alignment} says.
 */
final class KernelCopies extends ClassLoader {
    private static final KernelCopies FOR_PROCESSORS = new KernelCopies(false, true);
    private static final KernelCopies FOR_GPUS = new KernelCopies(true, true);
    private static final KernelCopies FOR_GPUS_OF_SEVERAL_ARENAS = new KernelCopies(true, false);

    private final boolean scalar;
    private final boolean oneArena;

    private KernelCopies(boolean scalar, boolean oneArena) {
        super(Kernel.class.getClassLoader());
        this.scalar = scalar;
        this.oneArena = oneArena;
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
        String room = Kernel.class.getPackageName().replace('.', '/') + "/";
        boolean isKernel = file.startsWith(room + "Kernel.")
                || file.startsWith(room + "Kernel$")
                || file.equals(room + Kernels.class.getSimpleName() + ".class");
        if (isKernel || !file.startsWith(room) || !file.endsWith(".class")) {
            return null;
        }
        try (InputStream in = getParent().getResourceAsStream(file)) {
            return in == null ? null : rewrite(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("the class file " + file + " of a kernel cannot be read", e);
        }
    }

    private byte[] rewrite(byte[] written) {
        ClassFile classFiles = ClassFile.of(
                ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(getParent())));
        byte[] joined = oneArena ? OneArena.rewrite(classFiles, written) : written;
        byte[] suited = scalar ? ScalarKernels.rewrite(classFiles, joined) : joined;
        return Alignment.on(scalar).rewrite(classFiles, suited);
    }
}
