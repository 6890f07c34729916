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
            guard takeCommands(&sockets) else { return }
            isBusy = false
            for (id, socket) in sockets {
                let turn = socket.turn()
                if turn.isBusy { isBusy = true }
                guard !turn.released.isEmpty else { continue }
                state.withLock { state in
                    for (peer, load) in turn.released { state.books[id]?.release(peer, load) }
                }
            }
        }
    }

    /// Milliseconds until a socket wants a turn without being asked; -1 for none.
    private static func timeout(_ sockets: [SocketID: ReactorSocket]) -> Int32 {
        guard let deadline = sockets.values.compactMap(\.deadline).min() else { return -1 }
        let left = deadline - MonotonicTime.now
        // Rounded up: waking a moment early would spin.
        return left > .zero ? Socket.milliseconds(left) + 1 : 0
    }

    /// Carries out what was handed over. Returns false when the thread is to end.
    private func takeCommands(_ sockets: inout [SocketID: ReactorSocket]) -> Bool {
        for command in takeQueue() {
            switch command {
            case .add(let id, let make, let done):
                do throws(ZeroMQError) {
                    let socket = try make()
                    sockets[id] = socket
                    done(.success(socket.boundEndpoint))
                } catch { done(.failure(error)) }
            case .send(let id, let peer, let frames): sockets[id]?.append(frames, for: peer)
            case .close(let id): sockets.removeValue(forKey: id)?.close()
            // The last of the queue, or followed by its like: nothing is taken after it.
            case .stop(let done):
                for socket in sockets.values { socket.close() }
                sockets = [:]
                state.withLock { $0.isStopped = true }
                done()
            }
        }
        let (isStopped, rest) = state.withLock { state in
            defer { if state.isStopped { state.queue = [] } }
            return (state.isStopped, state.isStopped ? state.queue : [])
        }
        // Stopped a second time, between the queue's emptying and the end.
        for case .stop(let done) in rest { done() }
        return !isStopped
    }

    private func takeQueue() -> [Command] {
        state.withLock { state in
            state.isSignalled = false
            defer { state.queue = [] }
            return state.queue
        }
    }
}
