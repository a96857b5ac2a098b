/**
 * A trained network as a service over HTTP. A request runs through {@link dev.squall.tresnet.serve.Classification}: its body is read within limits,
 * a few threads decode its pictures, and {@link dev.squall.tresnet.serve.Batcher}, the only thread that computes, takes
 * those that wait together. Whatever is wrong with a request becomes a {@link dev.squall.tresnet.serve.Refusal}.
 */
@NullMarked
package dev.squall.tresnet.serve;

import org.jspecify.annotations.NullMarked;
