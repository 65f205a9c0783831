import Domain
import Files
import Operation
import Synchronization
import Testing

/// What a pass over a file gave, with names in the place of numbers.
struct ReconciledPassResult: Equatable {
    struct Row: Equatable {
        var line: Int
        var agent: AgentID
        var symbol: Symbol
        var strategyClass: String?
        var generatedAt: Timestamp
        var closesAt: Timestamp
        var realized: Double
        var expected: Double
        var sigma: Double
    }

    var rows: [Row] = []
    var refusals: [String] = []
    var lineCount = 0
    var blankCount = 0

    /// What the file says by way of `ReconciledFile`, each row looked up again by its place.
    init(_ file: ReconciledFile, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var batches: [ReconciledBatch] = []
        try file.read { batches.append($0) }
        let lookup = file.lookup()
        for batch in batches {
            for row in batch.rows {
                let agent = batch.names.agents[Int(row.agent)]
                let symbol = batch.names.symbols[Int(row.symbol)]
                rows.append(
                    Row(
                        line: lineCount + Int(row.lineIndex) + 1, agent: agent, symbol: symbol,
                        strategyClass: row.strategyClass < 0
                            ? nil : batch.names.strategyClasses[Int(row.strategyClass)],
                        generatedAt: row.generatedAt, closesAt: row.closesAt, realized: row.realizedReturnBps,
                        expected: row.expectedReturnBps, sigma: row.expectedSigmaBps))
                let again = try lookup.outcome(at: row.byteOffset)
                #expect(again.agent == agent && again.symbol == symbol, sourceLocation: sourceLocation)
                #expect(again.closesAt == row.closesAt, sourceLocation: sourceLocation)
                #expect(again.realizedReturnBps == row.realizedReturnBps, sourceLocation: sourceLocation)
            }
            refusals += batch.refusals.map { "\(lineCount + $0.lineIndex + 1): \($0.reason)" }
            lineCount += batch.lineCount
            blankCount += batch.blankCount
        }
    }

    /// What `ingest` takes from the same file.
    init(_ reading: Reading) {
        for line in reading.lines {
            lineCount += 1
            switch line.content {
            case .blank: blankCount += 1
            case .rejected(let reason, _): refusals.append("\(line.number): \(reason)")
            case .fact(.outcome(let outcome)):
                rows.append(
                    Row(
                        line: Int(line.number), agent: outcome.agent, symbol: outcome.symbol,
                        strategyClass: outcome.strategyClass, generatedAt: outcome.generatedAt,
                        closesAt: outcome.closesAt, realized: outcome.realizedReturnBps,
                        expected: outcome.expectedReturnBps, sigma: outcome.expectedSigmaBps ?? 0))
            case .header, .ignored, .fact: Issue.record("an outcome is expected on line \(line.number)")
            }
        }
    }
}

struct ReconciledFileTests {
    private let scratch = Scratch()

