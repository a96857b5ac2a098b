package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Halves;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.TensorCores;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/**
 * A kernel as mixed precision gets it: some of its operands are images that lie in memory as halves. Kernels are written once, for floats; this makes copies of what {@link ScalarKernels} made of them, in which, for such an operand,
 *
 * <pre>
 *   FloatArray                is    {@link Format#array()}
 *   x.get(i)                  is    x.get(i).getFloat32(), or Halves.get(x, i)
 *   x.set(i, v)               is    Halves.set(x, i, v), which rounds
 *   Quads.get(x, i)           is    four times Halves.get, in variables of their own
 *   TensorCores.pair(x, i, j) is    Halves.pair(x, i, j)
 *   help(x, i)                is    help(x, i) of a second method of that name, for which the same holds
 * </pre>
 *
 * Where an operand goes, {@link ArrayFlow} follows. All else stays as it is.
 */
final class HalfImages {
    private static final ClassDesc FLOATS = describe(FloatArray.class);
    private static final ClassDesc HALF = describe(HalfFloat.class);
    private static final ClassDesc VECTOR = describe(Float4.class);
    private static final ClassDesc QUADS = ClassDesc.of(Kernel.class.getPackageName(), "Quads");
    private static final ClassDesc CORES = describe(TensorCores.class);
    private static final List<String> LANES = List.of("getX", "getY", "getZ", "getW");
    private static final ClassDesc HALVES = describe(Halves.class);
    private static final ClassDesc ARGUMENTS = describe(Kernel.Arguments.class);

    /** How a device's kernels see halves. */
    enum Format {
        /** The compiler knows them. */
        FLOATS(HalfFloatArray.class, "operandHalves"),
        /** It knows 16-bit integers, and kernels compute what they stand for. */
        BITS(ShortArray.class, "operandBits");

        private final Class<? extends TornadoNativeArray> type;
        private final String operand;

        Format(Class<? extends TornadoNativeArray> type, String operand) {
            this.type = type;
            this.operand = operand;
        }

        /** What kernels get on a device of TornadoVM's backend {@code backend}; in the simulator, Java knows halves. */
        static Format of(TornadoVMBackendType backend) {
            return switch (backend) {
                case PTX, CUDA, VIRTUAL -> FLOATS;
                default -> BITS;
            };
        }

        private ClassDesc array() {
            return describe(type);
        }

        /** An array of a few bytes, to stand for memory of the device. */
        TornadoNativeArray placeholder() {
            return this == FLOATS ? new HalfFloatArray(8) : new ShortArray(8);
        }
    }

    /** A static method, and which of its parameters are images. */
    private record Method(ClassDesc owner, String name, MethodTypeDesc type, Set<Integer> images) {}

    private final ClassFile classFiles;
    private final Function<String, byte @Nullable []> classes;
    private final Format format;
    private final int firstHalf;
    private final Set<Method> methods = new LinkedHashSet<>();
    private final Deque<Method> unread = new ArrayDeque<>();
    private final Map<ClassDesc, ClassModel> models = new HashMap<>();

    private final Set<Integer> operands;

    /** The kernel itself. */
    private final Method kernel;

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /**
     * Finds out what is to be copied.
     *
     * @param classes the class files of kernels without vectors, by internal name; null for others
     * @param source the kernel's class
     * @param name its method
     * @param operands which of its operands are images
     */
    HalfImages(
            ClassFile classFiles,
            Function<String, byte @Nullable []> classes,
            Format format,
            Alignment alignment,
            ClassDesc source,
            String name,
            Set<Integer> operands) {
        this.classFiles = classFiles;
        this.classes = classes;
        this.format = format;
        this.operands = operands;
        firstHalf = alignment.firstHalf();
        kernel = kernel(source, name);
        want(kernel);
        while (!unread.isEmpty()) {
            Method method = unread.pop();
            CodeModel code = code(method);
            ArrayFlow flow = new ArrayFlow(method.images);
            for (CodeElement element : code) {
                if (element instanceof InvokeInstruction call) {
                    Method called = called(call, flow);
                    if (called != null) {
                        want(called);
                    }
                }
                flow.follow(element);
            }
        }
    }

