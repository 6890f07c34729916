import CShims

/// CLOCK_BOOTTIME, clock_gettime(2): monotonic, and goes on while the machine sleeps. The only clock for deadlines and leases.
package enum MonotonicTime {
    /// Time since an origin that is the same for all processes of this boot.
    package static var now: Duration { .nanoseconds(Int64(clamping: muster_monotonic_nanoseconds())) }
}
