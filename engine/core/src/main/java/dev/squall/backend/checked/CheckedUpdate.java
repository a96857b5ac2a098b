package dev.squall.backend.checked;

import dev.squall.backend.Update;
import dev.squall.tensor.Storage;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Checks the operands of {@link Update}. */
record CheckedUpdate(Update own, Door door) implements Update {
    @Override
    public void sgd(List<Storage> parameters, List<Storage> gradients, List<Storage> buffers, Sgd settings) {
        Call call = door.enter("sgd").reads(gradients).writes(parameters).writes(buffers);
        if (settings.momentum() == 0 && buffers.isEmpty()) {
            inParallel(call, parameters, List.of(gradients));
        } else {
            inParallel(call, parameters, List.of(gradients, buffers));
        }
        distinct(call, gradients, List.of(parameters, buffers));
        call.run(() -> own.sgd(parameters, gradients, buffers, settings));
    }

    @Override
    public void adam(
            List<Storage> parameters,
            List<Storage> gradients,
            List<Storage> means,
            List<Storage> squares,
            Adam settings) {
        Call call = door.enter("adam")
                .reads(gradients)
                .writes(parameters)
                .writes(means)
                .writes(squares);
        inParallel(call, parameters, List.of(gradients, means, squares));
        distinct(call, gradients, List.of(parameters, means, squares));
        call.run(() -> own.adam(parameters, gradients, means, squares, settings));
    }

    @Override
    public void interpolate(List<Storage> averages, List<Storage> values, float decay) {
        Call call = door.enter("interpolate").reads(values).writes(averages);
        inParallel(call, averages, List.of(values));
        distinct(call, values, List.of(averages));
        call.run(() -> own.interpolate(averages, values, decay));
    }

    /** Each parameter has one entry in each list, of its shape and role. */
    private static void inParallel(Call call, List<Storage> parameters, List<List<Storage>> lists) {
        for (List<Storage> list : lists) {
            if (list.size() != parameters.size()) {
                throw new IllegalArgumentException(call.primitive() + " needs one entry for each of the "
                        + parameters.size() + " parameters in every list, got " + list.size());
            }
            for (int i = 0; i < list.size(); i++) {
                call.alike(parameters.get(i), list.get(i));
            }
        }
    }

    /** No storage is written by two entries, or written by one and read by another. */
    private static void distinct(Call call, List<Storage> read, List<List<Storage>> written) {
        Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.addAll(read);
        for (List<Storage> list : written) {
            for (Storage storage : list) {
                if (!seen.add(storage)) {
                    throw new IllegalArgumentException(call.primitive() + " was given a storage of shape "
                            + storage.shape() + " twice, once to write");
                }
            }
        }
    }
}