    private void want(Method method) {
        if (methods.add(method)) {
            unread.add(method);
        }
    }

    private ClassModel model(ClassDesc type) {
        return models.computeIfAbsent(type, _ -> {
            String name = internalName(type);
            byte[] written = classes.apply(name);
            if (written == null) {
                throw new IllegalStateException("a kernel passes images to " + name + ", which is of another room");
            }
            return classFiles.parse(written);
        });
    }

    private static String internalName(ClassDesc type) {
        String descriptor = type.descriptorString();
        return descriptor.substring(1, descriptor.length() - 1);
    }

    private CodeModel code(Method method) {
        return model(method.owner).methods().stream()
                .filter(m -> m.methodName().equalsString(method.name)
                        && m.methodTypeSymbol().equals(method.type))
                .flatMap(m -> m.code().stream())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no method " + method));
    }

    /** What the kernel's binding passes. */
    private Method kernel(ClassDesc source, String name) {
        for (MethodModel method : model(source).methods()) {
            CodeModel code = method.code().orElse(null);
            MethodTypeDesc type = code == null ? null : bound(code, name);
            if (code != null && type != null) {
                Set<Integer> images = new TreeSet<>();
                int parameter = 0;
                int constant = 0;
                for (CodeElement element : code) {
                    if (element instanceof ConstantInstruction number && number.constantValue() instanceof Integer i) {
                        constant = i;
                    }
                    if (element instanceof InvokeInstruction call
                            && call.owner().asSymbol().equals(ARGUMENTS)) {
                        if (isOperand(call) && operands.contains(constant)) {
                            images.add(parameter);
                        }
                        parameter++;
                    }
                }
                return new Method(source, name, type, images);
            }
        }
        throw new IllegalStateException("nothing binds the kernel " + name);
    }

    private static boolean isOperand(InvokeInstruction call) {
        return call.name().equalsString("operandFloats");
    }

    /** The type of a kernel that a method binds; null if it does not. */
    private static @Nullable MethodTypeDesc bound(CodeModel code, String name) {
        for (CodeElement element : code) {
            if (element instanceof InvokeDynamicInstruction call) {
                for (ConstantDesc constant : call.bootstrapArgs()) {
                    if (constant instanceof DirectMethodHandleDesc method
                            && method.methodName().equals(name)) {
                        return MethodTypeDesc.ofDescriptor(method.lookupDescriptor());
                    }
                }
            }
        }
        return null;
    }

    /** The method that is called with images; null for none. */
    private @Nullable Method called(InvokeInstruction call, ArrayFlow flow) {
        MethodTypeDesc type = call.typeSymbol();
        Set<Integer> images = new TreeSet<>();
        for (int i = 0; i < type.parameterCount(); i++) {
            if (flow.isArray(type.parameterCount() - 1 - i)) {
                images.add(i);
            }
        }
        if (images.isEmpty() || isAccess(call, flow)) {
            return null;
        }
        if (call.opcode() != Opcode.INVOKESTATIC) {
            throw new IllegalStateException(
                    "the kernel " + kernel.name + " cannot pass an image as halves to " + call.name());
        }
        return new Method(call.owner().asSymbol(), call.name().stringValue(), type, images);
    }

    /** Whether a call reads or writes an image. */
    private static boolean isAccess(InvokeInstruction call, ArrayFlow flow) {
        ClassDesc owner = call.owner().asSymbol();
        return owner.equals(FLOATS) && flow.isArray(call.typeSymbol().parameterCount())
                || owner.equals(QUADS) && flow.isArray(1)
                || owner.equals(CORES) && flow.isArray(2);
    }

