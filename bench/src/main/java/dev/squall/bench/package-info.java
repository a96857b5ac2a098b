/**
 * JMH benchmarks of the operations that TResNet is made of, at the shapes of TResNet-M for images of 224x224 in batches
 * of 8, and of whole networks. One command builds and runs them:
 *
 * <pre>{@code bench/bin/bench [regular expression] [-p backend=jvm] [-p threads=1] [JMH options]}</pre>
 *
 * Operations are measured at the level of the {@linkplain dev.squall.backend backend contract}, on memory allocated
 * before, so that forward and backward pass stand by themselves. Networks are measured as a user runs them.
 */
package dev.squall.bench;
