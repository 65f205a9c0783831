import Domain
import Operation
import Reporting
import Supervision
import Testing

/// Replays over a ledger in memory.
struct ReplayTests {
    private static let end = Fleet.day(40)
    private static let policies: [Policy] = [.standard, .seed, .equalWeight, .inverseVolatility, .allCash]

    private func replay(_ world: World, _ policies: [Policy]) throws -> [ReplayFold] {
        try ReplayRunner(log: world.log).run(
            policies.map { ReplayRunner.Seat(policy: $0) }, from: Fleet.day(0), through: Self.end)
    }

    private func document(_ folds: [ReplayFold]) throws -> ReplayDocument {
        try #require(
            ReplayComparison(switchLimit: 3, references: ["standard@1", "equal-weight@1"]).document(
                folds, from: Fleet.day(0), through: Self.end))
    }

    @Test("Several policies in one pass are each of them alone, whatever the batches", arguments: [1, 7, 1_000])
    func together(batchSize: Int) throws {
        let world = Fleet.world(days: 40)
        world.with { $0.batchSize = batchSize }
        let together = try replay(world, Self.policies)
        for (policy, fold) in zip(Self.policies, together) {
            let alone = try #require(try replay(world, [policy]).first)
            #expect(fold.record.days == alone.record.days && fold.record.bookReturns == alone.record.bookReturns)
            #expect(fold.record.stageChanges == alone.record.stageChanges, "\(policy.name)")
            #expect(JSONReport.bytes(fold.report(asOf: Self.end)) == JSONReport.bytes(alone.report(asOf: Self.end)))
            #expect(!fold.record.days.isEmpty, "\(policy.name)")
        }
    }

    @Test("Folds that are advanced in another order, or all at once, give the same")
    func order() throws {
        let world = Fleet.world(days: 40)
        let seats = Self.policies.map { ReplayRunner.Seat(policy: $0) }
        let backward = ReplayRunner(log: world.log) { folds, body in
            for index in folds.indices.reversed() { body(&folds[index]) }
        }
        let folds = try backward.run(seats, from: Fleet.day(0), through: Self.end)
        #expect(try ReplayJSON.bytes(document(folds)) == ReplayJSON.bytes(document(try replay(world, Self.policies))))
    }

    @Test("The last report of a replay is the one of a cycle at that moment")
    func lastDay() throws {
        let world = Fleet.world(days: 40)
        let cycle = Cycle(
            clock: world.clock, runner: FoldRunner(log: world.log, snapshots: world.snapshots),
            publisher: Publisher(files: world.outputs, log: world.publications),
            runs: RunLog(append: { _ in }, list: { _ in [] }))
        for (policy, fold) in zip(Self.policies, try replay(world, Self.policies)) {
            let report = try cycle.look(.constant(policy), asOf: Self.end).report
            #expect(JSONReport.bytes(report) == JSONReport.bytes(fold.report(asOf: Self.end)), "\(policy.name)")
        }
    }

    @Test("The document holds every policy, compared with the two references but not with itself")
    func comparison() throws {
        let document = try document(try replay(Fleet.world(days: 40), Self.policies))
        #expect(document.policies.map(\.name) == Self.policies.map(\.name))
        for policy in document.policies {
            let others = ["standard@1", "equal-weight@1"].filter { $0 != policy.name }
            #expect(policy.differences.map(\.other) == others)
            #expect(policy.regrets.map(\.oracle) == ReplayPolicy.Regret.Oracle.allCases)
            #expect(policy.days.count == document.policies[0].days.count)
        }
        let cash = try #require(document.policies.last)
        #expect(cash.netReturn == 0 && cash.averageCash == 1)
        // Regret in logarithms: two policies differ by the same against every oracle of the same costs.
        let first = document.policies[0]
        let gaps = zip(first.regrets, cash.regrets).map { $0.totalBps - $1.totalBps }
        #expect(gaps.allSatisfy { abs($0 - gaps[0]) < 1e-6 }, "\(gaps)")
        #expect(document.unattestedCount == document.signalCount && document.signalCount == 120)
        let text = ReplayText.text(document)
        #expect(text.contains("gates.requiresAttestation=false"))
    }

    @Test("A stretch without a settled day is no document")
    func nothing() throws {
        let folds = try ReplayRunner(log: Fleet.world(days: 10).log).run(
            [ReplayRunner.Seat(policy: .standard)], from: Fleet.day(-20), through: Fleet.day(-2))
        let comparison = ReplayComparison(switchLimit: 3, references: [])
        #expect(comparison.document(folds, from: Fleet.day(-20), through: Fleet.day(-2)) == nil)
    }

    @Test("Future cut: the same bytes at every moment, and every fact is either kept or deleted")
    func futureCut() throws {
        let world = Fleet.world(days: 30)
        let found = try ReplayFutureCut(runner: ReplayRunner(log: world.log)).run(
            [.standard, .seed], from: Fleet.day(0), through: Fleet.day(30), checkpointCount: 4)
        #expect(found.count == 8)
        for point in found {
            #expect(point.difference == nil, "\(point)")
            #expect(point.keptCount + point.deletedCount == 30 * 27 && point.byteCount > 1_000)
        }
        #expect(found[3].at == Fleet.day(30) && found[3].deletedCount == 0 && found[0].deletedCount > 500)
    }

    @Test("Future cut finds a report that depends on what came later, and says where")
    func futureCutFinds() throws {
        let world = Fleet.world(days: 10)
        var isInformed = false
        let found = try ReplayFutureCut(runner: ReplayRunner(log: world.log)).run(
            [.standard], from: Fleet.day(0), through: Fleet.day(10), checkpointCount: 2,
            report: { _, _ in
                isInformed.toggle()
                return Array("the same\nweight \(isInformed ? 1 : 2)\n".utf8)
            })
        let difference = try #require(found.first?.difference)
        #expect(difference.lineNumber == 2)
        #expect(difference.withFuture == "weight 1" && difference.withoutFuture == "weight 2")
    }

    @Test("Moments lie evenly after the start, the last at the end", arguments: [1, 2, 3, 7])
    func moments(count: Int) {
        let moments = ReplayFutureCut.moments(from: Fleet.day(0), through: Fleet.day(10), count: count)
        #expect(moments.count == count && moments.last == Fleet.day(10))
        #expect(moments == moments.sorted() && moments[0] > Fleet.day(0))
    }

    @Test("Placebos give a row a policy and a ratio a drawing, the same whatever is folded at once")
    func placebos() throws {
        let world = Fleet.world(days: 40)
        let runner = ReplayRunner(log: world.log)
        var experiment = ReplayExperiment(runner: runner, start: Fleet.day(0), end: Self.end)
        let real = try replay(world, [.equalWeight, .inverseVolatility]).map(\.record)
        let shift = try experiment.shift(real)
        #expect(shift.kind == .shift && shift.rows.map(\.policy) == real.map(\.policy.name))
        #expect(shift.rows.allSatisfy { $0.sharpeRatios.count == 1 && $0.difference?.dailyBps.value != nil })
        let shuffle = try experiment.shuffle(real, draws: 5, seed: 2)
        #expect(shuffle.rows.allSatisfy { $0.sharpeRatios.count == 5 && $0.netReturns.count == 5 })
        #expect(Set(shuffle.rows[0].netReturns).count > 1, "all drawings gave the same")
        experiment.foldsAtOnceMax = 2
        #expect(try experiment.shuffle(real, draws: 5, seed: 2) == shuffle)
        #expect(try experiment.shuffle(real, draws: 5, seed: 3) != shuffle)
    }
}

