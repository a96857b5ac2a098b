package dev.squall.tornado.device;

import java.lang.classfile.Attributes;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.StackMapFrameInfo.ObjectVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.SimpleVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.VerificationTypeInfo;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The places of a method where paths meet that bring different objects of one class in the same variable.
 *
 * <p>TornadoVM's compiler keeps such objects in registers if each path brings one of its own that nothing else refers to, and else gives up. So
 * {@link ScalarKernels} copies them where paths meet; the copies cost nothing, since they are never made. It must copy no more than it has to, because
 * the compiler also gives up on methods that are very long.
 */
final class Meetings {
    private final Map<Label, List<Integer>> variables = new HashMap<>();

    /** For each place, the variables of the class that live on there, as the class file says. */
    private final Map<Label, List<Integer>> living = new HashMap<>();

    /** For each place that a later instruction goes back to, the variables that are assigned in between. */
    private final Map<Label, Set<Integer>> assigned = new HashMap<>();

    /** For each place, which assignment each variable has its value from, along each path that leads there. */
    private final Map<Label, List<Map<Integer, Integer>>> paths = new HashMap<>();

    Meetings(CodeModel code, ClassDesc type) {
        code.findAttribute(Attributes.stackMapTable())
                .ifPresent(table ->
                        table.entries().forEach(frame -> living.put(frame.target(), slots(frame.locals(), type))));
        List<CodeElement> elements = code.elementList();
        findLoops(elements);
        follow(elements);
    }

    /** The variables whose objects are to be copied on each path to a place. */
    List<Integer> at(Label place) {
        return variables.getOrDefault(place, List.of());
    }

    /** Whether what follows {@code element} is reached from it; {@code before} is the same of the element before. */
    static boolean goesOn(CodeElement element, boolean before) {
        return switch (element) {
            case LabelTarget _ -> true;
            case Instruction instruction ->
                switch (instruction.opcode()) {
                    case GOTO, GOTO_W, RETURN, ARETURN, FRETURN, IRETURN, ATHROW, TABLESWITCH, LOOKUPSWITCH -> false;
                    default -> true;
                };
            default -> before;
        };
    }

    private static List<Integer> slots(List<VerificationTypeInfo> locals, ClassDesc type) {
        List<Integer> slots = new ArrayList<>();
        int slot = 0;
        for (VerificationTypeInfo local : locals) {
            if (local instanceof ObjectVerificationTypeInfo object
                    && object.classSymbol().equals(type)) {
                slots.add(slot);
            }
            slot += local == SimpleVerificationTypeInfo.LONG || local == SimpleVerificationTypeInfo.DOUBLE ? 2 : 1;
        }
        return slots;
    }

    private void findLoops(List<CodeElement> elements) {
        Map<Label, Integer> starts = new HashMap<>();
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof LabelTarget place) {
                starts.put(place.label(), i);
            } else if (elements.get(i) instanceof BranchInstruction branch && starts.containsKey(branch.target())) {
                Set<Integer> slots = assigned.computeIfAbsent(branch.target(), _ -> new HashSet<>());
                for (CodeElement inside : elements.subList(starts.get(branch.target()), i)) {
                    if (inside instanceof StoreInstruction store) {
                        slots.add(store.slot());
                    }
                }
            }
        }
    }

    private void follow(List<CodeElement> elements) {
        Map<Integer, Integer> current = new HashMap<>();
        boolean goesOn = true;
        for (int i = 0; i < elements.size(); i++) {
            CodeElement element = elements.get(i);
            switch (element) {
                case StoreInstruction store -> current.put(store.slot(), i);
                case BranchInstruction branch -> pathTo(branch.target(), current);
                case LabelTarget place
                when living.containsKey(place.label()) -> {
                    if (goesOn) {
                        pathTo(place.label(), current);
                    }
                    current = meet(place.label(), i);
                }
                default -> {}
            }
            goesOn = goesOn(element, goesOn);
        }
    }

    private void pathTo(Label place, Map<Integer, Integer> assignments) {
        paths.computeIfAbsent(place, _ -> new ArrayList<>()).add(new HashMap<>(assignments));
    }

    private Map<Integer, Integer> meet(Label place, int position) {
        List<Map<Integer, Integer>> ways = paths.getOrDefault(place, List.of());
        Map<Integer, Integer> result = ways.isEmpty() ? new HashMap<>() : new HashMap<>(ways.getFirst());
        for (int slot : living.getOrDefault(place, List.of())) {
            boolean differ = ways.stream()
                            .map(way -> way.getOrDefault(slot, -1))
                            .distinct()
                            .count()
                    > 1;
            if (differ || assigned.getOrDefault(place, Set.of()).contains(slot)) {
                variables.computeIfAbsent(place, _ -> new ArrayList<>()).add(slot);
                result.put(slot, position);
            }
        }
        return result;
    }
}
