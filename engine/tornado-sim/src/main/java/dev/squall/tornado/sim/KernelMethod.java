package dev.squall.tornado.sim;

import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The static method behind a kernel's method reference.
 *
 * <p>A method reference does not say which method it calls. So the kernel is called once with null for every array and
 * the context: it fails at the first of them that it touches, before it can have done anything, and the stack trace of
 * the NullPointerException holds the name. Once per method reference, because the JIT compiler drops the stack trace of an
 * exception that a hot method keeps throwing.
 *
 * @param usesLocalMemory whether the kernel allocates local memory
 */
record KernelMethod(Method method, boolean usesLocalMemory) {

    /** By the class of the functional object, which is the same each time a method reference is evaluated. */
    private static final Map<Class<?>, KernelMethod> RESOLVED = new ConcurrentHashMap<>();

    private static final ClassDesc CONTEXT =
            KernelContext.class.describeConstable().orElseThrow();

    /**
     * Finds and checks a kernel.
     *
     * @throws KernelFault if it cannot run on a device
     */
    static KernelMethod resolve(Object code, KernelBody body, Object[] arguments) {
        return RESOLVED.computeIfAbsent(code.getClass(), type -> {
            Method method = find(callWithNothing(body, arguments), type.getClassLoader(), arguments.length);
            KernelMethod kernel = new KernelMethod(method, allocatesLocalMemory(method));
            KernelRules.check(method, kernel.name());
            return kernel;
        });
    }

    private static StackTraceElement callWithNothing(KernelBody body, Object[] arguments) {
        Object[] nothing = arguments.clone();
        for (int i = 0; i < nothing.length; i++) {
            if (isArray(nothing[i]) || nothing[i] instanceof KernelContext) {
                nothing[i] = null;
            }
        }
        try {
            body.run(nothing);
            throw new IllegalArgumentException("A kernel must use its arguments, but this one uses neither its context"
                    + " nor an array: give the task a kernel that does.");
        } catch (NullPointerException e) {
            return entryFrame(e.getStackTrace());
        }
    }

    private static boolean allocatesLocalMemory(Method method) {
        String name = method.getName();
        String descriptor =
                MethodType.methodType(void.class, method.getParameterTypes()).descriptorString();
        return ClassFile.of().parse(KernelInstrumenter.readClassFile(method.getDeclaringClass())).methods().stream()
                .filter(m -> m.methodName().equalsString(name) && m.methodType().equalsString(descriptor))
                .flatMap(m -> m.code().stream())
                .flatMap(code -> code.elementStream())
                .anyMatch(e -> e instanceof InvokeInstruction call
                        && call.name().stringValue().startsWith("allocate")
                        && call.owner().asSymbol().equals(CONTEXT));
    }

    /** {@code Class.method}, without the package. */
    String name() {
        String type = method.getDeclaringClass().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + method.getName();
    }

    /** Whether an argument lives in device memory; everything else is a scalar or the context. */
    static boolean isArray(Object argument) {
        return argument instanceof TornadoNativeArray || argument instanceof VectorFloat8;
    }

    private static StackTraceElement entryFrame(StackTraceElement[] trace) {
        for (int i = 1; i < trace.length; i++) {
            if (trace[i].getClassName().equals(TaskGraph.class.getName())) {
                return trace[i - 1];
            }
        }
        throw new IllegalStateException("The kernel's stack trace does not lead back to TaskGraph.task.");
    }

    private static Method find(StackTraceElement entry, ClassLoader loader, int parameters) {
        Class<?> type;
        try {
            type = Class.forName(entry.getClassName(), false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("The class " + entry.getClassName() + " of a kernel cannot be found.", e);
        }
        List<Method> candidates = Arrays.stream(type.getDeclaredMethods())
                .filter(m -> m.getName().equals(entry.getMethodName()) && m.getParameterCount() == parameters)
                .filter(m -> Modifier.isStatic(m.getModifiers()))
                .toList();
        if (candidates.size() != 1) {
            throw new IllegalArgumentException(
                    "A kernel must be one static method that no other of its class shares its"
                            + " name and number of parameters with, but " + entry.getClassName() + "."
                            + entry.getMethodName()
                            + " matches " + candidates.size() + ": pass a reference to a static method.");
        }
        return candidates.getFirst();
    }
}
