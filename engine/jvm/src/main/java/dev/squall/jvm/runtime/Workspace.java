package dev.squall.jvm.runtime;

/** What a primitive works with: the threads, and memory for what is derived, which is not counted as the tensors'. */
public record Workspace(WorkerPool pool, Allocator scratch) {}
