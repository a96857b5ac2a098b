package uk.ac.manchester.tornado.api.enums;

/** What a kernel is compiled to. The simulator reports {@link #VIRTUAL}. */
public enum TornadoVMBackendType {
    OPENCL,
    METAL,
    PTX,
    CUDA,
    SPIRV,
    JAVA,
    VIRTUAL
}
