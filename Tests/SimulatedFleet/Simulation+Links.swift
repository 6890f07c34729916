import Model
import Orchestration
import RunnerModel

/// Streams between workers and runners: ordered, cut at any moment, silent for minutes. A frame arrives whole or not at all.
extension Simulation {
    func usableLink(_ worker: Int, _ site: Int, _ directory: Int) -> Int? {
        for link in workers[worker].links where !links[link].isDead && links[link].site == site && links[link].directory == directory { return link }
        return nil
    }

    mutating func openLink(_ worker: Int, _ site: Int, _ directory: Int) -> Int {
        let link = links.count
        links.append(Link(worker: process(ofWorker: worker), site: site, directory: directory))
        workers[worker].links.removeAll { links[$0].isDead }
        workers[worker].links.append(link)
        queue.push(.linkReached(link), at: now + random.between(5, 60))
        return link
    }

    /// Log-in is over: the program has been sent.
    mutating func linkReached(_ link: Int) {
        guard !links[link].isDead else { return }
        let machine = sites[links[link].site].machine
        guard sites[links[link].site].unreachableUntil <= now, machines[machine].downUntil <= now else {
            queue.push(.linkFailed(link), at: now + random.between(10, 5000))
            return
        }
        advance(machine)
        links[link].machine = machine
        links[link].boots = machines[machine].boots
        links[link].runner = machines[machine].model.openRunner(ledger: links[link].directory)
        machines[machine].links.append(link)
        poke(machine)
        // No HELLO within its time.
        queue.push(.linkFailed(link), at: now + 20_000)
    }

    mutating func linkFailed(_ link: Int, _ event: Event) {
        guard !links[link].isDead, !links[link].isOpen, isReady(worker: links[link].worker, event) else { return }
        linkLost(link, event)
        if links[link].runner != 0 { closeStream(link) }
    }

    /// The worker knows from now on that its stream is gone.
    mutating func linkLost(_ link: Int, _ event: Event) {
        guard !links[link].isDead, isReady(worker: links[link].worker, event) else { return }
        links[link].isDead = true
        let worker = links[link].worker.place
        note("worker \(worker) has lost link \(link)")
        for id in workers[worker].executions.map(\.id) {
            guard let place = place(of: id, worker) else { continue }
            let execution = workers[worker].executions[place]
            switch execution.waiting {
            case .link where execution.link == link: next(.unreachable("no connection"), worker, id)
            case .newLink where execution.link == link: next(.lost("cut"), worker, id)
            case .held where execution.link == link || execution.holdLink == link: next(.lost("cut"), worker, id)
            case .look where execution.link == link, .following where execution.link == link, .told where execution.link == link,
                .revoked where execution.link == link:
                next(.lost("cut"), worker, id)
            case .nothing, .link, .newLink, .held, .look, .following, .told, .revoked, .pause, .gate, .write: break
            }
        }
    }

    // MARK: Faults

    /// From now on the worker hears nothing; a few frames that are on their way may still arrive.
    mutating func cut(_ link: Int, isNoticed: Bool) {
        guard links[link].framesLeft == nil else { return }
        note("link \(link) is cut")
        links[link].framesLeft = random.percent(50) ? 0 : random.below(4)
        queue.push(
            .linkLost(link),
            at: now + (isNoticed ? random.between(1, 50) : random.percent(50) ? random.between(1, 1000) : random.between(1000, 30_000)))
        // The host's end may hold what came before for longer than anybody waits.
        queue.push(
            .streamClosed(link), at: max(links[link].toHostAt, now) + (random.percent(70) ? random.between(1, 2000) : random.between(2000, 120_000)))
    }

    /// Nothing gets through for a while, then everything does.
    mutating func stall(_ link: Int) {
        let until = now + (random.percent(70) ? random.between(100, 5000) : random.between(5000, 200_000))
        note("link \(link) stalls")
        links[link].toHostAt = max(links[link].toHostAt, until)
        if random.percent(50) { links[link].toWorkerAt = max(links[link].toWorkerAt, until) }
    }

