package dev.squall.tornado.sim;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Loads a second copy of a kernel's class, and of the classes of its package that it uses, in which accesses to float and
 * int arrays go through {@link LocalMemory}. Names and line numbers stay as they are.
 */
final class KernelInstrumenter extends ClassLoader {

    private static final Map<Method, KernelBody> BODIES = new ConcurrentHashMap<>();

    private static final ClassDesc LOCAL_MEMORY =
            LocalMemory.class.describeConstable().orElseThrow();

    private final ClassLoader original;
    private final String packageName;

    private KernelInstrumenter(Class<?> kernelClass) {
        super(kernelClass.getClassLoader());
        original = kernelClass.getClassLoader();
        packageName = kernelClass.getPackageName();
    }

    /** The instrumented copy of a kernel. */
    static KernelBody instrument(Method kernel) {
        return BODIES.computeIfAbsent(kernel, KernelInstrumenter::copy);
    }

    private static KernelBody copy(Method kernel) {
        try {
            Class<?> type = new KernelInstrumenter(kernel.getDeclaringClass())
                    .loadClass(kernel.getDeclaringClass().getName());
            Method method = type.getDeclaredMethod(kernel.getName(), kernel.getParameterTypes());
            method.setAccessible(true);
            MethodHandle handle = MethodHandles.lookup()
                    .unreflect(method)
                    .asSpreader(Object[].class, method.getParameterCount())
                    .asType(MethodType.methodType(void.class, Object[].class));
            return arguments -> invoke(handle, arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("The kernel " + kernel + " cannot be copied for checking.", e);
        }
    }

    private static void invoke(MethodHandle kernel, Object[] arguments) {
        try {
            kernel.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("A kernel must not declare checked exceptions.", e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            Class<?> type = super.loadClass(name, resolve);
            return type.getPackageName().equals(packageName) && Frames.isKernel(type) ? define(type) : type;
        }
    }

    private Class<?> define(Class<?> type) {
        byte[] classFile = transform(readClassFile(type));
        return defineClass(type.getName(), classFile, 0, classFile.length, type.getProtectionDomain());
    }

    private byte[] transform(byte[] classFile) {
        ClassFile context = ClassFile.of(
                ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(original)));
        return context.transformClass(
                context.parse(classFile), ClassTransform.transformingMethodBodies(KernelInstrumenter::redirect));
    }

    private static void redirect(CodeBuilder code, CodeElement element) {
        switch (element) {
            case ArrayLoadInstruction load when load.opcode() == Opcode.FALOAD -> load(code, CD_float);
            case ArrayLoadInstruction load when load.opcode() == Opcode.IALOAD -> load(code, CD_int);
            case ArrayStoreInstruction store when store.opcode() == Opcode.FASTORE -> store(code, CD_float);
            case ArrayStoreInstruction store when store.opcode() == Opcode.IASTORE -> store(code, CD_int);
            default -> code.with(element);
        }
    }

    private static void load(CodeBuilder code, ClassDesc type) {
        code.invokestatic(LOCAL_MEMORY, "load", MethodTypeDesc.of(type, type.arrayType(), CD_int));
    }

    private static void store(CodeBuilder code, ClassDesc type) {
        code.invokestatic(LOCAL_MEMORY, "store", MethodTypeDesc.of(CD_void, type.arrayType(), CD_int, type));
    }

    /** The class file that {@code type} was loaded from. */
    static byte[] readClassFile(Class<?> type) {
        String file = type.getName().replace('.', '/') + ".class";
        try (InputStream in = type.getClassLoader().getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("The class file " + file + " of a kernel is not on the class path.");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
