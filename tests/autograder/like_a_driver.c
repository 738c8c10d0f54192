/* How NVIDIA's driver starts, as far as that is known from those who put it in a sandbox; without the GPU.

   Each step that is refused is an error of its own, 301 and on; compiled with -DONLY=2, the second is the only one,
   and with -DCRASHES there is none. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int looks_at_the_devices(void)
{
    int file = open("/proc/devices", O_RDONLY);
    return file >= 0 && close(file) == 0;
}

static int keeps_a_file_in_memory(void)
{
    int file = memfd_create("driver", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return file >= 0 && ftruncate(file, 4096) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
}

static int listens_for_its_like(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "like-a-driver-%d", getpid());
    int end = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return end >= 0 && bind(end, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + 1 + length) == 0
        && listen(end, 16) == 0;
}

static void *waits(void *end)
{
    char byte;
    return read(*(int *)end, &byte, 1) < 0 ? end : NULL;
}

static int names_another_thread(void)
{
    int ends[2];
    pthread_t thread;
    if (pipe(ends) != 0 || pthread_create(&thread, NULL, waits, &ends[0]) != 0)
        return 0;
    int error = pthread_setname_np(thread, "like-a-driver");
    close(ends[1]);
    pthread_join(thread, NULL);
    return error == 0;
}

static int (*const STEPS[])(void) = {
    looks_at_the_devices, keeps_a_file_in_memory, listens_for_its_like, names_another_thread
};

int cuInit(unsigned flags)
{
#ifdef CRASHES
    __builtin_trap();
#endif
    for (int step = 0; step < 4; step++) {
#ifdef ONLY
        if (step + 1 != ONLY)
            continue;
#endif
        if (!STEPS[step]())
            return 301 + step;
    }
    return flags;
}

static int the_context;

int cuDeviceGet(int *device, int ordinal) { return *device = ordinal; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &the_context; return device; }
int cuCtxSetCurrent(void *context) { return context == &the_context ? 0 : 201; }
int cuMemAlloc_v2(unsigned long long *address, size_t bytes) { *address = bytes; return 0; }
