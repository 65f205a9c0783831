import Domain
import Foundation
import LocalExchange
import ProgramHarness
import Testing

/// A day, minute by minute, in a real process with real files and sockets: does it grow? Run by hand, with SOAK=1 and
/// SOAK_HOURS for longer (72 to compare days); the figures are for people.
struct SoakTests {
    private static let isAskedFor = ProcessInfo.processInfo.environment["SOAK"] == "1"
    private static let hours = Int64(ProcessInfo.processInfo.environment["SOAK_HOURS"] ?? "24") ?? 24
    private static let agentCount = 40
    private static let coins = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE"]

    @Test("Memory does not grow over a day of forty agents on six coins", .enabled(if: isAskedFor))
    func memory() throws {
        let exchange = ExchangeServer(seed: 3)
        try exchange.start()
        let folder = try Folder()
        let daemon = try DaemonProcess(
            folder: folder,
            secrets: ["META_SUPERVISOR_SECRET_DESK_URL": "http://127.0.0.1:\(exchange.port ?? 0)/hook"])
        let addresses = Venue.allCases.map { "\"\($0.rawValue)\": \"\(exchange.address(of: $0))\"" }
        try folder.write(
            ".meta-supervisor/settings.json",
            """
            {
              "prices.addresses": {\(addresses.joined(separator: ", "))}, "prices.barLength": "5m",
              "prices.historyDays": 5, "prices.backoffSeconds": 0.01, "alerts.channels": {"desk": "webhook"},
              "backup.keep": 2, "server.port": 0
            }
            """)
        try folder.write("alpha/events.jsonl", "")
        var now = DayInLifeTests.start
        exchange.setNow(now)
        try daemon.clock.set(now)
        try daemon.start()
        try daemon.settle(at: now, deliveries: false)
        exchange.disturb(probability: 0.05, Mishap.transient, seed: 9)
        var residents: [Double] = []
        let began = Date()
        for minute in 1...(Self.hours * 60) {
            now = DayInLifeTests.start + .minutes(minute)
            try append(minute, now, to: folder)
            exchange.setNow(now)
            try daemon.clock.set(now)
            try daemon.settle(at: now, deliveries: false)
            // Somebody scrapes.
            if minute % 2 == 0 { #expect(try daemon.get("/metrics").status == 200) }
            guard minute % 60 == 0 else { continue }
            exchange.forgetRequests()
            let megabytes = Double(daemon.residentBytes() ?? 0) / 1_048_576
            residents.append(megabytes)
            print(
                "soak: hour \(minute / 60), resident \(DecimalText.fixed(megabytes, 1)) MB, "
                    + "\(DecimalText.fixed(Date().timeIntervalSince(began), 0)) s")
        }
        let ended = try daemon.terminate()
        #expect(ended.code == 0, "\(ended.errorText.suffix(1_000))")
        // A day's first decisions take what they need, once: later days are held against the second one.
        let size = residents.count >= 72 ? 24 : residents.count / 4
        let early = residents[size..<(2 * size)].reduce(0, +) / Double(size)
        let late = residents.suffix(size).reduce(0, +) / Double(size)
        #expect(late < 1.1 * early + 2, "\(early) MB, and later \(late)")
    }

    /// Every agent every half an hour, spread over the minutes.
    private func append(_ minute: Int64, _ now: Timestamp, to folder: Folder) throws {
        var text = ""
        for agent in 0..<Self.agentCount where (Int64(agent) + minute) % 30 == 0 {
            let coin = Self.coins[(agent + Int(minute / 30)) % Self.coins.count]
            let direction = (agent &* 31 &+ Int(minute)) % 3 == 0 ? "SHORT" : "LONG"
            text +=
                "{\"ts\":\"\(now)\",\"agent\":\"agent-\(agent)\",\"symbol\":\"\(coin)USDT\","
                + "\"direction\":\"\(direction)\",\"score_final\":0.5,\"horizon_hours\":4}\n"
        }
        if !text.isEmpty { try folder.append("alpha/events.jsonl", text) }
    }
}