    private MethodTypeDesc converted(MethodTypeDesc type, Set<Integer> images) {
        MethodTypeDesc result = type;
        for (int image : images) {
            if (type.parameterType(image).equals(FLOATS)) {
                result = result.changeParameterType(image, format.array());
            }
        }
        return result;
    }

    /** The copy of a class. */
    byte[] rewrite(byte[] written) {
        ClassModel model = classFiles.parse(written);
        ClassDesc owner = model.thisClass().asSymbol();
        List<Method> own = methods.stream().filter(m -> m.owner.equals(owner)).toList();
        if (own.isEmpty()) {
            return written;
        }
        return classFiles.transformClass(model, (copy, element) -> {
            if (!(element instanceof MethodModel method)) {
                copy.with(element);
                return;
            }
            boolean isKernel = false;
            for (Method wanted : own) {
                if (method.methodName().equalsString(wanted.name)
                        && method.methodTypeSymbol().equals(wanted.type)) {
                    isKernel |= wanted.equals(kernel);
                    copy.withMethod(
                            wanted.name,
                            converted(wanted.type, wanted.images),
                            method.flags().flagsMask(),
                            body -> method.forEach(part -> {
                                if (part instanceof CodeModel code) {
                                    body.transformCode(code, CodeTransform.ofStateful(() -> new Body(wanted, code)));
                                } else {
                                    body.with(part);
                                }
                            }));
                }
            }
            CodeModel code = method.code().orElse(null);
            if (code != null && owner.equals(kernel.owner) && bound(code, kernel.name) != null) {
                copy.transformMethod(method, (body, part) -> {
                    if (part instanceof CodeModel bindingCode) {
                        body.transformCode(bindingCode, CodeTransform.ofStateful(Binding::new));
                    } else {
                        body.with(part);
                    }
                });
            } else if (!isKernel) {
                copy.with(method);
            }
        });
    }

    /** The code of a method that gets images. */
    private final class Body implements CodeTransform {
        private final ArrayFlow flow;
        private final Map<Label, Set<Integer>> arrays;

        /** For each variable that is a quad of halves, the variables that hold its four floats. */
        private final Map<Integer, List<Integer>> quads = new HashMap<>();

        /** The quad that is on top of the stack, without being there. */
        private @Nullable List<Integer> quad;

        Body(Method method, CodeModel code) {
            flow = new ArrayFlow(method.images);
            arrays = ArrayFlow.arraysAt(code, method.images);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case InvokeInstruction call when isAccess(call, flow) -> access(code, call);
                case StoreInstruction store
                when quad != null -> {
                    quads.put(store.slot(), quad);
                    quad = null;
                }
                case LoadInstruction load
                when load.typeKind() == TypeKind.REFERENCE && quads.containsKey(load.slot()) ->
                    quad = quads.get(load.slot());
                case InvokeInstruction call
                when quad != null -> {
                    code.fload(quad.get(LANES.indexOf(call.name().stringValue())));
                    quad = null;
                }
                case InvokeInstruction call -> {
                    Method called = called(call, flow);
                    if (called == null) {
                        code.with(call);
                    } else {
                        code.invokestatic(
                                called.owner, called.name, converted(called.type, called.images), call.isInterface());
                    }
                }
                case LocalVariable local
                when local.typeSymbol().equals(FLOATS)
                        && arrays.getOrDefault(local.startScope(), Set.of()).contains(local.slot()) ->
                    code.localVariable(
                            local.slot(),
                            local.name().stringValue(),
                            format.array(),
                            local.startScope(),
                            local.endScope());
                case LocalVariable local when local.typeSymbol().equals(VECTOR) -> {}
                default -> code.with(element);
            }
            flow.follow(element);
        }

