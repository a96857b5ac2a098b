/**
 * Networks as ONNX models, for programs in other languages. A network is not translated layer by layer but run once on {@link dev.squall.onnx.RecordingBackend}, which
 * writes down what it is asked to compute.
 */
@NullMarked
package dev.squall.onnx;

import org.jspecify.annotations.NullMarked;
