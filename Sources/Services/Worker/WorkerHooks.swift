/// What a worker tells its surroundings, and hears from them. Everything must return at once.
package struct WorkerHooks: Sendable {
    /// It looks for its coordinator.
    package var ready: @Sendable () -> Void = {}
    /// The coordinator has taken it; with a line for people.
    package var accepted: @Sendable (String) -> Void = { _ in }
    /// It goes on: twice a second.
    package var alive: @Sendable () -> Void = {}
    /// Each time it is asked to end: first what it has, the second time at once.
    package var stops: AsyncStream<Void>?
    /// How long commands that run may keep it. What lasts longer is followed to its end by another worker.
    package var stopWithin: Duration = .seconds(20)

    package init() {}
}