        private void access(CodeBuilder code, InvokeInstruction call) {
            if (call.owner().asSymbol().equals(QUADS)) {
                quad(code);
                return;
            }
            String method = call.name().stringValue();
            if (call.owner().asSymbol().equals(CORES)) {
                code.loadConstant(firstHalf).iadd().swap();
                code.loadConstant(firstHalf).iadd().swap();
                code.invokestatic(HALVES, method, call.typeSymbol().changeParameterType(0, format.array()));
                return;
            }
            switch (method) {
                case "get" -> {
                    code.loadConstant(firstHalf).iadd();
                    get(code);
                }
                case "set" -> {
                    code.swap().loadConstant(firstHalf).iadd().swap();
                    code.invokestatic(HALVES, method, call.typeSymbol().insertParameterTypes(0, format.array()));
                }
                default -> throw new IllegalStateException("kernels cannot call FloatArray." + method);
            }
        }

        /** Reads the element at an index of an array, without a method for it where that is all it would call: TornadoVM inlines only so many. */
        private void get(CodeBuilder code) {
            if (format == Format.FLOATS) {
                code.invokevirtual(format.array(), "get", MethodTypeDesc.of(HALF, ConstantDescs.CD_int))
                        .invokevirtual(HALF, "getFloat32", MethodTypeDesc.of(ConstantDescs.CD_float));
            } else {
                code.invokestatic(
                        HALVES, "get", MethodTypeDesc.of(ConstantDescs.CD_float, format.array(), ConstantDescs.CD_int));
            }
        }

        /** Reads the four of them one by one: TornadoVM keeps a vector in registers only if a single read has made it, and has no room for many objects. */
        private void quad(CodeBuilder code) {
            int first = code.allocateLocal(TypeKind.INT);
            int array = code.allocateLocal(TypeKind.REFERENCE);
            code.loadConstant(4)
                    .imul()
                    .loadConstant(firstHalf)
                    .iadd()
                    .istore(first)
                    .astore(array);
            List<Integer> floats = new ArrayList<>();
            for (int lane = 0; lane < LANES.size(); lane++) {
                int slot = code.allocateLocal(TypeKind.FLOAT);
                code.aload(array).iload(first);
                if (lane > 0) {
                    code.loadConstant(lane).iadd();
                }
                get(code);
                code.fstore(slot);
                floats.add(slot);
            }
            quad = floats;
        }
    }

    /** The code that binds the kernel. */
    private final class Binding implements CodeTransform {
        private int constant;

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case InvokeInstruction call
                when isOperand(call) && operands.contains(constant) ->
                    code.invokevirtual(
                            ARGUMENTS, format.operand, MethodTypeDesc.of(format.array(), ConstantDescs.CD_int));
                case InvokeDynamicInstruction call ->
                    code.invokedynamic(DynamicCallSiteDesc.of(
                            call.bootstrapMethod(),
                            call.name().stringValue(),
                            call.typeSymbol(),
                            call.bootstrapArgs().stream().map(this::converted).toArray(ConstantDesc[]::new)));
                default -> {
                    if (element instanceof ConstantInstruction number && number.constantValue() instanceof Integer i) {
                        constant = i;
                    }
                    code.with(element);
                }
            }
        }

        private ConstantDesc converted(ConstantDesc constantDesc) {
            return switch (constantDesc) {
                case MethodTypeDesc type -> HalfImages.this.converted(type, kernel.images);
                case DirectMethodHandleDesc method ->
                    MethodHandleDesc.ofMethod(
                            method.kind(),
                            method.owner(),
                            method.methodName(),
                            HalfImages.this.converted(
                                    MethodTypeDesc.ofDescriptor(method.lookupDescriptor()), kernel.images));
                default -> constantDesc;
            };
        }
    }

    /** What is copied, for those who look: a kernel's name and the operands. */
    @Override
    public String toString() {
        return kernel.name
                + operands.stream().map(String::valueOf).collect(Collectors.joining(", ", " of halves in ", ""));
    }
}
