/// A claim: the first line of a record that runs.
package struct Claim: Hashable, Sendable {
    package var pid: Int
    /// Of the supervisor, in ticks.
    package var start: Int
    package var boot: Boot
    /// In seconds of uptime.
    package var deadline: Int
    package var owner: Owner

    package init(pid: Int, start: Int, boot: Boot, deadline: Int, owner: Owner) {
        self.pid = pid
        self.start = start
        self.boot = boot
        self.deadline = deadline
        self.owner = owner
    }
}

/// One complete line of a record.
package enum RecordLine: Hashable, Sendable {
    case claim(Claim)
    case revoke
    case cancel(Ending)
    case run(pid: Int, start: Int)
    /// The `run` before it came to nothing: the supervisor was gone.
    case void
    case done(Outcome)
    /// Nothing that a runner writes.
    case nonsense
}

/// The file `JOB.ATTEMPT`, and the marker `.x` beside it.
package struct Record: Hashable, Sendable {
    package var name: AttemptName
    /// No lines: opened and not yet written, or without room.
    package var lines: [RecordLine] = []
    package var exists = false
    /// The word of a cancel; a full disk keeps the marker and loses the word.
    package var marker: Ending?
}

/// The name of an entry in `mutating/`.
struct EntryName: Hashable, Sendable {
    var name: AttemptName
    var notAfter: Int
    var boot: Boot
    /// The pid that made it: entries of duplicates are different files.
    var maker: Int
    /// Counts the holds of one runner; 0: a supervisor's.
    var hold: Int
    var owner: Owner
}

/// An entry in `mutating/`: a START that got as far as its supervisor, or a HOLD.
struct Entry: Hashable, Sendable {
    var name: EntryName
    /// Of a hold: where the record is, once it is written; lost in a power cut.
    var ledger: Int?
}

/// What one directory on one machine remembers.
package struct Ledger: Sendable {
    package let directory: Int
    /// Made with the ledger. 0: there is none (never opened, or wiped) until a runner says HELLO here.
    package internal(set) var id = 0
    package internal(set) var records: [Record] = []
    /// No room for new files. What was begun still fits: a block is longer than a record.
    package var isFull = false
    package var isReadOnly = false
    var entries: [Entry] = []
    private var lowWater: [(coordinator: Int, job: Int)] = []
    /// Whose lines were appended, in order: a power cut takes the last ones.
    private var appended: [AttemptName] = []

    init(directory: Int) { self.directory = directory }

    package var entryCount: Int { entries.count }

    /// Where a record is in the list. The youngest are asked about most.
    func index(of name: AttemptName) -> Int? {
        var index = records.count - 1
        while index >= 0 {
            if records[index].name.job == name.job, records[index].name.attempt == name.attempt { return index }
            index -= 1
        }
        return nil
    }

    /// Its complete lines; empty without a record.
    package func lines(of name: AttemptName) -> [RecordLine] { index(of: name).map { records[$0].lines } ?? [] }
    func marker(of name: AttemptName) -> Ending? { index(of: name).flatMap { records[$0].marker } }

    private mutating func place(of name: AttemptName) -> Int {
        if let index = index(of: name) { return index }
        records.append(Record(name: name))
        return records.count - 1
    }

    private var canWrite: Bool { id != 0 && !isReadOnly }

    /// What opening for append does: an empty file is there from now on.
    mutating func open(_ name: AttemptName) {
        guard canWrite else { return }
        records[place(of: name)].exists = true
    }

    /// Appends a line. False: there was no room.
    @discardableResult
    mutating func append(_ line: RecordLine, to name: AttemptName) -> Bool {
        guard canWrite else { return false }
        let index = place(of: name)
        guard !isFull || !records[index].lines.isEmpty else { return false }
        records[index].exists = true
        records[index].lines.append(line)
        appended.append(name)
        return true
    }

    mutating func mark(_ name: AttemptName, _ word: Ending) {
        guard canWrite else { return }
        let index = place(of: name)
        records[index].marker = isFull ? .cancelled : word
    }

    /// Writes a record anew, as no runner would: for tests.
    package mutating func overwrite(_ name: AttemptName, _ lines: [RecordLine], marker: Ending? = nil) {
        let index = place(of: name)
        records[index].exists = true
        records[index].lines = lines
        records[index].marker = marker
    }

    mutating func remove(_ name: AttemptName) {
        guard canWrite, let index = index(of: name) else { return }
        records.remove(at: index)
        appended.removeAll { $0 == name }
    }

    package func lowWaterMark(of coordinator: Int) -> Int { lowWater.first { $0.coordinator == coordinator }?.job ?? 0 }

    /// False: there was no room.
    mutating func raiseLowWaterMark(of coordinator: Int, to job: Int) -> Bool {
        guard canWrite, !isFull else { return false }
        if let index = lowWater.firstIndex(where: { $0.coordinator == coordinator }) {
            lowWater[index].job = job
        } else {
            lowWater.append((coordinator, job))
        }
        return true
    }

    /// Makes an entry, empty at first. False: there was no room.
    mutating func makeEntry(_ name: EntryName) -> Bool {
        guard canWrite, !isFull else { return false }
        if let index = entries.firstIndex(where: { $0.name == name }) { entries[index].ledger = nil } else { entries.append(Entry(name: name)) }
        return true
    }

    /// Says of a hold where its record is. False: there was no room.
    mutating func fillEntry(_ name: EntryName, ledger: Int) -> Bool {
        guard canWrite, !isFull else { return false }
        if let index = entries.firstIndex(where: { $0.name == name }) { entries[index].ledger = ledger }
        return true
    }

    mutating func removeEntry(_ name: EntryName) {
        guard canWrite else { return }
        entries.removeAll { $0.name == name }
    }

    /// A power cut: the last lines never reached the disk, and entries are there without content.
    mutating func lose(lines count: Int) {
        for _ in 0..<min(count, appended.count) {
            let name = appended.removeLast()
            if let index = index(of: name), !records[index].lines.isEmpty { records[index].lines.removeLast() }
        }
        if count > 0 {
            for index in entries.indices { entries[index].ledger = nil }
        }
    }
}