struct ReplayVerificationTests {
    private func record(_ id: String, _ report: Report, facts: String? = nil, method: Int = Report.methodVersion)
        -> RunRecord
    {
        RunRecord(
            runID: id, command: "run", asOf: report.asOf, startedAt: report.asOf, durationMilliseconds: 1, host: "here",
            programVersion: "1", methodVersion: method, policyFingerprint: report.policyFingerprint,
            factsDigest: facts ?? report.facts.description,
            reportDigest: WordDigest.of(JSONReport.bytes(report)[...]).description, counts: IngestCounts(),
            outcome: "done")
    }

    private func verdict(
        _ world: World, _ record: RunRecord, _ mode: Fold.PolicyMode = .constant(.standard)
    ) throws -> ReplayVerification.Verdict {
        try ReplayVerification.verify(record, under: mode, log: world.log, snapshots: world.snapshots).verdict
    }

    @Test("A run agrees with its ledger, and each way not to is told apart")
    func verdicts() throws {
        let world = Fleet.world(days: 8)
        let asOf = Fleet.day(6) + .hours(5)
        var fold = Fold(mode: .constant(.standard))
        try FoldRunner(log: world.log, snapshots: world.snapshots).run(&fold, asOf: asOf, savesSnapshots: false)
        let report = fold.report(asOf: asOf)
        let honest = record("2025-01-07-abcd1234", report)
        #expect(try verdict(world, honest) == .agrees)
        #expect(try verdict(world, honest, .constant(.seed)) == .policyDiffers)
        #expect(try verdict(world, record("a", report, method: Report.methodVersion + 1)) == .notComparable)
        #expect(try verdict(world, record("a", report, facts: "0")) == .factsDiffer)
        var forged = honest
        forged.reportDigest = "0"
        #expect(try verdict(world, forged) == .reportDiffers)
        // History that is loaded later and counts as known earlier.
        world.store([.signal(Samples.signal("dora", "BTC", .long, at: Fleet.day(2)))])
        #expect(try verdict(world, honest) == .factsDiffer)
    }

    @Test("A run is found by its whole name, the beginning of it, the digits behind its day, or as the last")
    func search() throws {
        let report = Fold(mode: .constant(.standard)).report(asOf: Fleet.day(1))
        let runs = ["2025-01-07-abcd1234", "2025-01-07-ef001122", "2025-01-06-abff0000"].map { record($0, report) }
        func found(_ name: String) -> ReplayVerification.Search { ReplayVerification.find(name, among: runs) }
        #expect(found("last") == .found(runs[0]))
        #expect(found("2025-01-07-ef001122") == .found(runs[1]) && found("2025-01-07-e") == .found(runs[1]))
        #expect(found("abf") == .found(runs[2]) && found("2025-01-06") == .found(runs[2]))
        #expect(found("2025-01-07") == .ambiguous(runs.prefix(2).map(\.runID)))
        #expect(found("zz") == .none && ReplayVerification.find("last", among: []) == .none)
    }
}
