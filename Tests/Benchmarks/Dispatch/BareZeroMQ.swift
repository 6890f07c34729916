import CZeroMQ
import Foundation
import Threads
import ZeroMQ

/// What libzmq alone does with the same exchange: a job out, an acceptance and a result back, an acknowledgement out, over
/// ROUTER and DEALER with CURVE, a window of jobs under way, nothing decoded and nothing decided.
enum BareZeroMQ {
    /// Jobs per second.
    static func rate(jobs: Int, window: Int, jobBytes: Int, directory: String) throws -> Double {
        let server = try CurveKeyPair.generate(), client = try CurveKeyPair.generate()
        let context = zmq_ctx_new()
        defer { zmq_ctx_term(context) }
        let endpoint = "ipc://\(directory)/bare"
        let router = zmq_socket(context, ZMQ_ROUTER), dealer = zmq_socket(context, ZMQ_DEALER)
        for socket in [router, dealer] { set(socket, ZMQ_LINGER, 0) }
        set(router, ZMQ_CURVE_SERVER, 1)
        set(router, ZMQ_CURVE_SECRETKEY, server.secretKey)
        set(dealer, ZMQ_CURVE_SERVERKEY, server.publicKey)
        set(dealer, ZMQ_CURVE_PUBLICKEY, client.publicKey)
        set(dealer, ZMQ_CURVE_SECRETKEY, client.secretKey)
        guard zmq_bind(router, endpoint) == 0, zmq_connect(dealer, endpoint) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        let done = DispatchSemaphore(value: 0)
        let end = Handle(dealer)
        NamedThread.start("bare-worker") {
            let answer = [UInt8](repeating: 1, count: 60)
            zmq_send(end.pointer, answer, answer.count, 0)
            var buffer = [UInt8](repeating: 0, count: 65536)
            var taken = 0
            while taken < jobs {
                let count = zmq_recv(end.pointer, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                // A job, or an acknowledgement.
                guard count >= 100 else { continue }
                taken += 1
                zmq_send(end.pointer, answer, answer.count, 0)
                zmq_send(end.pointer, answer, answer.count, 0)
            }
            done.signal()
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        var peer = [UInt8](repeating: 0, count: 64)
        let peerBytes = Int(zmq_recv(router, &peer, peer.count, 0))
        zmq_recv(router, &buffer, buffer.count, 0)
        let job = [UInt8](repeating: 7, count: jobBytes), acknowledgement = [UInt8](repeating: 2, count: 50)
        func send(_ bytes: [UInt8]) {
            zmq_send(router, peer, peerBytes, ZMQ_SNDMORE)
            zmq_send(router, bytes, bytes.count, 0)
        }
        let start = MonotonicTime.now
        var sent = 0, answers = 0
        while sent < min(window, jobs) {
            send(job)
            sent += 1
        }
        while answers < 2 * jobs {
            guard zmq_recv(router, &buffer, buffer.count, 0) >= 0 else { break }
            zmq_recv(router, &buffer, buffer.count, 0)
            answers += 1
            guard answers % 2 == 0 else { continue }
            send(acknowledgement)
            if sent < jobs {
                send(job)
                sent += 1
            }
        }
        let seconds = (MonotonicTime.now - start) / .seconds(1)
        done.wait()
        zmq_close(router)
        zmq_close(dealer)
        return Double(jobs) / seconds
    }

    private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer?
        init(_ pointer: UnsafeMutableRawPointer?) { self.pointer = pointer }
    }

    private static func set(_ socket: UnsafeMutableRawPointer?, _ option: Int32, _ value: Int32) {
        var value = value
        zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size)
    }

    private static func set(_ socket: UnsafeMutableRawPointer?, _ option: Int32, _ key: String) { zmq_setsockopt(socket, option, key, key.utf8.count) }
}
