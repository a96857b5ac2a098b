package dev.squall.tresnet;

import dev.squall.nn.Module;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ways in which the tensors of a network are named in files. Only for TResNets do they differ: the other networks have timm's names here. */
public enum Naming {
    /** As in the code that came with the network's paper, and here. */
    OFFICIAL,
    /** As in timm 1.x. */
    TIMM;

    /** Our names of parameters, buffers and counters by the names that they have in such files. */
    Map<String, String> ofState(Module network) {
        Map<String, String> names = new LinkedHashMap<>();
        for (var part : List.of(network.parameters(), network.buffers(), network.counters())) {
            part.keySet().forEach(name -> names.put(named(network, name), name));
        }
        return names;
    }

    /** What the tensor that is called {@code name} here is called there. */
    private String named(Module network, String name) {
        return this == TIMM && network instanceof TResNet ? TimmNames.of(name) : name;
    }
}
