package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is correct Java but fails in TornadoVM's compiler, or passes it and computes something else on the device. Read
 * from the bytecode of a kernel and of the static methods it calls, when the kernel becomes a task. Each rule was measured
 * with TornadoVM 5.2 on OpenCL.
 */
final class KernelRules {

    private static final int MAX_PARAMETERS = 15;

    /** Methods of the JDK without a counterpart on the device. */
    private static final Map<String, Set<String>> NO_COUNTERPART = Map.of(
            "java/lang/Math", Set.of("fma", "floor", "round"),
            "java/lang/Float", Set.of("floatToIntBits", "floatToRawIntBits", "intBitsToFloat"));

    /** Functions of OpenCL C; a kernel of the same name crashes the driver's compiler. */
    private static final Set<String> OPENCL_FUNCTIONS = Set.of("""
            abs acos acosh all any asin asinh atan atan2 barrier cbrt ceil clamp clz copysign cos cosh cross
            degrees distance dot erf erfc exp exp10 exp2 expm1 fabs fdim floor fma fmax fmin fmod fract frexp
            hadd hypot ilogb isequal isfinite isinf isnan isnormal isordered ldexp length lgamma log log10 log1p
            log2 logb mad mad24 max maxmag min minmag mix modf mul24 nan nextafter normalize popcount pow pown
            powr prefetch radians remainder remquo rhadd rint rootn rotate round rsqrt select shuffle sign
            signbit sin sincos sinh smoothstep sqrt step tan tanh tgamma trunc upsample
            """.strip().split("\\s+"));

    private final Method kernel;
    private final String name;
    private final Set<String> seen = new HashSet<>();

    private KernelRules(Method kernel, String name) {
        this.kernel = kernel;
        this.name = name;
    }

    /**
     * Checks a kernel and what it calls.
     *
     * @param name of the kernel in messages
     * @throws KernelFault of kind UNSUPPORTED for the first violation
     */
    static void check(Method kernel, String name) {
        KernelRules rules = new KernelRules(kernel, name);
        rules.checkSignature();
        rules.checkMethod(
                kernel.getDeclaringClass(),
                kernel.getName(),
                MethodType.methodType(kernel.getReturnType(), kernel.getParameterTypes())
                        .descriptorString());
    }

    private void checkSignature() {
        if (OPENCL_FUNCTIONS.contains(kernel.getName())) {
            throw fault(
                    null,
                    "it is named like the OpenCL function " + kernel.getName()
                            + ", which crashes the driver's compiler: choose another name.");
        }
        if (kernel.getParameterCount() > MAX_PARAMETERS) {
            throw fault(
                    null,
                    "it has " + kernel.getParameterCount() + " parameters, more than " + MAX_PARAMETERS
                            + ": pass them in an IntArray.");
        }
        if (List.of(kernel.getParameterTypes()).contains(boolean.class)) {
            throw fault(null, "it has a boolean parameter, which does not compile: pass an int.");
        }
    }

    private void checkMethod(Class<?> type, String method, String descriptor) {
        if (!seen.add(type.getName() + "." + method + descriptor)) {
            return;
        }
        ClassModel model = ClassFile.of().parse(KernelInstrumenter.readClassFile(type));
        String file = model.findAttribute(Attributes.sourceFile())
                .map(SourceFileAttribute::sourceFile)
                .map(Object::toString)
                .orElse("unknown");
        for (MethodModel m : model.methods()) {
            if (m.methodName().equalsString(method) && m.methodType().equalsString(descriptor)) {
                m.code().ifPresent(code -> checkCode(type, method, file, code));
            }
        }
    }

    private void checkCode(Class<?> type, String method, String file, CodeModel code) {
        List<CodeElement> elements = code.elementList();
        int line = 0;
        for (int i = 0; i < elements.size(); i++) {
            CodeElement element = elements.get(i);
            if (element instanceof LineNumber number) {
                line = number.line();
            }
            String objection = objection(elements, i);
            if (objection == null) {
                objection = objection(element, type.getClassLoader());
            }
            if (objection != null) {
                throw fault(new StackTraceElement(type.getName(), method, file, line), objection);
            }
            if (element instanceof InvokeInstruction call && call.opcode() == Opcode.INVOKESTATIC) {
                Class<?> callee = load(call.owner().asSymbol(), type.getClassLoader());
                if (callee != null && callee.getClassLoader() != null && Frames.isKernel(callee)) {
                    checkMethod(callee, call.name().stringValue(), call.type().stringValue());
                }
            }
        }
    }

