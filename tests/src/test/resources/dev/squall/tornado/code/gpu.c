/*
 * Makes every OpenCL device say that it is a GPU. Oclgrind's device says that it is of all kinds, and TornadoVM, which asks for one kind after the
 * other, finds none. Preloaded, this answers in place of the OpenCL library, and asks that for all else:
 *
 *   gcc -shared -fPIC -o gpu.so gpu.c -ldl && LD_PRELOAD=$PWD/gpu.so java ...
 */
#include <dlfcn.h>
#include <stddef.h>

#define DEVICE_TYPE 0x1000
#define GPU 4UL

typedef int asking(void *device, unsigned what, size_t size, void *answer, size_t *needed);

int clGetDeviceInfo(void *device, unsigned what, size_t size, void *answer, size_t *needed) {
    static asking *real;
    if (!real) {
        real = (asking *)dlsym(dlopen("libOpenCL.so.1", RTLD_NOW), "clGetDeviceInfo");
    }
    int error = real(device, what, size, answer, needed);
    if (what == DEVICE_TYPE && answer && size >= sizeof(unsigned long)) {
        *(unsigned long *)answer = GPU;
    }
    return error;
}
