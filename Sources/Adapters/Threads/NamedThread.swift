import CShims
import Glibc

/// Starts threads for what must not run on Swift's cooperative pool: blocking C calls and event loops.
package enum NamedThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new detached thread. Returns false when the system has no thread to give.
    @discardableResult
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let boxed = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        // SAFETY: the box is retained until the new thread takes it over, or released here if there is none.
        let status = unsafe pthread_create(
            &thread, &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                unsafe muster_name_thread(body.name)
                body.run()
                return nil
            }, boxed.toOpaque())
        if status != 0 { unsafe boxed.release() }
        return status == 0
    }
}
