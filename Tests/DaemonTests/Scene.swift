import Domain
import Foundation
import Glibc
import JSONText
import Ledger
import LocalExchange
import Operation
import ProgramHarness
import Testing

/// A fleet's folder with an exchange, a clock that stands until it is set, and the programs a user calls beside it.
final class Scene {
    /// 2025-03-04T00:00:00Z, a Tuesday.
    static let start = Timestamp(seconds: 1_741_046_400)
    static let hookSecret = "hook-b7e1c4d29a55"

    let folder: Folder
    let exchange: ExchangeServer
    let daemon: DaemonProcess
    private(set) var now = Scene.start
    private var settings: [String: String]

    /// - Parameters:
    ///   - settings: raw JSON by key, over those of the scene: every job is off.
    ///   - environment: for the daemon and all commands.
    init(_ settings: [String: String] = [:], environment: [String: String] = [:]) throws {
        folder = try Folder()
        let exchange = ExchangeServer(seed: 11)
        try exchange.start()
        self.exchange = exchange
        let hook = "http://127.0.0.1:\(exchange.port ?? 0)/\(Scene.hookSecret)"
        daemon = try DaemonProcess(
            folder: folder,
            secrets: ["META_SUPERVISOR_SECRET_DESK_URL": hook].merging(environment) { $1 })
        let addresses = Venue.allCases.map { "\"\($0.rawValue)\": \"\(exchange.address(of: $0))\"" }
        self.settings = [
            "prices.addresses": "{\(addresses.joined(separator: ", "))}", "prices.barLength": "\"1h\"",
            "prices.historyDays": "2", "prices.timeoutSeconds": "60", "prices.attempts": "3",
            "prices.backoffSeconds": "0.002", "prices.maximalBackoffSeconds": "0.02",
            "schedule.prices": "\"off\"", "schedule.ingest": "\"off\"", "schedule.supervise": "\"off\"",
            "schedule.train": "\"off\"", "schedule.report": "\"off\"", "schedule.backup": "\"off\"",
            "server.port": "0",
        ].merging(settings) { $1 }
        try writeSettings()
        try folder.write("alpha/events.jsonl", "")
        try move(to: Scene.start)
    }

    deinit { _ = try? daemon.kill() }

    private func writeSettings() throws {
        let lines = settings.sorted { $0.key < $1.key }.map { "  \"\($0.key)\": \($0.value)" }
        try folder.write(".meta-supervisor/settings.json", "{\n\(lines.joined(separator: ",\n"))\n}\n")
    }

    /// Raw JSON; `nil` takes the key out.
    func set(_ key: String, _ value: String?) throws {
        settings[key] = value
        try writeSettings()
    }

    func move(to time: Timestamp) throws {
        now = time
        exchange.setNow(time)
        try daemon.clock.set(time)
    }

    func signal(_ agent: String, _ symbol: String, at time: Timestamp, hours: Int = 2) throws {
        try folder.append(
            "alpha/events.jsonl",
            "{\"ts\":\"\(time)\",\"agent\":\"\(agent)\",\"symbol\":\"\(symbol)\",\"direction\":\"LONG\","
                + "\"score_final\":0.4,\"horizon_hours\":\(hours)}\n")
    }

    // MARK: Programs

    func start(_ program: String, _ arguments: [String]) throws -> ChildProcess.Running {
        try ChildProcess.start(
            program, arguments + ["--root", folder.root], environment: daemon.environment, in: folder)
    }

    /// Of the daemon's program.
    func run(_ arguments: String...) throws -> Ended { try start("meta-supervisord", arguments).wait() }

    /// Of the other one.
    func supervisor(_ arguments: String...) throws -> Ended { try start("meta-supervisor", arguments).wait() }

    /// The daemon, up and with nothing left to do.
    func serve() throws {
        try daemon.start()
        try daemon.settle(at: now, deliveries: false)
    }

    /// The daemon where it is expected not to come up.
    func failToServe() throws -> Ended { try run("serve") }

    func withLedger<Value>(_ body: (LedgerFile) throws -> Value) throws -> Value {
        let ledger = try LedgerFile.open(at: folder.root + "/.meta-supervisor/ledger.sqlite", mode: .readOnly)
        defer { try? ledger.close() }
        return try body(ledger)
    }

    func runs(of job: JobName) throws -> [JobRun] { try withLedger { try $0.jobLog.recent(job, 1_000) } }

    /// The bodies that the webhook has taken.
    var messages: [JSONValue] {
        exchange.webhooks.filter { $0.mishap == nil }.compactMap { try? JSONValue.parse($0.body) }
    }
}

/// Polls until it holds; the words name what never came.
func eventually(_ what: String, within seconds: Double = 300, _ holds: () throws -> Bool) throws {
    let began = Date()
    while Date().timeIntervalSince(began) < seconds {
        if try holds() { return }
        usleep(5_000)
    }
    throw ChildProcess.Failure(text: "never within \(seconds) s: \(what)")
}

extension Ended {
    /// One failure in words: the code, every phrase on standard error, nothing on standard output.
    func expect(
        _ code: Int32, _ phrases: String..., location: SourceLocation = #_sourceLocation
    ) {
        #expect(self.code == code, "\(errorText)\(text)", sourceLocation: location)
        for phrase in phrases {
            #expect(errorText.contains(phrase), "\(phrase): \(errorText)", sourceLocation: location)
        }
        if code != 0 { #expect(output.isEmpty, "half an answer: \(text)", sourceLocation: location) }
    }
}
