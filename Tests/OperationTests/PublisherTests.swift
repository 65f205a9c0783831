import Domain
import Operation
import Reporting
import Supervision
import Testing

private func document(_ path: String, _ text: String) -> Document { Document(path: path, bytes: Array(text.utf8)) }

private func publisher(_ world: World) -> Publisher { Publisher(files: world.outputs, log: world.publications) }

private func put(_ world: World, _ path: String, _ text: String) {
    world.with { $0.files[path] = Array(text.utf8) }
}

/// A cycle over a world with some days of one agent.
private func cycle(_ world: World) -> Cycle {
    Cycle(
        clock: world.clock, runner: FoldRunner(log: world.log, snapshots: world.snapshots),
        publisher: publisher(world), runs: RunLog(append: { _ in }, list: { _ in [] }))
}

struct PublisherTests {
    @Test("A file that nobody else wrote is written in its place, and left alone while it is the same")
    func ownFile() throws {
        let world = World()
        #expect(try publisher(world).replace([document("a/b.json", "1")]) == ["a/b.json"])
        #expect(try publisher(world).replace([document("a/b.json", "1")]).isEmpty)
        #expect(try publisher(world).replace([document("a/b.json", "2")]) == ["a/b.json"])
        #expect(world.with { $0.writtenPaths } == ["a/b.json", "a/b.json"])
        #expect(world.text("a/b.json") == "2")
    }

    @Test("A foreign file is not touched: ours goes to the shadow place")
    func foreignFile() throws {
        let world = World()
        put(world, "a/b.json", "foreign")
        #expect(try publisher(world).replace([document("a/b.json", "ours")]) == [".meta-supervisor/out/a/b.json"])
        #expect(world.text("a/b.json") == "foreign")
        #expect(world.text(".meta-supervisor/out/a/b.json") == "ours")
    }

    @Test("A foreign file with the very bytes that we would write is still foreign")
    func foreignTwin() throws {
        let world = World()
        put(world, "a/b.json", "same")
        _ = try publisher(world).replace([document("a/b.json", "same")])
        #expect(world.with { $0.publications["a/b.json"] } == nil)
    }

    @Test("Adopting keeps a copy, and from then on the place is ours; a second time there is nothing to adopt")
    func adoption() throws {
        let world = World()
        put(world, "a/b.json", "foreign")
        #expect(try publisher(world).adopt("a/b.json"))
        #expect(world.text(".meta-supervisor/adopted/a/b.json") == "foreign")
        #expect(try publisher(world).replace([document("a/b.json", "ours")]) == ["a/b.json"])
        #expect(world.text("a/b.json") == "ours")
        #expect(try !publisher(world).adopt("a/b.json"))
        #expect(try !publisher(world).adopt("none.json"))
        #expect(world.text(".meta-supervisor/adopted/a/b.json") == "foreign")
    }

    @Test("A file of ours that somebody changed is set aside before it is replaced")
    func changedFile() throws {
        let world = World()
        _ = try publisher(world).replace([document("a.json", "1")])
        put(world, "a.json", "edited by hand")
        #expect(try publisher(world).replace([document("a.json", "1")]) == ["a.json"])
        #expect(world.text("a.json") == "1")
        #expect(world.text(".meta-supervisor/displaced/a.json") == "edited by hand")
    }

    @Test("A file of ours that somebody removed is written again")
    func removedFile() throws {
        let world = World()
        _ = try publisher(world).replace([document("a.json", "1")])
        world.with { $0.files["a.json"] = nil }
        #expect(try publisher(world).replace([document("a.json", "1")]) == ["a.json"])
        #expect(world.text("a.json") == "1")
    }
}

struct GrowingFileTests {
    private static let outcomes = DocumentPath.reconciled
    private static let history = DocumentPath.allocationHistory

    @Test("A cycle on the same facts writes nothing a second time")
    func unchanged() throws {
        let world = Fleet.world(days: 6)
        let first = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
        #expect(first.newOutcomeCount > 0)
        world.with { $0.writtenPaths = [] }
        let second = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
        #expect(second.newOutcomeCount == 0 && second.written.isEmpty && !second.rewroteOutcomes)
        #expect(world.with { $0.writtenPaths }.isEmpty)
    }

    @Test("Day by day or at once, the outcomes are the same bytes")
    func dayByDay() throws {
        let atOnce = Fleet.world(days: 8)
        _ = try cycle(atOnce).run(.constant(.standard), asOf: Fleet.day(8))
        let daily = Fleet.world(days: 8)
        for day in 1...8 as ClosedRange<Int64> {
            let result = try cycle(daily).run(.constant(.standard), asOf: Fleet.day(day))
            #expect(!result.rewroteOutcomes, "day \(day)")
        }
        #expect(daily.text(Self.outcomes) == atOnce.text(Self.outcomes))
        for path in [DocumentPath.reportJSON, DocumentPath.allocation, DocumentPath.promotions] {
            #expect(daily.text(path) == atOnce.text(path))
        }
        #expect(daily.text(Self.history)?.split(separator: "\n").count == 8)
    }

