/*
 * A stand-in for NVIDIA's driver (libcuda.so) and its run-time compiler (libnvrtc.so), so that TornadoVM's backends for PTX and CUDA start on a
 * machine without a GPU and generate their code. There is one device; its memory is the host's, a launch does nothing, a compilation succeeds with
 * an empty result. What the code is worth is for NVIDIA's assembler to say; results of kernels mean nothing here.
 *
 * Callers find functions by name and no argument is looked at that does not matter, so NVIDIA's headers are not needed:
 *
 *   gcc -shared -fPIC -o libcuda.so cuda.c && cp libcuda.so libnvrtc.so
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Every function returns 0, which means success, unless it says otherwise. */
typedef int result;
typedef void *handle;

/* What only has to succeed. */
#define SUCCEEDS(name) result name(void) { return 0; }
/* What makes something, whose handle nobody looks into. */
#define MAKES(name) result name(handle *made) { *made = (handle)1; return 0; }
/* What answers with one number. */
#define ANSWERS(name, type, value) result name(type *answer) { *answer = (value); return 0; }

static const size_t MEMORY = (size_t)80 << 30;

SUCCEEDS(cuInit)
SUCCEEDS(cuCtxDestroy_v2)
SUCCEEDS(cuCtxSetCurrent)
SUCCEEDS(cuCtxSynchronize)
SUCCEEDS(cuEventDestroy_v2)
SUCCEEDS(cuEventQuery)
SUCCEEDS(cuEventRecord)
SUCCEEDS(cuEventSynchronize)
SUCCEEDS(cuFuncSetAttribute)
SUCCEEDS(cuGraphDestroy)
SUCCEEDS(cuGraphExecDestroy)
SUCCEEDS(cuGraphExecUpdate_v2)
SUCCEEDS(cuGraphLaunch)
SUCCEEDS(cuLaunchKernel)
SUCCEEDS(cuMemFree_v2)
SUCCEEDS(cuMemHostRegister_v2)
SUCCEEDS(cuMemHostUnregister)
SUCCEEDS(cuMemcpyDtoD_v2)
SUCCEEDS(cuMemsetD8_v2)
SUCCEEDS(cuModuleUnload)
SUCCEEDS(cuStreamBeginCapture_v2)
SUCCEEDS(cuStreamDestroy_v2)
SUCCEEDS(cuStreamQuery)
SUCCEEDS(cuStreamSynchronize)
SUCCEEDS(cuStreamWaitEvent)

MAKES(cuCtxCreate_v2)
MAKES(cuCtxCreate_v4)
MAKES(cuCtxGetCurrent)
MAKES(cuEventCreate)
MAKES(cuGraphInstantiateWithFlags)
MAKES(cuModuleGetFunction)
MAKES(cuModuleLoadData)
MAKES(cuModuleLoadDataEx)
MAKES(cuStreamCreate)
MAKES(cuStreamCreateWithPriority)

ANSWERS(cuDeviceGetCount, int, 1)
ANSWERS(cuDeviceGet, int, 0)
ANSWERS(cuDeviceTotalMem_v2, size_t, MEMORY)
ANSWERS(cuDriverGetVersion, int, 13000)
ANSWERS(cuEventElapsedTime, float, 0.001f)
ANSWERS(cuEventElapsedTime_v2, float, 0.001f)
ANSWERS(cuFuncGetAttribute, int, 1024)

result cuStreamEndCapture(handle stream, handle *graph) { *graph = (handle)1; return 0; }
result cuStreamIsCapturing(handle stream, int *status) { *status = 0; return 0; }
result cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = *greatest = 0; return 0; }
result cuMemGetInfo_v2(size_t *left, size_t *total) { *left = *total = MEMORY; return 0; }
result cuGetErrorName(int error, const char **name) { *name = "error"; return 0; }
result cuGetErrorString(int error, const char **text) { *text = "an error"; return 0; }

result cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, length, "stand-in");
    return 0;
}

/* The limits of a device of compute capability 9.0, as the programming guide lists them. */
result cuDeviceGetAttribute(int *value, int attribute, int device) {
    switch (attribute) {
    case 1: /* threads of a block */
    case 2: /* and in x */
    case 3: /* and in y */ *value = 1024; break;
    case 4: /* and in z */ *value = 64; break;
    case 5: /* blocks in x */ *value = 2147483647; break;
    case 6: /* and in y */
    case 7: /* and in z */ *value = 65535; break;
    case 8: /* bytes of shared memory of a block */ *value = 49152; break;
    case 9: /* bytes of constants */ *value = 65536; break;
    case 10: /* threads of a warp */ *value = 32; break;
    case 12: /* registers of a block */ *value = 65536; break;
    case 16: /* processors */ *value = 132; break;
    case 39: /* threads of a processor */ *value = 2048; break;
    case 75: /* compute capability */ *value = 9; break;
    case 76: /* and after the dot */ *value = 0; break;
    default: *value = 1;
    }
    return 0;
}

result cuMemAlloc_v2(void **memory, size_t bytes) {
    *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return *memory == MAP_FAILED ? 2 : 0;
}

result cuMemAllocHost_v2(void **memory, size_t bytes) {
    *memory = malloc(bytes);
    return *memory ? 0 : 2;
}

result cuMemFreeHost(void *memory) {
    free(memory);
    return 0;
}

static result copy(void *to, const void *from, size_t bytes) {
    memcpy(to, from, bytes);
    return 0;
}

result cuMemcpyHtoD_v2(void *to, const void *from, size_t bytes) { return copy(to, from, bytes); }
result cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes) { return copy(to, from, bytes); }
result cuMemcpyDtoH_v2(void *to, const void *from, size_t bytes) { return copy(to, from, bytes); }
result cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes) { return copy(to, from, bytes); }

result cuOccupancyMaxPotentialBlockSize(int *blocks, int *threads) {
    *blocks = 132;
    *threads = 1024;
    return 0;
}

/* The run-time compiler: its results are one zero byte. */
SUCCEEDS(nvrtcDestroyProgram)
SUCCEEDS(nvrtcCompileProgram)
MAKES(nvrtcCreateProgram)
ANSWERS(nvrtcGetNumSupportedArchs, int, 1)
ANSWERS(nvrtcGetSupportedArchs, int, 90)

result nvrtcVersion(int *major, int *minor) { *major = 13; *minor = 0; return 0; }
const char *nvrtcGetErrorString(int error) { return "an error"; }

#define EMPTY(name) \
    result name##Size(handle program, size_t *bytes) { *bytes = 1; return 0; } \
    result name(handle program, char *text) { *text = 0; return 0; }

EMPTY(nvrtcGetCUBIN)
EMPTY(nvrtcGetPTX)
EMPTY(nvrtcGetProgramLog)
