import Domain
import Foundation
import Glibc
import JSONText
import Ledger
import LocalExchange
import Operation
import ProgramHarness
import Testing

/// A day of a fleet with a daemon beside it, twice: once in peace, once with everything that can go wrong.
@Suite(.serialized)
struct DayInLifeTests {
    /// 2025-03-04T00:00:00Z, a Tuesday.
    static let start = Timestamp(seconds: 1_741_046_400)
    static let step = Span.minutes(10)
    static let stepCount: Int64 = 150

    @Test("Failing exchanges, twenty kills and a jumping clock leave every byte of the report as a day in peace does")
    func days() throws {
        let peaceful = try Day(isDisturbed: false)
        try peaceful.live()
        let disturbed = try Day(isDisturbed: true)
        try disturbed.live()

        #expect(disturbed.killCount >= 20, "the daemon was killed \(disturbed.killCount) times")
        #expect(disturbed.mishapCount > 50, "\(disturbed.mishapCount) requests met a mishap")
        #expect(try disturbed.interruptedCount() >= 5, "a kill should meet a job now and then")
        let (left, right) = (try peaceful.report(), try disturbed.report())
        #expect(left == right, "\(Day.firstDifference(left, right))")
        #expect(peaceful.outputs() == disturbed.outputs())

        // No job twice for one due time, none lost.
        for day in [peaceful, disturbed] { try day.checkJobs() }

        // No alert lost: every episode on record was delivered, and both days tell the same story.
        #expect(!peaceful.deliveredIdentities().isEmpty)
        #expect(peaceful.deliveredIdentities() == disturbed.deliveredIdentities())
        for day in [peaceful, disturbed] { try day.checkAlerts() }
    }
}

/// One day of three agents on two coins.
final class Day {
    let folder: Folder
    let daemon: DaemonProcess
    let exchange: ExchangeServer
    let isDisturbed: Bool
    private(set) var killCount = 0
    private var random: SeededRandom

    static let agents = ["aurora", "borealis", "cassini"]
    static let end = DayInLifeTests.start + DayInLifeTests.step * DayInLifeTests.stepCount

    init(isDisturbed: Bool) throws {
        self.isDisturbed = isDisturbed
        folder = try Folder()
        exchange = ExchangeServer(seed: 11)
        try exchange.start()
        random = SeededRandom(state: 5)
        daemon = try DaemonProcess(
            folder: folder,
            secrets: ["META_SUPERVISOR_SECRET_DESK_URL": "http://127.0.0.1:\(exchange.port ?? 0)/hook"])
        try folder.write(".meta-supervisor/settings.json", settings())
        // Months of history would only cost time here.
        try folder.write("alpha/events.jsonl", "")
    }

    private func settings() -> String {
        let addresses = Venue.allCases.map { "\"\($0.rawValue)\": \"\(exchange.address(of: $0))\"" }
        return """
            {
              "prices.addresses": {\(addresses.joined(separator: ", "))},
              "prices.venues": ["binance", "coinbase", "kraken", "okx", "bybit", "bitstamp"],
              "prices.barLength": "15m", "prices.historyDays": 3, "prices.timeoutSeconds": 2, "prices.attempts": 6,
              "prices.backoffSeconds": 0.002, "prices.maximalBackoffSeconds": 0.05,
              "prices.breakerFailures": 1000, "prices.breakerCooldownSeconds": 0.01,
              "schedule.supervise": "every 30m", "schedule.backup": "every 6h", "schedule.train": "every 12h",
              "schedule.report": "every 12h", "backup.keep": 2,
              "alerts.channels": {"desk": "webhook"}, "alerts.clearMinutes": 30, "alerts.throttleMinutes": 0,
              "alerts.noPricesHours": 2, "server.port": 0
            }
            """
    }

    // MARK: What happens

