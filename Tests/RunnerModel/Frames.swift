/// START.
package struct StartFrame: Hashable, Sendable {
    package var key: HostKey
    /// In seconds of the host's uptime.
    package var notAfter: Int
    /// In seconds from the start.
    package var limit: Int
    package var name: AttemptName
    package var owner: Owner
    package var command: Command

    package init(key: HostKey, notAfter: Int, limit: Int = 3600, name: AttemptName, owner: Owner, command: Command) {
        self.key = key
        self.notAfter = notAfter
        self.limit = limit
        self.name = name
        self.owner = owner
        self.command = command
    }
}

/// HOLD: claims this machine for a job that another identity's runner will start.
package struct HoldFrame: Hashable, Sendable {
    package var key: HostKey
    /// That of the START, in seconds of the host's uptime.
    package var notAfter: Int
    package var name: AttemptName
    package var owner: Owner
    /// The directory in which the record lies.
    package var ledger: Int

    package init(key: HostKey, notAfter: Int, name: AttemptName, owner: Owner, ledger: Int) {
        self.key = key
        self.notAfter = notAfter
        self.name = name
        self.owner = owner
        self.ledger = ledger
    }
}

/// Frames to the host, as protocol/runner.md has them.
package enum Frame: Hashable, Sendable {
    case start(StartFrame)
    case hold(HoldFrame)
    /// The look takes the given time in ticks and is answered from what is there at its beginning.
    case look(id: Int, slot: Int, Question, ticks: Int)
    case stopLook(slot: Int)
    case tell(AttemptName)
    case revoke(AttemptName)
    case cancel(AttemptName, Ending)
    case forget(coordinator: Int, low: Int, [AttemptName])
    case ping(Int)
    /// The stream was cut in the middle of a START: the runner waits for the rest, and finds the end of the stream.
    case torn
}

/// Answers of the host. Output is not modelled.
package enum Message: Hashable, Sendable {
    /// `uptime` in seconds; `ledger` is the directory.
    case hello(HostKey, uptime: Int, ledger: Int)
    case started(AttemptName, pid: Int)
    case done(AttemptName, Outcome)
    case state(AttemptName, AttemptState)
    case refused(AttemptName, Refusal)
    case held(AttemptName)
    case seen(Int, exitCode: Int)
    case pong(Int, uptime: Int)
}
