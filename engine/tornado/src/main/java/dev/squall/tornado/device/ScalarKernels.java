package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Lanes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * The kernels as GPUs get them: each vector of eight floats is eight scalars.
 *
 * <p>A GPU has no vectors of eight: each of its threads computes scalars. What TornadoVM makes of {@link Float8} is slow there, since the products and
 * sums of vectors are never joined into one instruction on PTX, and its CUDA backend refuses them. Processors need them, since their drivers
 * do not vectorise across work-items. So kernels are written once, with vectors, and this makes copies of their classes for GPUs, in which
 *
 * <pre>
 *   Float8                    is    {@link Lanes}, eight floats that the compiler keeps in registers
 *   VectorFloat8, the arena   is    FloatArray, the array that it wraps
 *   memory.get(i)             is    Lanes.get(memory, i)
 *   memory.getArray()         is    memory
 * </pre>
 *
 * Everything else, names and lines included, stays as it is.
 */
final class ScalarKernels {
    private static final ClassDesc VECTOR = describe(Float8.class);
    private static final ClassDesc VECTORS = describe(VectorFloat8.class);
    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc FLOATS = describe(FloatArray.class);
    private static final ClassDesc ARGUMENTS = describe(Kernel.Arguments.class);
    private static final Map<ClassDesc, ClassDesc> IN_PLACE_OF = Map.of(VECTOR, LANES, VECTORS, FLOATS);

    private static final ClassDesc HELPERS = ClassDesc.of(Kernel.class.getPackageName(), "Float8s");

    /** Helpers of vectors that lanes have their own of. */
    private static final Set<String> OF_LANES =
            Arrays.stream(Lanes.class.getMethods()).map(Method::getName).collect(Collectors.toUnmodifiableSet());

    private ScalarKernels() {}

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** The copy of a class of kernels. */
    static byte[] rewrite(ClassFile classFiles, byte[] written) {
        return classFiles.transformClass(classFiles.parse(written), ScalarKernels::member);
    }

    private static void member(ClassBuilder type, ClassElement element) {
        if (element instanceof MethodModel method) {
            type.withMethod(
                    method.methodName().stringValue(),
                    scalar(method.methodTypeSymbol()),
                    method.flags().flagsMask(),
                    copy -> {
                        for (MethodElement part : method) {
                            if (part instanceof CodeModel code) {
                                copy.transformCode(code, CodeTransform.ofStateful(() -> new Body(code)));
                            } else {
                                copy.with(part);
                            }
                        }
                    });
        } else {
            type.with(element);
        }
    }

    /** A call of a method of the arena. */
    private static void memory(CodeBuilder code, InvokeInstruction call) {
        switch (call.name().stringValue()) {
            case "getArray" -> code.nop();
            case "get" -> code.invokestatic(LANES, "get", MethodTypeDesc.of(LANES, FLOATS, ConstantDescs.CD_int));
            case "set" ->
                code.invokestatic(
                        LANES, "set", MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, ConstantDescs.CD_int, LANES));
            default -> throw new IllegalStateException("kernels for GPUs cannot call VectorFloat8." + call.name());
        }
    }

    /** The code of one method. Where paths meet, it copies vectors as {@link Meetings} says. */
    private static final class Body implements CodeTransform {
        private final Meetings meetings;

        /** Whether the instruction before goes on to the next. */
        private boolean goesOn = true;

        Body(CodeModel code) {
            meetings = new Meetings(code, VECTOR);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case LabelTarget place -> {
                    if (goesOn) {
                        copyVectors(code, place.label());
                    }
                    code.with(place);
                }
                case BranchInstruction branch when !meetings.at(branch.target()).isEmpty() -> branch(code, branch);
                default -> ScalarKernels.instruction(code, element);
            }
            goesOn = Meetings.goesOn(element, goesOn);
        }

        private void branch(CodeBuilder code, BranchInstruction branch) {
            if (branch.opcode() == Opcode.GOTO) {
                copyVectors(code, branch.target());
                code.goto_(branch.target());
                return;
            }
            Label taken = code.newLabel();
            Label next = code.newLabel();
            code.branch(branch.opcode(), taken).goto_(next).labelBinding(taken);
            copyVectors(code, branch.target());
            code.goto_(branch.target()).labelBinding(next);
        }

        private void copyVectors(CodeBuilder code, Label place) {
            for (int slot : meetings.at(place)) {
                code.aload(slot)
                        .invokestatic(LANES, "copy", MethodTypeDesc.of(LANES, LANES))
                        .astore(slot);
            }
        }
    }

    private static void instruction(CodeBuilder code, CodeElement element) {
        switch (element) {
            case InvokeInstruction call when call.owner().asSymbol().equals(VECTORS) -> memory(code, call);
            case InvokeInstruction call -> {
                ClassDesc owner = call.owner().asSymbol();
                MethodTypeDesc type = scalar(call.typeSymbol());
                boolean renamed = owner.equals(ARGUMENTS) && !type.equals(call.typeSymbol());
                String name = call.name().stringValue() + (renamed ? "Floats" : "");
                boolean isOfLanes = owner.equals(HELPERS) && OF_LANES.contains(name);
                code.invoke(call.opcode(), isOfLanes ? LANES : scalar(owner), name, type, call.isInterface());
            }
            case InvokeDynamicInstruction call ->
                code.invokedynamic(DynamicCallSiteDesc.of(
                        call.bootstrapMethod(),
                        call.name().stringValue(),
                        scalar(call.typeSymbol()),
                        call.bootstrapArgs().stream().map(ScalarKernels::scalar).toArray(ConstantDesc[]::new)));
            case NewObjectInstruction made -> code.new_(scalar(made.className().asSymbol()));
            case LocalVariable local ->
                code.localVariable(
                        local.slot(),
                        local.name().stringValue(),
                        scalar(local.typeSymbol()),
                        local.startScope(),
                        local.endScope());
            default -> code.with(element);
        }
    }

    private static ClassDesc scalar(ClassDesc type) {
        return IN_PLACE_OF.getOrDefault(type, type);
    }

    private static MethodTypeDesc scalar(MethodTypeDesc type) {
        return MethodTypeDesc.of(
                scalar(type.returnType()),
                Arrays.stream(type.parameterArray()).map(ScalarKernels::scalar).toArray(ClassDesc[]::new));
    }

    private static ConstantDesc scalar(ConstantDesc constant) {
        return switch (constant) {
            case MethodTypeDesc type -> scalar(type);
            case DirectMethodHandleDesc handle ->
                MethodHandleDesc.ofMethod(
                        handle.kind(),
                        scalar(handle.owner()),
                        handle.methodName(),
                        scalar(MethodTypeDesc.ofDescriptor(handle.lookupDescriptor())));
            default -> constant;
        };
    }
}
