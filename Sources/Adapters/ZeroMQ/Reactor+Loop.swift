import Glibc
import Threads

/// The thread.
extension Reactor {
    /// Sockets are waited for by their ZMQ_FD, not by zmq_poll: only so does a router learn that one of its peers takes
    /// messages again. The descriptor tells of changes, not of states, so a turn ends by asking for the state.
    func run() {
        var sockets: [SocketID: ReactorSocket] = [:]
        var isBusy = false
        while true {
            var items = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
            for socket in sockets.values { items += socket.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
            // Fails for a signal only, which does no harm.
            unsafe poll(&items, nfds_t(items.count), isBusy ? 0 : Self.timeout(sockets))
            wake.drain()
            carryOut(takeQueue(), &sockets)
            isBusy = false
            for (id, socket) in sockets {
                let turn = socket.turn()
                if turn.isBusy { isBusy = true }
                if !turn.released.isEmpty {
                    state.withLock { state in
                        for (peer, load) in turn.released { state.books[id]?.release(peer, load) }
                    }
                }
                if socket.isFinished { sockets[id] = nil }
            }
            if sockets.isEmpty, end() { return }
        }
    }

    /// Ends the thread if that is wanted and nothing came in since the queue was emptied.
    private func end() -> Bool {
        let waiting: [@Sendable () -> Void]? = state.withLock { state in
            guard state.isStopping, state.queue.isEmpty else { return nil }
            state.isStopped = true
            defer { state.stopped = [] }
            return state.stopped
        }
        guard let waiting else { return false }
        for done in waiting { done() }
        return true
    }

    /// Milliseconds until a socket wants a turn without being asked; -1 for none.
    private static func timeout(_ sockets: [SocketID: ReactorSocket]) -> Int32 {
        guard let deadline = sockets.values.compactMap(\.deadline).min() else { return -1 }
        let left = deadline - MonotonicTime.now
        // Rounded up: waking a moment early would spin.
        return left > .zero ? Socket.milliseconds(left) + 1 : 0
    }

    /// Carries out what was handed over.
    private func carryOut(_ commands: [Command], _ sockets: inout [SocketID: ReactorSocket]) {
        for command in commands {
            switch command {
            case .add(let id, let make, let done):
                do throws(ZeroMQError) {
                    let socket = try make()
                    sockets[id] = socket
                    done(.success(socket.boundEndpoint))
                } catch { done(.failure(error)) }
            case .send(let id, let peer, let frames): sockets[id]?.append(frames, for: peer)
            case .close(let id): sockets[id]?.close()
            case .stop: for socket in sockets.values { socket.close() }
            }
        }
    }

    private func takeQueue() -> [Command] {
        state.withLock { state in
            state.isSignalled = false
            defer { state.queue = [] }
            return state.queue
        }
    }
}
