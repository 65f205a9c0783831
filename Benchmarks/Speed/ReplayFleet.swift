import Foundation
import Glibc
import Statistics
import Swarm

/// A fleet for replays: every agent makes one signal a day for the next 24 hours, at an hour of its own, on the
/// instruments in turn; a tenth of them knows the direction better than a coin. Bars of an hour.
struct ReplayFleet {
    var agentCount: Int
    var years: Int
    var symbolCount: Int
    var seed: UInt64 = 5

    init(agentCount: Int, years: Int, symbolCount: Int = 6) {
        self.agentCount = agentCount
        self.years = years
        self.symbolCount = symbolCount
    }

    var dayCount: Int { years * 365 }
    var outcomeCount: Int { agentCount * dayCount }
    var name: String { "replay-\(agentCount)x\(years)x\(symbolCount)" }
    /// 2021-01-01T00:00:00Z.
    static let startSeconds = 1_609_459_200

    /// Writes `prices/` and `alpha/events.jsonl` below a folder.
    func write(below folder: String) throws {
        for part in ["/prices", "/alpha"] {
            try FileManager.default.createDirectory(atPath: folder + part, withIntermediateDirectories: true)
        }
        let closes = paths()
        for (symbol, path) in closes.enumerated() { try writePrices(symbol, path, below: folder) }
        try DataFile.make(folder + "/alpha/events.jsonl") { try writeSignals(closes, to: $0) }
    }

    func symbolName(_ index: Int) -> String {
        let names = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "BNBUSDT"]
        return index < names.count ? names[index] : "COIN\(index)USDT"
    }

    /// Prices at every hour: half of the variance is common to all.
    private func paths() -> [[Double]] {
        var random = Xoshiro256(seed: seed, stream: "market")
        let hourCount = (dayCount + 3) * 24
        var paths = [[Double]](repeating: [100], count: symbolCount)
        for path in paths.indices { paths[path].reserveCapacity(hourCount + 1) }
        for hour in 0..<hourCount {
            let common = random.portableNormal() * 0.005
            for path in paths.indices {
                let step = common + random.portableNormal() * 0.005
                paths[path].append(paths[path][hour] * (1 + max(-0.2, step)))
            }
        }
        return paths
    }

    private func writePrices(_ symbol: Int, _ path: [Double], below folder: String) throws {
        var text = "open_time,open,high,low,close,volume\n"
        for hour in 0..<path.count - 1 {
            let (open, close) = (path[hour], path[hour + 1])
            let numbers = [open, max(open, close) * 1.001, min(open, close) * 0.999, close]
            text += "\(ReplayFleet.startSeconds + hour * 3_600)"
            for number in numbers { text += "," + Markdown.text(number, 6) }
            text += ",1000\n"
        }
        try DataFile.make(folder + "/prices/" + symbolName(symbol) + "_1h.csv") {
            try DataFile.write(Array(text.utf8), to: $0)
        }
    }

    private func writeSignals(_ closes: [[Double]], to descriptor: Int32) throws {
        var random = Xoshiro256(seed: seed, stream: "agents")
        var agentsByHour = [[Int]](repeating: [], count: 24)
        for agent in 0..<agentCount { agentsByHour[Int(random.next() % 24)].append(agent) }
        let names = (0..<agentCount).map { index in
            let digits = String(index)
            return "agent-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        var text = ""
        for hour in 0..<dayCount * 24 {
            let seconds = ReplayFleet.startSeconds + hour * 3_600
            for agent in agentsByHour[hour % 24] {
                let symbol = (agent + hour / 24) % symbolCount
                let rises = closes[symbol][hour + 24] > closes[symbol][hour]
                let isRight = random.uniform() < (agent * 10 < agentCount ? 0.56 : 0.5)
                let direction = rises == isRight ? "LONG" : "SHORT"
                text += "{\"ts\":\(seconds),\"agent\":\"\(names[agent])\",\"symbol\":\"\(symbolName(symbol))\","
                text += "\"direction\":\"\(direction)\",\"score_final\":"
                text += Markdown.text(0.2 + 1.8 * random.uniform(), 3)
                text += ",\"confidence\":0.6,\"prob_up\":\(direction == "LONG" ? "0.6" : "0.4"),"
                text += "\"strategy_class\":\"class-\(agent % 10)\",\"horizon_hours\":24}\n"
            }
            if text.utf8.count > 1 << 20 {
                try DataFile.write(Array(text.utf8), to: descriptor)
                text = ""
            }
        }
        try DataFile.write(Array(text.utf8), to: descriptor)
    }
}
