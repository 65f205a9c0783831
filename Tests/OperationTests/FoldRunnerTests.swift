import Domain
import Operation
import Reporting
import Supervision
import Synchronization
import Testing

/// Some days of hourly prices and of daily signals by three agents.
enum Fleet {
    /// 2025-01-01T00:00:00Z
    static func day(_ number: Int64) -> Timestamp { Timestamp(seconds: 1_735_689_600) + .days(number) }

    static func facts(days: Int64) -> [IncomingFact] {
        var facts: [IncomingFact] = []
        var price = 100.0
        for hour in 0..<days * 24 {
            // A saw-tooth, so that returns differ and no library function of the platform is needed.
            let next = price * (hour % 5 < 3 ? 1.004 : 0.995)
            facts.append(
                .bar(Samples.symbol("BTC"), Samples.bar(opening: day(0) + .hours(hour), open: price, close: next)))
            price = next
        }
        for number in 0..<days {
            for (index, name) in ["ann", "bob", "carl"].enumerated() {
                let direction: Direction = (Int(number) + index) % 2 == 0 ? .long : .short
                facts.append(.signal(Samples.signal(name, "BTC", direction, at: day(number) + .hours(3))))
            }
        }
        return facts
    }

    static func world(days: Int64) -> World {
        let world = World()
        world.store(facts(days: days))
        return world
    }
}

struct FoldRunnerTests {
    private func runner(_ world: World, keeping count: Int = 16) -> FoldRunner {
        FoldRunner(log: world.log, snapshots: world.snapshots, snapshotCount: count)
    }

    private func bytes(_ world: World, asOf: Timestamp, saves: Bool = true, count: Int = 16) throws -> [UInt8] {
        let runner = runner(world, keeping: count)
        var fold = try runner.start(.constant(.standard), asOf: asOf)
        try runner.run(&fold, asOf: asOf, savesSnapshots: saves)
        return JSONReport.bytes(fold.report(asOf: asOf))
    }

    @Test(
        "Cut into batches of any size, also within one moment, the facts give the same report",
        arguments: [1, 2, 3, 50])
    func batches(size: Int) throws {
        let world = Fleet.world(days: 6)
        let stamped = world.with { state in
            state.batchSize = size
            return state.facts
        }
        let asOf = Fleet.day(6)
        let whole = JSONReport.bytes(
            supervise(World.batch(stamped), under: .constant(.standard), asOf: asOf))
        #expect(try bytes(world, asOf: asOf) == whole)
    }

    @Test("A fold that is to stop does so at the next grid point, also within one batch, and is made up for")
    func stopped() throws {
        final class Visits: Sendable { let count = Mutex(0) }
        let visits = Visits()
        let world = Fleet.world(days: 20)
        var runner = runner(world)
        runner.checkpoint = {
            let count = visits.count.withLock { count in
                count += 1
                return count
            }
            if count == 5 { throw CancellationError() }
        }
        var fold = try runner.start(.constant(.standard), asOf: Fleet.day(20))
        do {
            try runner.run(&fold, asOf: Fleet.day(20), savesSnapshots: true)
            Issue.record("it did not stop")
        } catch is CancellationError {
            let position = try #require(fold.position)
            #expect(position < Fleet.day(10))
        }
        #expect(visits.count.withLock { $0 } == 5)
        let undisturbed = Fleet.world(days: 20)
        #expect(try bytes(world, asOf: Fleet.day(20)) == bytes(undisturbed, asOf: Fleet.day(20)))
    }

    @Test("Snapshots are kept at 1, 2, 4, 8 grid points back and at the last one")
    func powers() throws {
        let world = Fleet.world(days: 20)
        _ = try bytes(world, asOf: Fleet.day(20))
        let back = try world.snapshots.gridPoints().map { (Fleet.day(20) - $0).inDays }
        #expect(back.sorted() == [0, 1, 2, 4, 8, 16])
    }

    @Test("A daily run keeps the number of snapshots small, and the newest among them")
    func thinning() throws {
        let world = Fleet.world(days: 20)
        for day in 1...20 as ClosedRange<Int64> {
            _ = try bytes(world, asOf: Fleet.day(day))
            let points = try world.snapshots.gridPoints()
            #expect(points.last == Fleet.day(day))
            #expect(points.count <= 7, "day \(day): \(points)")
        }
    }

    @Test("No more snapshots are kept than the setting says")
    func bounded() throws {
        let world = Fleet.world(days: 20)
        _ = try bytes(world, asOf: Fleet.day(20), count: 2)
        #expect(try world.snapshots.gridPoints().count == 2)
        #expect(try world.snapshots.gridPoints().last == Fleet.day(20))
    }

    @Test("From a snapshot or from the first fact, the bytes are the same")
    func incremental() throws {
        let world = Fleet.world(days: 12)
        for day in [3, 4, 9, 12] as [Int64] {
            let fresh = Fleet.world(days: 12)
            #expect(try bytes(world, asOf: Fleet.day(day)) == bytes(fresh, asOf: Fleet.day(day)), "day \(day)")
        }
        // Between grid points, and back.
        let fresh = Fleet.world(days: 12)
        let between = Fleet.day(6) + .hours(13)
        #expect(try bytes(world, asOf: between) == bytes(fresh, asOf: between))
    }

    @Test("A damaged snapshot costs a rebuild and nothing else")
    func damaged() throws {
        let asOf = Fleet.day(8)
        for spoil in [{ _ in [] }, { Array($0.dropLast()) }, { $0 + [0] }, { $0.map { $0 ^ 1 } }]
            as [([UInt8]) -> [UInt8]]
        {
            let world = Fleet.world(days: 8)
            let right = try bytes(world, asOf: asOf)
            world.with { state in
                for (key, old) in state.snapshots { state.snapshots[key]?.bytes = spoil(old.bytes) }
            }
            #expect(try bytes(world, asOf: asOf) == right)
            let kept = try #require(world.with { $0.snapshots.values.first { $0.gridPoint == asOf } })
            #expect(Fold(snapshot: kept.bytes, mode: .constant(.standard)) != nil, "a usable one took its place")
        }
    }

    @Test("A snapshot of another policy is not gone on from")
    func otherPolicy() throws {
        let world = Fleet.world(days: 8)
        _ = try bytes(world, asOf: Fleet.day(8))
        let fold = try runner(world).start(.constant(.seed), asOf: Fleet.day(8))
        #expect(fold.position == nil)
    }

    @Test("Looking saves nothing")
    func looking() throws {
        let world = Fleet.world(days: 8)
        _ = try bytes(world, asOf: Fleet.day(8), saves: false)
        #expect(try world.snapshots.gridPoints().isEmpty)
    }
}