    /// Holds a file against `ingest`, whoever reads it and wherever it is cut.
    private func expectSame(
        _ text: String, lineLengthMax: Int = 1 << 20, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        scratch.write("rows.jsonl", text)
        var limits = FileLimits()
        limits.lineLengthMax = lineLengthMax
        let expected = ReconciledPassResult(
            try scratch.read(scratch.source("rows.jsonl", .reconciled), limits: limits))
        for (workerCount, blockLength) in [(1, 1 << 19), (2, 97), (3, 1_000), (2, 16)] {
            let file = try ReconciledFile(
                path: scratch.path("rows.jsonl"), workerCount: workerCount, blockLength: blockLength,
                lineLengthMax: lineLengthMax)
            let found = try ReconciledPassResult(file, sourceLocation: sourceLocation)
            let difference = zip(found.rows, expected.rows).first { $0 != $1 }
            #expect(difference == nil, comment, sourceLocation: sourceLocation)
            #expect(found.refusals == expected.refusals, comment, sourceLocation: sourceLocation)
            #expect(
                found == expected, "\(comment.rawValue): \(workerCount) workers, blocks of \(blockLength)",
                sourceLocation: sourceLocation)
        }
    }

    private static let usual = """
        {"ts": "2025-10-24T02:00:00Z", "agent": "agent-1", "symbol": "BTCUSDT", "direction": "LONG", \
        "horizon_hours": 24, "realized_pnl_bps": 92.4096, "expected_pnl_bps": 0.1827, "expected_sigma_bps": 146.78, \
        "pnl_error_bps": 92.2269, "abs_error_bps": 92.2269, "strategy_class": "carry"}
        """
    private static let ours = """
        {"ts":"2025-10-24T02:00:00.250Z","agent":"a","run_id":"r1","symbol":"ETH","direction":"SHORT",\
        "entry_price":100,"exit_price":101.5,"horizon_hours":1.5,"realized_pnl_bps":-150,"expected_pnl_bps":40.5,\
        "expected_sigma_bps":null,"pnl_error_bps":-190.5,"abs_error_bps":190.5,"sim_version":"h24@3",\
        "strategy_class":null,"regime":"calm","confidence":0.5,"score_final":-1}
        """

    @Test func rowsOfEveryKindAreReadAsIngestReadsThem() throws {
        var lines: [String] = []
        for index in 0..<60 {
            lines.append(Self.usual.replacing("agent-1", with: "agent-\(index % 7)"))
            if index % 3 == 0 { lines.append(Self.ours.replacing("r1", with: "run-\(index)")) }
        }
        try expectSame(lines.joined(separator: "\n") + "\n", "two programs' rows")
        try expectSame(lines.joined(separator: "\r\n"), "carriage returns, no last line end")
        try expectSame("\u{FEFF}" + lines.joined(separator: "\n\n  \n"), "a mark in front, blank lines")
        try expectSame("", "nothing")
        try expectSame("\n", "one empty line")
    }

    /// One value of a usual row replaced by another text, each in the middle of usual rows: taken fast or by the judge,
    /// the answer is one.
    @Test func aRowWithAnyUnusualValueIsJudgedAsIngestJudgesIt() throws {
        let unusual: [(old: String, new: [String])] = [
            ("\"2025-10-24T02:00:00Z\"", [
                "\"2025-10-24T02:00:00+02:00\"", "\"2025-10-24 02:00:00Z\"", "\"2025-13-24T02:00:00Z\"", "1761271200",
                "1761271200000", "\"1999-12-31T00:00:00Z\"", "null", "true", "\"\"", "\"2025-10-24T02:00:00.5Z\"",
            ]),
            ("\"agent-1\"", [
                "\"\"", "\" agent-1 \"", "\"agent\\u002d1\"", "\"\u{7F}\"", "7", "null",
                "\"" + String(repeating: "x", count: 201) + "\"",
                "\"é\"", "\"a\\tb\"",
            ]),
            ("\"BTCUSDT\"", ["\"BTC\"", "\"btc/usdt\"", "\"\"", "\"B TC\"", "null", "1", "\"BTC-PERP\""]),
            ("\"LONG\"", ["\"long\"", "\"FLAT\"", "\" SHORT\"", "\"LONGER\"", "1", "null", "{}"]),
            ("24,", ["24.0,", "2.4e1,", "0,", "-1,", "1e9,", "null,", "\"24\",", "1,", "42,", "25,", "24e0,", "240,"]),
            ("92.4096,", ["1e400,", "null,", "\"92.4\",", "92,", "-0,", "9.24096e1,", "[],"]),
            ("146.78", ["0", "-1", "null", "1e-320", "\"1\"", "146.7800000000000000000001"]),
            ("\"pnl_error_bps\": 92.2269", [
                "\"pnl_error_bps\": 92.8", "\"pnl_error_bps\": 93", "\"pnl_error_bps\": null",
                "\"pnl_error_bps\": -92.2269", "\"pnl_error\": 92.2269", "\"pnl_error_bps\": 1e400",
            ]),
            ("\"abs_error_bps\": 92.2269", [
                "\"abs_error_bps\": -92.2269", "\"abs_error_bps\": 92", "\"abs_error\": 1",
                "\"abs_error_bps\": 92.2268", "\"abs_error_bps\": 93.2269", "\"abs_error_bps\": 92.22690",
                "\"abs_error_bps\": 92.226900000000001", "\"abs_error_bps\": \"92.2269\"",
                "\"abs_error_bps\": 1e400", "\"abs_error_bps\": null", "\"abs_error_bps\": 9.22269e1",
            ]),
            ("\"pnl_error_bps\": 92.2269, \"abs_error_bps\": 92.2269", [
                "\"pnl_error_bps\": -92.2269, \"abs_error_bps\": 92.2269",
                "\"pnl_error_bps\": 92, \"abs_error_bps\": 92", "\"pnl_error_bps\": 9, \"abs_error_bps\": 9",
                "\"abs_error_bps\": 92.1", "\"abs_error_bps\": 91",
                "\"pnl_error_bps\": 1e400, \"abs_error_bps\": 1e400",
            ]),
            ("\"carry\"", [
                "\"\"", "\"  \"", "5", "\"" + String(repeating: "y", count: 1_001) + "\"", "\"c\u{7F}\"", "null",
            ]),
            ("}", [
                ", \"agent\": \"b\"}", ", \"confidence\": 1.5}", ", \"entry_price\": 0}", ", \"run_id\": 12}",
                ", \"x\": {\"agent\": 1}}", "", "} x",
            ]),
            (Self.usual, ["{}", "[]", "x", "null", "{\"other\": 1}", "{\"other\": 2}"]),
        ]
        var lines: [String] = []
        for (old, replacements) in unusual {
            for new in replacements { lines += [Self.usual, Self.usual.replacing(old, with: new), Self.usual] }
        }
        try expectSame(lines.joined(separator: "\n") + "\n", "unusual values")
    }

    @Test(arguments: [1, 2, 3, 4]) func garbageIsJudgedAsIngestJudgesIt(seed: UInt64) throws {
        var garbage = Garbage(state: seed)
        var bytes: [UInt8] = []
        for _ in 0..<300 {
            var line = Array((garbage.below(2) == 0 ? Self.usual : Self.ours).utf8)
            for _ in 0..<[0, 0, 1, 2][garbage.below(4)] {
                switch garbage.below(3) {
                case 0: line[garbage.below(line.count)] = UInt8(garbage.below(256))
                case 1: line.remove(at: garbage.below(line.count))
                default: line.insert(UInt8(garbage.below(128)), at: garbage.below(line.count))
                }
            }
            bytes += line + [0x0A]
        }
        scratch.write("rows.jsonl", bytes)
        let expected = ReconciledPassResult(try scratch.read(scratch.source("rows.jsonl", .reconciled)))
        for (workerCount, blockLength) in [(1, 1 << 19), (2, 300)] {
            let file = try ReconciledFile(
                path: scratch.path("rows.jsonl"), workerCount: workerCount, blockLength: blockLength)
            let found = try ReconciledPassResult(file)
            #expect(found == expected, "seed \(seed), \(workerCount) workers, blocks of \(blockLength)")
        }
    }

    @Test func aLineOverTheLimitIsRefusedWithItsLength() throws {
        let long = "{\"x\": \"" + String(repeating: "y", count: 700) + "\"}"
        let text = [Self.usual, long, Self.usual, long].joined(separator: "\n")
        try expectSame(text, lineLengthMax: 400, "two long lines, one of them the last")
        try expectSame(text + "\n", lineLengthMax: 400, "two long lines")
        try expectSame(text + "\n", lineLengthMax: 250, "nothing but long lines")
    }

    @Test func namesAreManyAndComeTogetherFromAllWorkers() throws {
        let lines = (0..<3_000).map { number in
            Self.usual.replacing("agent-1", with: "a-long-name-of-an-agent-\(number * 7_919 % 997)")
        }
        scratch.write("rows.jsonl", lines.joined(separator: "\n"))
        let names = Mutex(ReconciledNames())
        try ReconciledFile(path: scratch.path("rows.jsonl"), workerCount: 3, blockLength: 4_096).read { batch in
            names.withLock { $0 = batch.names }
            #expect(batch.rows.allSatisfy { $0.agent < batch.names.agents.count })
        }
        let found = names.withLock(\.agents)
        #expect(found.count == 997 && Set(found).count == 997)
    }

    @Test func whatIsNoPlainFileIsAnErrorThatNamesIt() throws {
        #expect(throws: FileFailure.self) { try ReconciledFile(path: scratch.path("none.jsonl")) }
        #expect(throws: FileFailure.self) { try ReconciledFile(path: scratch.root) }
        scratch.write("rows.jsonl.gz", gzip(Self.usual))
        let failure = #expect(throws: FileFailure.self) { try ReconciledFile(path: scratch.path("rows.jsonl.gz")) }
        #expect(failure?.message.contains("gunzip") == true)
    }

    @Test func anErrorOfTheReceiverEndsTheReading() throws {
        struct Enough: Error {}
        scratch.write("rows.jsonl", Array(repeating: Self.usual, count: 2_000).joined(separator: "\n"))
        let file = try ReconciledFile(path: scratch.path("rows.jsonl"), workerCount: 3, blockLength: 1_000)
        var count = 0
        #expect(throws: Enough.self) {
            try file.read { _ in
                count += 1
                if count == 3 { throw Enough() }
            }
        }
        #expect(count == 3)
    }
}