    func live() throws {
        try move(to: DayInLifeTests.start)
        try daemon.start()
        try daemon.settle(at: DayInLifeTests.start, deliveries: false)
        var number: Int64 = 1
        while number <= DayInLifeTests.stepCount {
            let now = DayInLifeTests.start + DayInLifeTests.step * number
            try write(at: now, number)
            // The machine sleeps over half past: nothing new is there then, and what is due is made up.
            if isDisturbed, number % 30 == 9 {
                number += 1
                continue
            }
            if isDisturbed { try disturb(number) }
            try move(to: now)
            if isDisturbed, number % 7 == 3 { try killInTheMiddle() }
            try daemon.settle(at: now, deliveries: false)
            if isDisturbed, number % 40 == 20 { try jumpBack(from: now) }
            number += 1
        }
        exchange.calm()
        try endure()
        let ended = try daemon.terminate()
        #expect(ended.code == 0, "\(ended.errorText.suffix(2_000))")
    }

    /// After the day, until every message has been taken.
    private func endure() throws {
        for number in 1...12 {
            let now = Day.end + .minutes(Int64(number) * 10)
            try move(to: now)
            try daemon.settle(at: now, deliveries: number == 12)
        }
    }

    private func move(to time: Timestamp) throws {
        exchange.setNow(time)
        try daemon.clock.set(time)
    }

    /// Each agent every hour, now and then wrong; a person in the middle of the day.
    private func write(at now: Timestamp, _ number: Int64) throws {
        guard number % 6 == 1 else { return }
        for (index, agent) in Day.agents.enumerated() {
            let symbol = (number / 6 + Int64(index)) % 2 == 0 ? "BTC" : "ETHUSDT"
            let direction = (number / 6 + Int64(index)) % 3 == 0 ? "SHORT" : "LONG"
            try folder.append(
                "alpha/events.jsonl",
                "{\"ts\":\"\(now)\",\"agent\":\"\(agent)\",\"symbol\":\"\(symbol)\",\"direction\":\"\(direction)\","
                    + "\"score_final\":0.4,\"horizon_hours\":\(2 + index)}\n")
        }
        if number % 24 == 1 { try folder.append("alpha/events.jsonl", "{\"broken\n") }
        if number == 61 {
            // Beside the daemon: commands that add facts need no lock.
            try move(to: now)
            let killed = try ChildProcess.start(
                "meta-supervisor", ["agents", "kill", "cassini", "--reason", "leaks its key", "--root", folder.root],
                environment: daemon.environment, in: folder
            ).wait()
            #expect(killed.code == 0, "\(killed.errorText)")
        }
    }

    // MARK: What goes wrong

    private func disturb(_ number: Int64) throws {
        exchange.calm()
        exchange.disturb(
            probability: 0.3, Mishap.transient, on: "/\(Venue.allCases[Int(number) % 2].rawValue)/",
            seed: UInt64(number))
        exchange.disturb(probability: 0.5, [.status(500), .reset, .closeInBody], on: "/hook", seed: UInt64(number))
        if number % 11 == 0 { exchange.script(.silence, on: "/binance/", count: 1) }
        if number % 13 == 0 {
            exchange.script(.hugeBody(bytes: 40 << 20, isAnnounced: number % 2 == 0), on: "/binance/")
        }
        if number % 17 == 0 { exchange.script(.errorObject, on: "/coinbase/", count: 2) }
        // For an hour the preferred venue is down altogether: the next ones have the same bars.
        if (70..<76).contains(number) { exchange.script(.status(503), on: "/binance/", count: 10_000) }
    }

    /// Anywhere between the first due job and the last written byte.
    private func killInTheMiddle() throws {
        usleep(UInt32(random.below(150_000)))
        #expect(try daemon.kill().wasKilled)
        killCount += 1
        try daemon.start()
    }

    /// Somebody sets the clock back by forty minutes, and mends it.
    private func jumpBack(from now: Timestamp) throws {
        try move(to: now - .minutes(40))
        usleep(150_000)
        try daemon.settle(at: now - .minutes(40), deliveries: false)
        try move(to: now)
        try daemon.settle(at: now, deliveries: false)
    }

