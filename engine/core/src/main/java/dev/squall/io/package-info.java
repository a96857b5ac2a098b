/**
 * Tensors in files.
 *
 * <p>A state is a {@code Map<String, HostTensor>}; {@link dev.squall.io.SafeTensors} reads and writes it, and
 * {@link dev.squall.io.AtomicFile} replaces any file so that a crash leaves the old or the new one, never half of one.
 *
 * <pre>{@code
 * Map<String, HostTensor> state = new LinkedHashMap<>();
 * state.put("head.fc.bias", HostTensor.ofFloats(new float[10], 10));
 * SafeTensors.write(file, state, Map.of("model", "tresnet_tiny"));
 *
 * SafeTensors read = SafeTensors.read(file);
 * float[] bias = read.tensors().get("head.fc.bias").floats();
 * }</pre>
 */
@NullMarked
package dev.squall.io;

import org.jspecify.annotations.NullMarked;
