import CShims
import Glibc

/// Tells when entries of a directory are made, written, moved or removed (inotify(7)).
///
/// Whoever waits looks first and then waits for a change: a change between the two is kept.
package final class DirectoryWatch: Sendable {
    /// One element for any number of changes since the last was taken. Ends when the watch is closed.
    package let changes: AsyncStream<Void>
    private let stop: Int32

    /// Nil when the directory can't be watched: it is not there, or the system has no watches left.
    package init?(_ path: String) {
        let watch = unsafe muster_watch_directory(path)
        guard watch >= 0 else { return nil }
        let stop = muster_eventfd()
        guard stop >= 0 else {
            Glibc.close(watch)
            return nil
        }
        self.stop = stop
        let (changes, feed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.changes = changes
        let isStarted = NamedThread.start("muster-watch") {
            Self.read(watch, until: stop) { feed.yield() }
            feed.finish()
            Glibc.close(watch)
            Glibc.close(stop)
        }
        guard isStarted else {
            Glibc.close(watch)
            Glibc.close(stop)
            return nil
        }
    }

    /// Ends the watch, once.
    package func close() { muster_eventfd_signal(stop) }

    private static func read(_ watch: Int32, until stop: Int32, _ tell: () -> Void) {
        var events = [UInt8](repeating: 0, count: 4096)
        while true {
            var descriptors = [pollfd(fd: watch, events: Int16(POLLIN), revents: 0), pollfd(fd: stop, events: Int16(POLLIN), revents: 0)]
            // SAFETY: poll(2) gets the array's own address and length.
            let ready = unsafe poll(&descriptors, 2, -1)
            guard ready > 0 || muster_errno() == EINTR, descriptors[1].revents == 0 else { return }
            guard ready > 0 else { continue }
            // What happened does not matter, only that something did. SAFETY: read(2) gets the array's own address and length.
            guard unsafe Glibc.read(watch, &events, events.count) > 0 else { return }
            tell()
        }
    }
}
