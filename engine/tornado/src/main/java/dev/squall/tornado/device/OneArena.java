package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.MethodParametersAttribute;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The kernels as a device with a single arena gets them: what were several arrays is one.
 *
 * <pre>
 *   (g, a) -&gt; g.task("run", K::add, a.context(), a.operand(0), a.operand(1), a.sizes())    add(context, x, y, sizes)
 *   (g, a) -&gt; g.task("run", K::add, a.context(), a.memory(), a.sizes())                    add(context, memory, sizes)
 * </pre>
 *
 * To pass one array for several parameters would not do: TornadoVM 5.2 lets a task wait for whatever wrote an array last, and after a parameter that the task
 * itself writes, this is the task, for the next parameter with the same array; it then looks for ever for a task that can begin. Also, one address needs fewer
 * registers than several.
 */
final class OneArena {
    private static final ClassDesc ARGUMENTS = describe(Kernel.Arguments.class);
    private static final ClassDesc GRAPH = describe(TaskGraph.class);
    private static final String TASK = TornadoFunctions.class.getName() + "$Task";
    private static final MethodTypeDesc MEMORY = MethodTypeDesc.of(describe(VectorFloat8.class));

    private OneArena() {}

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** The copy of a class of kernels. */
    static byte[] rewrite(ClassFile classFiles, byte[] written) {
        ClassModel type = classFiles.parse(written);
        Map<String, Arenas> kernels = new HashMap<>();
        Map<MethodModel, Arenas> bindings = new HashMap<>();
        for (MethodModel method : type.methods()) {
            method.code().ifPresent(code -> {
                Arenas arenas = Arenas.of(code);
                if (arenas != null) {
                    bindings.put(method, arenas);
                    kernels.put(arenas.kernel, arenas);
                }
            });
        }
        return classFiles.transformClass(type, (copy, element) -> {
            if (element instanceof MethodModel method) {
                Arenas bound = bindings.get(method);
                Arenas taken = kernels.get(method.methodName().stringValue());
                MethodTypeDesc as = method.methodTypeSymbol();
                copy.withMethod(
                        method.methodName().stringValue(),
                        taken == null ? as : taken.joined(as, 0),
                        method.flags().flagsMask(),
                        body -> method.forEach(part -> {
                            if (part instanceof CodeModel code && bound != null) {
                                body.transformCode(code, new Binding(bound));
                            } else if (part instanceof CodeModel code && taken != null) {
                                body.transformCode(code, taken::variable);
                            } else if (taken == null || !(part instanceof MethodParametersAttribute)) {
                                body.with(part);
                            }
                        }));
            } else {
                copy.with(element);
            }
        });
    }

    /**
     * Which of a kernel's parameters are arenas, as its binding says.
     *
     * @param parameters how many parameters it has
     * @param positions the arenas among them, of which the first stays
     */
    private record Arenas(String kernel, int parameters, List<Integer> positions) {

        /** Those that a method binds; null if it binds no kernel. */
        static @Nullable Arenas of(CodeModel code) {
            String kernel = null;
            int parameters = 0;
            List<Integer> positions = new ArrayList<>();
            for (CodeElement element : code) {
                if (element instanceof InvokeDynamicInstruction call) {
                    for (ConstantDesc constant : call.bootstrapArgs()) {
                        if (constant instanceof DirectMethodHandleDesc method) {
                            kernel = method.methodName();
                        }
                    }
                } else if (element instanceof InvokeInstruction call
                        && call.owner().asSymbol().equals(ARGUMENTS)) {
                    if (isArena(call)) {
                        positions.add(parameters);
                    }
                    parameters++;
                }
            }
            return kernel == null || positions.isEmpty() ? null : new Arenas(kernel, parameters, positions);
        }

        static boolean isArena(InvokeInstruction call) {
            return call.name().equalsString("operand") || call.name().equalsString("memory");
        }

        private boolean stays(int parameter) {
            return positions.indexOf(parameter) <= 0;
        }

        /** A type without the arenas but one, whose first {@code before} parameters are others than the kernel's. */
        MethodTypeDesc joined(MethodTypeDesc type, int before) {
            return MethodTypeDesc.of(
                    type.returnType(),
                    IntStream.range(0, type.parameterCount())
                            .filter(i -> stays(i - before))
                            .mapToObj(type::parameterType)
                            .toList());
        }

        private int slot(int slot) {
            if (slot >= parameters) {
                return slot;
            }
            int staying = stays(slot) ? slot : positions.getFirst();
            return (int) IntStream.range(0, staying).filter(this::stays).count();
        }

        /** An element of the kernel's code: each parameter is an object, or an int, and takes one slot. */
        void variable(CodeBuilder code, CodeElement element) {
            switch (element) {
                case LoadInstruction load -> code.loadLocal(load.typeKind(), slot(load.slot()));
                case StoreInstruction store -> code.storeLocal(store.typeKind(), slot(store.slot()));
                case IncrementInstruction increment -> code.iinc(slot(increment.slot()), increment.constant());
                case LocalVariable local -> {
                    if (stays(local.slot())) {
                        code.localVariable(
                                slot(local.slot()),
                                positions.contains(local.slot())
                                        ? "memory"
                                        : local.name().stringValue(),
                                local.typeSymbol(),
                                local.startScope(),
                                local.endScope());
                    }
                }
                default -> code.with(element);
            }
        }
    }

    /** The code of a binding. */
    private static final class Binding implements CodeTransform {
        private final Arenas arenas;
        private boolean passed;

        Binding(Arenas arenas) {
            this.arenas = arenas;
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case InvokeDynamicInstruction call ->
                    code.invokedynamic(DynamicCallSiteDesc.of(
                            call.bootstrapMethod(),
                            call.name().stringValue(),
                            call.typeSymbol().changeReturnType(task()),
                            call.bootstrapArgs().stream().map(this::joined).toArray(ConstantDesc[]::new)));
                case InvokeInstruction call
                when call.owner().asSymbol().equals(ARGUMENTS) && Arenas.isArena(call) -> {
                    if (call.name().equalsString("operand")) {
                        code.pop();
                    }
                    if (passed) {
                        code.pop();
                    } else {
                        code.invokevirtual(ARGUMENTS, "memory", MEMORY);
                    }
                    passed = true;
                }
                case InvokeInstruction call
                when call.owner().asSymbol().equals(GRAPH) ->
                    code.invokevirtual(
                            GRAPH,
                            call.name().stringValue(),
                            arenas.joined(call.typeSymbol(), 2).changeParameterType(1, task()));
                default -> code.with(element);
            }
        }

        /** The type of a kernel with so many parameters. */
        private ClassDesc task() {
            return ClassDesc.of(TASK + (arenas.parameters - arenas.positions.size() + 1));
        }

        private ConstantDesc joined(ConstantDesc constant) {
            return switch (constant) {
                case MethodTypeDesc type -> arenas.joined(type, 0);
                case DirectMethodHandleDesc method ->
                    MethodHandleDesc.ofMethod(
                            method.kind(),
                            method.owner(),
                            method.methodName(),
                            arenas.joined(MethodTypeDesc.ofDescriptor(method.lookupDescriptor()), 0));
                default -> constant;
            };
        }
    }
}
