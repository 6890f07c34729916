import Model
import Orchestration

extension Simulation {
    /// What lives in a coordinator's memory must be what its journal makes of it.
    mutating func compareWithJournals() {
        for slot in runs.indices {
            let index = scenario.runs[slot].coordinator
            guard coordinators[index].isAlive, !coordinators[index].isCommitting, coordinators[index].queued.isEmpty, let id = runs[slot].id,
                let live = coordinators[index].machine.runs[id]
            else { continue }
            var replay = RunReplay()
            do { for record in runs[slot].records { try replay.apply(record) } } catch {
                checker.fail("the journal of run \(slot) can't be replayed: \(error)")
            }
            if replay.machine != live { checker.fail("run \(slot) is another one in its coordinator's memory than in its journal") }
        }
    }
}
