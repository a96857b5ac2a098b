/**
 * The same networks and operations on Squall's JVM backend and on other engines, side by side: DJL with PyTorch, ONNX Runtime and ND4J.
 * {@link dev.squall.bench.peers.Peers} is the command.
 */
@NullMarked
package dev.squall.bench.peers;

import org.jspecify.annotations.NullMarked;
