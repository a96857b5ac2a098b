package dev.squall.bench.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A device through OpenCL itself, without TornadoVM: the few calls that a program in OpenCL C needs. Names of functions and numbers of
 * constants are those of the OpenCL specification.
 */
final class OpenCl implements AutoCloseable {
    private static final long DEVICE_TYPE_ALL = 0xFFFFFFFFL;
    private static final int DEVICE_NAME = 0x102B;
    private static final int PROGRAM_BUILD_LOG = 0x1183;
    private static final long MEM_READ_WRITE = 1;
    private static final int BLOCKING = 1;
    private static final int MOST_HANDLES = 64;
    private static final long MOST_TEXT = 1 << 16;

    private final Arena arena = Arena.ofConfined();
    private final SymbolLookup library;
    private final Map<String, MethodHandle> functions = new HashMap<>();
    private final MemorySegment device;
    private final MemorySegment context;
    private final MemorySegment queue;

    /**
     * The first device with this name.
     *
     * @throws IllegalStateException if there is no OpenCL on this machine, or no such device
     */
    OpenCl(String deviceName) {
        library = library();
        device = device(deviceName);
        context = create(
                "clCreateContext",
                MemorySegment.NULL,
                1,
                arena.allocateFrom(ADDRESS, device),
                MemorySegment.NULL,
                MemorySegment.NULL);
        queue = create("clCreateCommandQueue", context, device, 0L);
    }

    private SymbolLookup library() {
        for (String name : List.of("libOpenCL.so.1", System.mapLibraryName("OpenCL"))) {
            try {
                return SymbolLookup.libraryLookup(name, arena);
            } catch (IllegalArgumentException e) {
                // The next name, then.
            }
        }
        throw new IllegalStateException(
                "there is no OpenCL library (libOpenCL.so.1) on this machine to run the hand-written kernel");
    }

    private MemorySegment device(String name) {
        for (MemorySegment platform : handles("clGetPlatformIDs")) {
            for (MemorySegment candidate : handles("clGetDeviceIDs", platform, DEVICE_TYPE_ALL)) {
                if (text("clGetDeviceInfo", candidate, DEVICE_NAME).equals(name)) {
                    return candidate;
                }
            }
        }
        throw new IllegalStateException("OpenCL has no device called " + name + " to run the hand-written kernel on");
    }

    /** What a function lists that takes a number of entries, a place for them, and a place for how many there are. */
    private List<MemorySegment> handles(String function, Object... arguments) {
        MemorySegment list = arena.allocate(ADDRESS, MOST_HANDLES);
        MemorySegment count = arena.allocate(JAVA_INT);
        call(function, with(arguments, MOST_HANDLES, list, count));
        return IntStream.range(0, count.get(JAVA_INT, 0))
                .mapToObj(i -> list.getAtIndex(ADDRESS, i))
                .toList();
    }

    private String text(String function, Object... arguments) {
        MemorySegment text = arena.allocate(MOST_TEXT);
        call(function, with(arguments, MOST_TEXT, text, MemorySegment.NULL));
        return text.getString(0).strip();
    }

    /** The kernel {@code name} of the program in a resource beside this class. */
    MemorySegment kernel(String resource, String name, String options) {
        MemorySegment source = arena.allocateFrom(read(resource));
        MemorySegment program = create(
                "clCreateProgramWithSource", context, 1, arena.allocateFrom(ADDRESS, source), MemorySegment.NULL);
        MemorySegment devices = arena.allocateFrom(ADDRESS, device);
        try {
            call(
                    "clBuildProgram",
                    program,
                    1,
                    devices,
                    arena.allocateFrom(options),
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    resource + " does not compile: "
                            + text("clGetProgramBuildInfo", program, device, PROGRAM_BUILD_LOG),
                    e);
        }
        return create("clCreateKernel", program, arena.allocateFrom(name));
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(OpenCl.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the resource " + resource + " cannot be read", e);
        }
    }

    /** An array on the device. */
    MemorySegment buffer(long floats) {
        return create("clCreateBuffer", context, MEM_READ_WRITE, floats * Float.BYTES, MemorySegment.NULL);
    }

    void write(MemorySegment buffer, float[] values) {
        try (Arena copy = Arena.ofConfined()) {
            MemorySegment host = copy.allocateFrom(JAVA_FLOAT, values);
            call(
                    "clEnqueueWriteBuffer",
                    queue,
                    buffer,
                    BLOCKING,
                    0L,
                    host.byteSize(),
                    host,
                    0,
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        }
    }

    float[] read(MemorySegment buffer, int floats) {
        try (Arena copy = Arena.ofConfined()) {
            MemorySegment host = copy.allocate(JAVA_FLOAT, floats);
            call(
                    "clEnqueueReadBuffer",
                    queue,
                    buffer,
                    BLOCKING,
                    0L,
                    host.byteSize(),
                    host,
                    0,
                    MemorySegment.NULL,
                    MemorySegment.NULL);
            return host.toArray(JAVA_FLOAT);
        }
    }

    /** Sets argument {@code index}: a buffer, or an int. */
    void argument(MemorySegment kernel, int index, Object value) {
        MemorySegment place = value instanceof MemorySegment buffer
                ? arena.allocateFrom(ADDRESS, buffer)
                : arena.allocateFrom(JAVA_INT, (Integer) value);
        call("clSetKernelArg", kernel, index, place.byteSize(), place);
    }

    /** Two numbers of work-items, for {@link #launch}. */
    MemorySegment plane(long x, long y) {
        return arena.allocateFrom(JAVA_LONG, x, y);
    }

    /** Runs a kernel over a plane of work-items and waits for it. */
    void launch(MemorySegment kernel, MemorySegment global, MemorySegment local) {
        call(
                "clEnqueueNDRangeKernel",
                queue,
                kernel,
                2,
                MemorySegment.NULL,
                global,
                local,
                0,
                MemorySegment.NULL,
                MemorySegment.NULL);
        call("clFinish", queue);
    }

    /** Calls a function that returns an error code. */
    private void call(String function, Object... arguments) {
        int code = (int) invoke(function, JAVA_INT, arguments);
        if (code != 0) {
            throw new IllegalStateException(function + " of OpenCL failed with code " + code);
        }
    }

    /** Calls a function that returns what it makes, and takes as its last argument a place for an error code. */
    private MemorySegment create(String function, Object... arguments) {
        MemorySegment code = arena.allocate(JAVA_INT);
        MemorySegment made = (MemorySegment) invoke(function, ADDRESS, with(arguments, code));
        if (code.get(JAVA_INT, 0) != 0) {
            throw new IllegalStateException(function + " of OpenCL failed with code " + code.get(JAVA_INT, 0));
        }
        return made;
    }

    /** The types of the arguments tell the function's signature. */
    private Object invoke(String function, MemoryLayout result, Object... arguments) {
        MethodHandle handle = functions.computeIfAbsent(
                function,
                name -> Linker.nativeLinker()
                        .downcallHandle(
                                library.findOrThrow(name),
                                FunctionDescriptor.of(
                                        result,
                                        Arrays.stream(arguments)
                                                .map(OpenCl::layout)
                                                .toArray(MemoryLayout[]::new))));
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(function + " of OpenCL could not be called", e);
        }
    }

    private static MemoryLayout layout(Object argument) {
        return switch (argument) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            default -> ADDRESS;
        };
    }

    private static Object[] with(Object[] arguments, Object... more) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return all;
    }

    @Override
    public void close() {
        call("clReleaseCommandQueue", queue);
        call("clReleaseContext", context);
        arena.close();
    }
}
