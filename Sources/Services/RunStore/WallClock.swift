import Glibc

/// CLOCK_REALTIME in nanoseconds since 1970.
func unixNanoseconds() -> Int64 {
    var time = timespec()
    // SAFETY: clock_gettime(2) fills the structure it is given.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