    /// A start stays somewhere on its way, and what comes after it too.
    mutating func hold(_ frame: StartFrame, _ link: Int) {
        let until = max(links[link].toHostAt, now) + (random.percent(50) ? random.between(100, 20_000) : random.between(5000, 200_000))
        note("start \(frame.name.job % 100_000).\(frame.name.attempt) is held up until \(until)")
        links[link].toHostAt = until
        heldStarts.append(HeldStart(link: link, frame: frame))
        queue.push(.release(start: heldStarts.count - 1), at: until)
        guard random.percent(60) else { return }
        // Its worker hears of a lost link, and what stands in a buffer of the host arrives all the same.
        cut(link, isNoticed: random.percent(50))
        links[link].framesLeft = max(2, links[link].framesLeft ?? 0)
    }

    mutating func release(_ start: Int) {
        guard let held = heldStarts[start] else { return }
        heldStarts[start] = nil
        frameArrives(held.link, .start(held.frame))
    }

    /// The host is asked about the attempt over another link: a start that is held up likes to arrive at just that moment.
    mutating func meet(_ name: AttemptName, _ link: Int, percent: Int) {
        for start in heldStarts.indices {
            guard let held = heldStarts[start], held.frame.name == name, held.link != link, random.percent(percent) else { continue }
            queue.push(.release(start: start), at: now + (random.percent(50) ? random.between(0, 15) : random.between(15, 500)))
        }
    }

    /// The start of another run goes to the same machine: one that is held up likes to arrive beside it.
    func others(than frame: StartFrame, _ link: Int) -> [Int] {
        heldStarts.indices.filter { start in
            guard let held = heldStarts[start] else { return false }
            return held.frame.owner != frame.owner && links[held.link].machine == links[link].machine
        }
    }

    // MARK: To the host

    mutating func send(_ frame: Frame, _ link: Int) {
        guard !links[link].isDead else { return }
        switch frame {
        case .revoke(let name): meet(name, link, percent: 80)
        case .tell(let name): meet(name, link, percent: 10)
        case .cancel(let name, _): meet(name, link, percent: 40)
        case .forget(_, _, let names): if !heldStarts.isEmpty { for name in names { meet(name, link, percent: 40) } }
        case .start, .hold, .look, .stopLook, .ping, .torn: break
        }
        let arrival = max(links[link].toHostAt, now + latency())
        links[link].toHostAt = arrival
        queue.push(.frame(link: link, frame), at: arrival)
    }

    /// - Parameter frame: arrives whole or not at all.
    mutating func frameArrives(_ link: Int, _ frame: Frame) {
        let machine = links[link].machine
        guard links[link].runner != 0, !links[link].isClosedAtHost, machines[machine].boots == links[link].boots else { return }
        var arriving = frame
        if let left = links[link].framesLeft {
            guard left >= 0 else { return }
            links[link].framesLeft = left - 1
            if left == 0 {
                guard case .start = frame, random.percent(50) else { return }
                arriving = .torn
            }
        }
        advance(machine)
        machines[machine].model.deliver(arriving, to: links[link].runner)
        poke(machine)
    }

    mutating func closeStream(_ link: Int) {
        let machine = links[link].machine
        guard links[link].runner != 0, !links[link].isClosedAtHost else { return }
        links[link].isClosedAtHost = true
        if links[link].framesLeft == nil {
            links[link].framesLeft = -1
            queue.push(.linkLost(link), at: now + 10)
        }
        machines[machine].links.removeAll { $0 == link }
        guard machines[machine].boots == links[link].boots else { return }
        machines[machine].model.closeStream(links[link].runner)
        poke(machine)
    }

    // MARK: From the host

    mutating func collectAnswers(_ machine: Int) {
        for link in machines[machine].links {
            let messages = machines[machine].model.takeMessages(from: links[link].runner)
            guard links[link].framesLeft == nil else { continue }
            for message in messages {
                let arrival = max(links[link].toWorkerAt, now + latency())
                links[link].toWorkerAt = arrival
                queue.push(.answer(link: link, message), at: arrival)
            }
            // A runner that ends its stream by itself is noticed at once.
            if links[link].isOpen, machines[machine].model.hasLeft(links[link].runner) { cut(link, isNoticed: true) }
        }
    }
}
