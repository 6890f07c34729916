#ifndef MUSTER_CSHIMS_H
#define MUSTER_CSHIMS_H

// What Swift's Glibc module leaves out (sys/epoll.h, sys/eventfd.h, gettid) or reads wrongly
// across an await (errno): one place for all adapters.

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// The calling thread's errno. Read it right after the call that failed.
int muster_errno(void);
/// Thread id of the calling thread (gettid(2)); pthread_self is cached across awaits by the optimiser.
int muster_gettid(void);
/// A close-on-exec, non-blocking eventfd(2), or -1.
int muster_eventfd(void);
/// Adds 1 to an eventfd. Never blocks; a full counter means that the reader is already woken.
void muster_eventfd_signal(int descriptor);
/// Takes everything from an eventfd.
void muster_eventfd_drain(int descriptor);
/// A close-on-exec epoll descriptor, or -1.
int muster_epoll_create(void);
/// epoll_ctl(2) with the descriptor and a token as user data. `operation` is EPOLL_CTL_ADD, _MOD or _DEL.
int muster_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
/// CLOCK_BOOTTIME in nanoseconds.
uint64_t muster_monotonic_nanoseconds(void);
/// The magic number of the file system that holds `path` (statfs(2), f_type), or -1.
int64_t muster_file_system_type(const char *path);
/// A close-on-exec inotify(7) descriptor that tells of entries made, moved, written and removed in a directory, or -1.
int muster_watch_directory(const char *path);
/// A close-on-exec descriptor that is readable once a child has ended (pidfd_open(2)), or -1.
int muster_pidfd_open(int pid);
/// POSIX_SPAWN_SETSID, which glibc shows to GNU programs only.
extern const int muster_spawn_setsid;
/// Names the calling thread (at most 15 bytes are kept).
void muster_name_thread(const char *name);

#endif
