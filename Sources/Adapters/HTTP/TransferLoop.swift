import CCurl
import Threads

/// The thread around a curl multi handle. Everything but `start`, `resume`, `cancel` and `stop` runs on it.
@safe final class TransferLoop: @unchecked Sendable {
    private enum Command {
        case start(HTTPRequest, HTTPTarget, Exchange)
        case resume(UInt64)
        case cancel(UInt64)
    }

    private struct Inbox {
        var commands: [Command] = []
        var isStopping = false
        /// The multi handle is gone: it must not be woken any more.
        var isEnded = false
    }

    private let multi: UnsafeMutableRawPointer
    private let settings: HTTPSettings
    private let inbox = Lock(Inbox())
    // Touched by the thread only.
    private var transfers: [UInt64: Transfer] = [:]

    /// libcurl asks for it once per process, before anything else.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ settings: HTTPSettings) throws(HTTPError) {
        guard Self.isInitialised, let made = unsafe curl_multi_init() else { throw .library(reason: "it can't be started") }
        unsafe multi = made
        self.settings = settings
        unsafe muster_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max(1, settings.connections))
        let loop = self
        guard NamedThread.start("muster-http", { loop.run() }) else {
            unsafe curl_multi_cleanup(multi)
            throw .library(reason: "no thread left")
        }
    }

    // MARK: From any thread

    func start(_ request: HTTPRequest, _ target: HTTPTarget, _ exchange: Exchange) {
        if !hand(.start(request, target, exchange)) { exchange.finish(.failure(.closed)) }
    }

    func resume(_ id: UInt64) { hand(.resume(id)) }
    func cancel(_ id: UInt64) { hand(.cancel(id)) }

    /// Ends all transfers and the thread.
    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            if !inbox.isEnded { unsafe curl_multi_wakeup(multi) }
        }
    }

    @discardableResult
    private func hand(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return false }
            inbox.commands.append(command)
            // Under the lock, so that the handle is still there; it never blocks.
            unsafe curl_multi_wakeup(multi)
            return true
        }
    }

    // MARK: On the thread

    private func run() {
        while true {
            let (commands, isStopping) = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isStopping)
            }
            for command in commands { carryOut(command) }
            if isStopping { return end() }
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            takeResults()
            // Wakes for sockets, libcurl's own timers and curl_multi_wakeup; the hour is only an upper bound.
            unsafe curl_multi_poll(multi, nil, 0, 3_600_000, nil)
        }
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .start(let request, let target, let exchange):
            do throws(HTTPError) {
                let transfer = try Transfer(request, target, settings, exchange)
                guard unsafe curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else { throw .library(reason: "a transfer can't be started") }
                transfers[exchange.id] = transfer
            } catch { exchange.finish(.failure(error)) }
        case .resume(let id):
            if let transfer = transfers[id] { unsafe curl_easy_pause(transfer.handle, CURLPAUSE_CONT) }
        case .cancel(let id):
            guard let transfer = transfers.removeValue(forKey: id) else { return }
            unsafe curl_multi_remove_handle(multi, transfer.handle)
            transfer.exchange.finish(.failure(.cancelled))
        }
    }

    private func takeResults() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle else { continue }
            let code = unsafe muster_curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            unsafe muster_curl_get_pointer(handle, CURLINFO_PRIVATE, &context)
            guard let transfer = unsafe Transfer.at(context) else { continue }
            // The message is void from here on.
            unsafe curl_multi_remove_handle(multi, handle)
            transfers[transfer.exchange.id] = nil
            transfer.finish(code)
        }
    }

    private func end() {
        for transfer in transfers.values {
            unsafe curl_multi_remove_handle(multi, transfer.handle)
            transfer.exchange.finish(.failure(.closed))
        }
        transfers = [:]
        inbox.withLock { inbox in
            inbox.isEnded = true
            unsafe curl_multi_cleanup(multi)
        }
    }
}
