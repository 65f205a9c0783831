import Domain
import Glibc
import Scheduling
import Testing

struct BlockingWorkTests {
    private struct Refusal: Error {}

    @Test("Its answer and its error come back")
    func answers() async throws {
        #expect(try await BlockingWork.run("sum") { _ in (1...100).reduce(0, +) } == 5_050)
        await #expect(throws: Refusal.self) { try await BlockingWork.run("refusal") { _ -> Int in throw Refusal() } }
    }

    @Test("Cancelled, it sees the flag and is waited for")
    func cancelled() async throws {
        let task = Task {
            try await BlockingWork.run("endless") { cancellation -> Int in
                while true { try cancellation.check() }
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Time that passes goes forward, and a wait ends with its task")
    func passingTime() async {
        let time = PassingTime.live
        let before = time.uptime()
        await time.wait(Span(milliseconds: 3))
        #expect(time.uptime() >= before + Span(milliseconds: 2))
        let endless = Task { await time.wait(.days(1)) }
        endless.cancel()
        await endless.value
    }

    @Test("More blocked works than cores leave the pool free")
    func poolStaysFree() async throws {
        let stop = CancellationFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<12 {
                group.addTask {
                    try await BlockingWork.run("work \(index)", cancellation: stop) { cancellation in
                        while !cancellation.isSet { sched_yield() }
                    }
                }
            }
            // Were the pool taken, this task would never get to run.
            group.addTask { stop.set() }
            try await group.waitForAll()
        }
        #expect(stop.isSet)
    }
}