    // MARK: What is left

    func report() throws -> [UInt8] {
        try daemon.clock.set(Day.end + .minutes(120))
        let ended = try ChildProcess.start(
            "meta-supervisor", ["report", "--json", "--root", folder.root, "--as-of", "\(Day.end)"],
            environment: daemon.environment, in: folder
        ).wait()
        #expect(ended.code == 0, "\(ended.errorText)")
        let fleet = try JSONValue.parse(ended.output)["fleet"]
        let outcomes = (fleet?["outcomes"] ?? fleet?["outcome_count"])?.double ?? 0
        #expect(outcomes > 20, "a day without outcomes proves little")
        return ended.output
    }

    /// What the fleet's own programs read, by path.
    func outputs() -> [String: [UInt8]] {
        folder.outputs().filter { $0.key.hasPrefix("alpha/") || $0.key.hasPrefix("meta_supervisor/") }
    }

    private func ledger() throws -> LedgerFile {
        try LedgerFile.open(at: folder.root + "/.meta-supervisor/ledger.sqlite", mode: .readOnly)
    }

    func checkJobs() throws {
        let ledger = try ledger()
        defer { try? ledger.close() }
        for job in JobName.allCases {
            let runs = try ledger.jobLog.recent(job, 100_000).filter { !$0.isRequested }
            let done = runs.filter { $0.outcome == .succeeded }.sorted { $0.dueAt < $1.dueAt }
            #expect(!done.isEmpty, "\(job) never ran")
            #expect(Set(done.map(\.dueAt)).count == done.count, "\(job) ran twice for one due time")
            for (earlier, later) in zip(done, done.dropFirst()) {
                #expect(later.coversFrom > earlier.dueAt, "\(job): \(later.dueAt) stands for \(earlier.dueAt) again")
            }
            #expect(!runs.contains { $0.outcome == .running || $0.outcome == .missed }, "\(job)")
        }
        // The ingest of every minute is made up by one run a step: none is lost.
        let ingests = try ledger.jobLog.recent(.ingest, 100_000).filter { $0.outcome == .succeeded }
        let covered = ingests.reduce(into: Set<Timestamp>()) { covered, run in
            var due = run.coversFrom
            while due <= run.dueAt {
                covered.insert(due)
                due = due + .minutes(1)
            }
        }
        var due = DayInLifeTests.start + .minutes(1)
        while due <= Day.end {
            #expect(covered.contains(due), "the ingest of \(due) was lost")
            due = due + .minutes(1)
        }
    }

    func interruptedCount() throws -> Int {
        let ledger = try ledger()
        defer { try? ledger.close() }
        return try JobName.allCases.reduce(0) { count, job in
            try count + ledger.jobLog.recent(job, 100_000).count { $0.outcome == .interrupted }
        }
    }

    func deliveredIdentities() -> Set<String> {
        Set(exchange.webhooks.filter { $0.mishap == nil }.compactMap { request in
            (try? JSONValue.parse(request.body))?["identity"]?.string
        })
    }

    func checkAlerts() throws {
        let ledger = try ledger()
        defer { try? ledger.close() }
        let messages = try ledger.alertLog.messages(10_000)
        #expect(messages.allSatisfy { $0.deliveredAt != nil })
        #expect(Set(messages.map(\.identity)).isSubset(of: deliveredIdentities()))
        #expect(messages.contains { $0.kind == .kill && $0.subject == "cassini" && !$0.isResolved })
    }

    var mishapCount: Int { exchange.requests.count { $0.mishap != nil } }

    static func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> String {
        let (one, two) = (
            String(decoding: left, as: UTF8.self).split(separator: "\n"),
            String(decoding: right, as: UTF8.self).split(separator: "\n")
        )
        for (first, second) in zip(one, two) where first != second { return "\(first)\n\(second)" }
        return "\(one.count) and \(two.count) lines"
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededRandom {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return (word ^ (word >> 31)) % bound
    }
}
