#define _GNU_SOURCE
#include "cshims.h"

#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int muster_errno(void) { return errno; }

int muster_gettid(void) { return (int)syscall(SYS_gettid); }

int muster_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void muster_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void muster_eventfd_drain(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

int muster_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int muster_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

uint64_t muster_monotonic_nanoseconds(void) {
    struct timespec now;
    // Counts while the machine sleeps: a laptop that slept past its leases must know.
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t muster_file_system_type(const char *path) {
    struct statfs status;
    int result;
    do result = statfs(path, &status);
    while (result < 0 && errno == EINTR);
    // Magic numbers have 32 bits; where f_type is signed some would come out negative.
    return result < 0 ? -1 : (int64_t)(uint32_t)status.f_type;
}

int muster_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

const int muster_spawn_setsid = POSIX_SPAWN_SETSID;

void muster_name_thread(const char *name) {
    char kept[16] = {0};
    for (int i = 0; i < 15 && name[i]; i++) kept[i] = name[i];
    pthread_setname_np(pthread_self(), kept);
}

int muster_watch_directory(const char *path) {
    int watch = inotify_init1(IN_CLOEXEC);
    if (watch < 0) return -1;
    if (inotify_add_watch(watch, path, IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_DELETE | IN_MOVED_FROM) < 0) {
        int error = errno;
        close(watch);
        errno = error;
        return -1;
    }
    return watch;
}