    @Test("Our own torn tail is cut, a copy kept")
    func tornTail() throws {
        let world = Fleet.world(days: 8)
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(5))
        for path in [Self.outcomes, Self.history] { world.with { $0.files[path]? += Array("{\"torn".utf8) } }
        let result = try cycle(world).run(.constant(.standard), asOf: Fleet.day(8))
        #expect(!result.rewroteOutcomes)
        let undisturbed = Fleet.world(days: 8)
        _ = try cycle(undisturbed).run(.constant(.standard), asOf: Fleet.day(8))
        #expect(world.text(Self.outcomes) == undisturbed.text(Self.outcomes))
        #expect(world.text(Self.history)?.contains("torn") == false)
        for path in [Self.outcomes, Self.history] {
            #expect(world.text(".meta-supervisor/displaced/" + path) == "{\"torn")
        }
    }

    @Test("An older fact that came in changes history: the outcomes are written anew, whole")
    func historyChanged() throws {
        let world = Fleet.world(days: 6)
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
        let late = [IncomingFact.signal(Samples.signal("dora", "BTC", at: Fleet.day(1) + .hours(5)))]
        world.store(late)
        world.with { $0.snapshots = $0.snapshots.filter { $0.key.gridPoint < Fleet.day(1) + .hours(5) } }
        let result = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
        #expect(result.rewroteOutcomes)
        let fresh = Fleet.world(days: 6)
        fresh.store(late)
        _ = try cycle(fresh).run(.constant(.standard), asOf: Fleet.day(6))
        #expect(world.text(Self.outcomes) == fresh.text(Self.outcomes))
        #expect(world.text(Self.outcomes)?.contains("dora") == true)
    }

    @Test("Outcomes that somebody cut or removed are written anew, what was left of them set aside")
    func cutOutcomes() throws {
        for rest in [nil, "", "only this"] as [String?] {
            let world = Fleet.world(days: 6)
            _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
            let whole = world.text(Self.outcomes)
            world.with { $0.files[Self.outcomes] = rest.map { Array($0.utf8) } }
            #expect(try cycle(world).run(.constant(.standard), asOf: Fleet.day(6)).rewroteOutcomes)
            #expect(world.text(Self.outcomes) == whole)
            if rest == "only this" {
                #expect(world.text(".meta-supervisor/displaced/" + Self.outcomes) == "only this")
            }
        }
    }

    @Test("A removed or cut allocation history stops nobody: it begins anew")
    func cutAllocationHistory() throws {
        for rest in [nil, "cut"] as [String?] {
            let world = Fleet.world(days: 6)
            _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(5))
            world.with { $0.files[Self.history] = rest.map { Array($0.utf8) } }
            _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
            #expect(world.text(Self.history)?.split(separator: "\n").count == 1)
            #expect(world.text(Self.history)?.contains("\(Fleet.day(6))") == true)
        }
    }

    @Test("Going back in time shortens the outcomes to what was known then, and forward again restores them")
    func backInTime() throws {
        let world = Fleet.world(days: 8)
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(8))
        let whole = world.text(Self.outcomes)
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(4))
        let earlier = Fleet.world(days: 8)
        _ = try cycle(earlier).run(.constant(.standard), asOf: Fleet.day(4))
        #expect(world.text(Self.outcomes) == earlier.text(Self.outcomes))
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(8))
        #expect(world.text(Self.outcomes) == whole)
    }

    @Test("An adopted file of outcomes is written anew from the first, the copy kept; lines of an adopted history stay")
    func adoptedOutcomes() throws {
        let world = Fleet.world(days: 6)
        put(world, Self.outcomes, "{\"old\": 1}\n")
        put(world, Self.history, "{\"old\": 2}\n")
        #expect(try publisher(world).adopt(Self.outcomes) && publisher(world).adopt(Self.history))
        _ = try cycle(world).run(.constant(.standard), asOf: Fleet.day(6))
        let fresh = Fleet.world(days: 6)
        _ = try cycle(fresh).run(.constant(.standard), asOf: Fleet.day(6))
        #expect(world.text(Self.outcomes) == fresh.text(Self.outcomes))
        #expect(world.text(".meta-supervisor/adopted/" + Self.outcomes) == "{\"old\": 1}\n")
        #expect(world.text(Self.history) == "{\"old\": 2}\n" + (fresh.text(Self.history) ?? ""))
    }
}