    private static @Nullable String objection(List<CodeElement> elements, int position) {
        if (selectsIntConstant(elements, position)) {
            return "selects one of two ints (or stores a boolean) by a condition, which the device may get wrong: put"
                    + " the condition into the if that needs it, or select floats.";
        }
        if (branchesWronglyOnNan(elements, position)) {
            return "compares floats with <= or >=, which the device takes for true if one of them is not a number: write < or >, and"
                    + " == beside it.";
        }
        return null;
    }

    private static @Nullable String objection(CodeElement element, ClassLoader loader) {
        return switch (element) {
            case OperatorInstruction op
            when op.opcode() == Opcode.IUSHR || op.opcode() == Opcode.LUSHR ->
                "uses >>>, which the device computes as >>: write (x >> n) & mask.";
            case InvokeInstruction call
            when NO_COUNTERPART
                    .getOrDefault(call.owner().asInternalName(), Set.of())
                    .contains(call.name().stringValue()) ->
                "calls " + call.owner().asInternalName().replace('/', '.') + "." + call.name()
                        + ", which does not compile: use TornadoMath or plain arithmetic.";
            case InvokeDynamicInstruction _ ->
                "uses a lambda or concatenates strings, which does not compile: write it out.";
            case ThrowInstruction _ -> "throws an exception or asserts, which does not compile: check on the host.";
            case FieldInstruction field when field.opcode() == Opcode.GETSTATIC -> objection(field, loader);
            default -> null;
        };
    }

    private static @Nullable String objection(FieldInstruction field, ClassLoader loader) {
        if (field.typeSymbol().isArray()) {
            return "reads the static array " + field.name()
                    + ", which does not compile: pass it as an array parameter.";
        }
        Class<?> owner = load(field.owner().asSymbol(), loader);
        try {
            if (owner != null
                    && !Modifier.isFinal(
                            owner.getDeclaredField(field.name().stringValue()).getModifiers())) {
                return "reads the static variable " + field.name()
                        + ", whose value is frozen when the kernel is compiled:"
                        + " make it final or pass it in the parameters.";
            }
        } catch (NoSuchFieldException e) {
            return null;
        }
        return null;
    }

    /** The code that javac makes of {@code condition ? 1 : 0} and of a boolean that is a value, not a branch. */
    private static boolean selectsIntConstant(List<CodeElement> elements, int position) {
        if (!isIntConstant(elements.get(position))) {
            return false;
        }
        int jump = nextInstruction(elements, position);
        int other = nextInstruction(elements, jump);
        return other < elements.size()
                && elements.get(jump) instanceof BranchInstruction branch
                && branch.opcode() == Opcode.GOTO
                && isIntConstant(elements.get(other))
                && elements.subList(other, nextInstruction(elements, other)).stream()
                        .anyMatch(e -> e instanceof LabelTarget target
                                && target.label().equals(branch.target()));
    }

    /** The code that javac makes of {@code a <= b} and {@code a >= b}. TornadoVM compiles it to {@code !(b < a)}, which is true of a NaN. */
    private static boolean branchesWronglyOnNan(List<CodeElement> elements, int position) {
        if (!(elements.get(position) instanceof OperatorInstruction comparison)) {
            return false;
        }
        int next = nextInstruction(elements, position);
        if (next >= elements.size() || !(elements.get(next) instanceof BranchInstruction branch)) {
            return false;
        }
        return switch (comparison.opcode()) {
            case FCMPL, DCMPL -> branch.opcode() == Opcode.IFLT || branch.opcode() == Opcode.IFGE;
            case FCMPG, DCMPG -> branch.opcode() == Opcode.IFGT || branch.opcode() == Opcode.IFLE;
            default -> false;
        };
    }

    private static int nextInstruction(List<CodeElement> elements, int position) {
        int next = position + 1;
        while (next < elements.size() && !(elements.get(next) instanceof Instruction)) {
            next++;
        }
        return next;
    }

    private static boolean isIntConstant(CodeElement element) {
        return element instanceof ConstantInstruction constant && constant.constantValue() instanceof Integer;
    }

    private static @Nullable Class<?> load(ClassDesc type, ClassLoader loader) {
        String descriptor = type.descriptorString();
        try {
            return Class.forName(
                    descriptor.substring(1, descriptor.length() - 1).replace('/', '.'), false, loader);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private KernelFault fault(@Nullable StackTraceElement location, String message) {
        String where = location == null ? "" : ", " + location.getFileName() + ":" + location.getLineNumber();
        return new KernelFault(Kind.UNSUPPORTED, name, null, location, "Kernel " + name + where + ": " + message, null);
    }
}
