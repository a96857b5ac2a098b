package dev.squall.tornado.device;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a method's code has the arrays that it was given in some parameters: on the stack and in variables. Whoever reads the code element by element tells it each one, and asks before
 * that.
 *
 * <p>It knows the instructions of kernels only, and takes the code in the order in which it stands: javac assigns an array to a variable before it writes code that uses it.
 */
final class ArrayFlow {
    /** What a place holds; a value of 64 bits takes one place here, too. */
    private enum Held {
        ARRAY,
        OTHER,
        LONG
    }

    private final Map<Integer, Held> variables = new HashMap<>();
    private final Map<Label, List<Held>> stacks = new HashMap<>();
    private List<Held> stack = new ArrayList<>();
    private boolean goesOn = true;

    /** At the beginning of a static method whose parameters of these numbers are such arrays; each parameter takes one variable. */
    ArrayFlow(Set<Integer> parameters) {
        parameters.forEach(parameter -> variables.put(parameter, Held.ARRAY));
    }

    /** Whether the value so many places below the top of the stack is such an array. */
    boolean isArray(int below) {
        return stack.size() > below && stack.get(stack.size() - 1 - below) == Held.ARRAY;
    }

    /** Whether a variable is such an array. */
    boolean isArrayIn(int slot) {
        return variables.get(slot) == Held.ARRAY;
    }

    /** The variables that are such arrays, for each place of the code where a variable begins to exist. */
    static Map<Label, Set<Integer>> arraysAt(CodeModel code, Set<Integer> parameters) {
        ArrayFlow flow = new ArrayFlow(parameters);
        Map<Label, Set<Integer>> arrays = new HashMap<>();
        for (CodeElement element : code) {
            flow.follow(element);
            if (element instanceof LabelTarget place) {
                arrays.put(place.label(), Set.copyOf(flow.arrays()));
            }
        }
        return arrays;
    }

    private List<Integer> arrays() {
        return variables.entrySet().stream()
                .filter(variable -> variable.getValue() == Held.ARRAY)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Goes on behind an element. */
    void follow(CodeElement element) {
        switch (element) {
            case LabelTarget place -> {
                List<Held> before = stacks.get(place.label());
                if (before != null && !goesOn) {
                    stack = new ArrayList<>(before);
                } else if (!goesOn) {
                    stack = new ArrayList<>();
                }
            }
            case LoadInstruction load ->
                push(
                        load.typeKind() == TypeKind.REFERENCE
                                ? variables.getOrDefault(load.slot(), Held.OTHER)
                                : held(load.typeKind()));
            case StoreInstruction store -> variables.put(store.slot(), pop());
            case ConstantInstruction constant -> push(held(constant.typeKind()));
            case OperatorInstruction operator -> operate(operator);
            case ConvertInstruction conversion -> replace(1, held(conversion.toType()));
            case ArrayLoadInstruction load -> replace(2, held(load.typeKind()));
            case ArrayStoreInstruction _ -> pop(3);
            case FieldInstruction field -> ofField(field);
            case InvokeInstruction call -> {
                pop(call.typeSymbol().parameterCount() + (call.opcode() == Opcode.INVOKESTATIC ? 0 : 1));
                ClassDesc result = call.typeSymbol().returnType();
                if (!result.equals(ConstantDescs.CD_void)) {
                    push(held(TypeKind.from(result)));
                }
            }
            case NewObjectInstruction _ -> push(Held.OTHER);
            case NewPrimitiveArrayInstruction _ -> replace(1, Held.OTHER);
            case TypeCheckInstruction check -> {
                if (check.opcode() == Opcode.INSTANCEOF) {
                    replace(1, Held.OTHER);
                }
            }
            case StackInstruction moved -> move(moved);
            case BranchInstruction branch -> {
                pop(
                        switch (branch.opcode()) {
                            case GOTO, GOTO_W -> 0;
                            case IF_ICMPEQ,
                                    IF_ICMPNE,
                                    IF_ICMPLT,
                                    IF_ICMPGE,
                                    IF_ICMPGT,
                                    IF_ICMPLE,
                                    IF_ACMPEQ,
                                    IF_ACMPNE -> 2;
                            default -> 1;
                        });
                stacks.putIfAbsent(branch.target(), List.copyOf(stack));
            }
            case ReturnInstruction _ -> stack.clear();
            case LookupSwitchInstruction chosen -> {
                pop();
                chosen.cases().forEach(each -> stacks.putIfAbsent(each.target(), List.copyOf(stack)));
                stacks.putIfAbsent(chosen.defaultTarget(), List.copyOf(stack));
            }
            case TableSwitchInstruction chosen -> {
                pop();
                chosen.cases().forEach(each -> stacks.putIfAbsent(each.target(), List.copyOf(stack)));
                stacks.putIfAbsent(chosen.defaultTarget(), List.copyOf(stack));
            }
            default -> {}
        }
        goesOn = Meetings.goesOn(element, goesOn);
    }

    private void operate(OperatorInstruction operator) {
        Held result = held(operator.typeKind());
        switch (operator.opcode()) {
            case INEG, FNEG, LNEG, DNEG -> replace(1, result);
            case ARRAYLENGTH -> replace(1, Held.OTHER);
            case FCMPL, FCMPG, DCMPL, DCMPG, LCMP -> replace(2, Held.OTHER);
            default -> replace(2, result);
        }
    }

    private void ofField(FieldInstruction field) {
        Held value = held(TypeKind.from(field.typeSymbol()));
        switch (field.opcode()) {
            case GETSTATIC -> push(value);
            case GETFIELD -> replace(1, value);
            case PUTSTATIC -> pop(1);
            default -> pop(2);
        }
    }

    private void move(StackInstruction moved) {
        switch (moved.opcode()) {
            case POP -> pop(1);
            case POP2 -> pop(stack.getLast() == Held.LONG ? 1 : 2);
            case DUP -> push(stack.getLast());
            case DUP2 -> {
                if (stack.getLast() == Held.LONG) {
                    push(Held.LONG);
                } else {
                    stack.addAll(List.copyOf(stack.subList(stack.size() - 2, stack.size())));
                }
            }
            case DUP_X1 -> stack.add(stack.size() - 2, stack.getLast());
            case DUP_X2 -> stack.add(stack.size() - 3, stack.getLast());
            case SWAP -> stack.add(stack.size() - 2, stack.removeLast());
            default -> throw new IllegalStateException("kernels for halves cannot use " + moved.opcode());
        }
    }

    private static Held held(TypeKind kind) {
        return kind == TypeKind.LONG || kind == TypeKind.DOUBLE ? Held.LONG : Held.OTHER;
    }

    private void push(Held value) {
        stack.add(value);
    }

    private Held pop() {
        return stack.removeLast();
    }

    private void pop(int count) {
        for (int i = 0; i < count; i++) {
            pop();
        }
    }

    private void replace(int operands, Held result) {
        pop(operands);
        push(result);
    }
}
