import Domain
import Foundation
import Statistics
import Swarm
import Testing

@Suite("Simulated fleet")
struct SimulatedFleetTests {
    static let fleet = SimulatedFleet(.demonstration())

    static func digest(_ fleet: SimulatedFleet) -> String {
        var hash = StableHash()
        for day in fleet.days {
            for line in day.signals { hash.combine(line.text) }
            for line in day.telemetry { hash.combine(line.text) }
            for line in day.prices { hash.combine(line.csv) }
        }
        hash.finish()
        return hash.description
    }

    static func agents(_ kind: AgentKind) -> [AgentProfile] { fleet.agents.filter { $0.kind == kind } }

    @Test("the same settings give the same bytes, on every machine")
    func isDeterministic() {
        #expect(SimulatedFleet(.demonstration()).days == Self.fleet.days)
        // Changes with every change of the market or of the fleet, and with nothing else.
        #expect(Self.digest(Self.fleet) == "e7c71d3bd3e928d3ab40d42f088838e0")
        #expect(SimulatedFleet(.demonstration(seed: 1)).days != Self.fleet.days)
    }

    @Test("a row of prices says the same as CSV and as JSON")
    func writesPrices() throws {
        let line = try #require(Self.fleet.days[3].prices.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any])
        let cells = line.csv.split(separator: ",")
        #expect(PriceLine.header.split(separator: ",").count == cells.count && object.count == cells.count)
        #expect(object["ts"] as? String == line.bar.openAt.description && object["symbol"] as? String == "BTC")
        #expect(cells[0] == String(line.bar.openAt.milliseconds / 1_000) && cells[1] == "BTC")
        for (index, key) in ["open", "high", "low", "close", "volume"].enumerated() {
            #expect(object[key] as? Double == Double(cells[index + 2]))
        }
        #expect(Double(cells[5]) == line.bar.close)
    }

    @Test("an agent's lines do not depend on which other agents there are")
    func hasOneStreamPerAgent() {
        var settings = FleetSettings.demonstration()
        settings.agents = settings.agents.filter { $0.id.name == "juno" }
        #expect(SimulatedFleet(settings).signalLines == Self.fleet.signalLines(of: settings.agents[0].id))
    }

    @Test("days hold what is written in them, in the order of writing")
    func isOrdered() {
        #expect(Self.fleet.days.count == 196)
        for day in Self.fleet.days {
            let end = day.startAt + .day
            for times in [day.signals.map(\.writtenAt), day.telemetry.map(\.writtenAt)] {
                #expect(times == times.sorted() && times.allSatisfy { $0 >= day.startAt && $0 < end })
            }
            let closes = day.prices.map(\.writtenAt)
            #expect(closes == closes.sorted() && closes.allSatisfy { $0 > day.startAt && $0 <= end })
        }
        #expect(Self.fleet.days.prefix(14).allSatisfy { $0.signals.isEmpty && !$0.prices.isEmpty })
        #expect(
            Self.fleet.days.flatMap(\.prices).count
                == Self.fleet.market.barsBySymbol.values.reduce(0) { $0 + $1.count })
    }

    @Test("its kinds of lines add up")
    func addsUp() {
        for tally in [Self.fleet.tally] + Self.fleet.agents.map({ Self.fleet.tally(of: $0.id) }) {
            #expect(
                tally.lineCount == tally.blankCount + tally.acceptedCount + tally.duplicateCount + tally.malformedCount)
            #expect(tally.malformedCounts.values.reduce(0, +) == tally.malformedCount)
        }
        let kinds = Set(Self.fleet.agents.map(\.kind))
        #expect(kinds == Set(AgentKind.allCases))
    }

    @Test("the broken agent's lines are known by number and kind")
    func countsMalformedLines() throws {
        let broken = try #require(Self.agents(.broken).first)
        let tally = Self.fleet.tally(of: broken.id)
        // 182 days, two lines on each but every third, counted from the first; the kinds in turn.
        #expect(tally.malformedCount == 2 * (182 - 61))
        #expect(tally.acceptedCount == 2 * 182 && tally.blankCount == 18)
        for (index, kind) in MalformedKind.allCases.enumerated() {
            #expect(tally.malformedCounts[kind] == 242 / 14 + (index < 242 % 14 ? 1 : 0))
        }
        #expect(Self.fleet.tally.malformedCount == tally.malformedCount)
        let errors = Self.fleet.days.flatMap(\.telemetry).filter { $0.record.agent == broken.id }
        #expect(errors.reduce(0) { $0 + $1.record.errors } == 242)
    }

    @Test("a good line holds what its signal says, in the contract's field names")
    func writesTheContract() throws {
        for line in Self.fleet.signalLines.prefix(200) {
            guard let signal = line.signal else { continue }
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any])
            #expect(object["ts"] as? String == signal.generatedAt.description)
            #expect(object["agent"] as? String == signal.agent.name)
            #expect(object["symbol"] as? String == signal.symbol.name)
            #expect(object["direction"] as? String == signal.direction.word)
            #expect(object["prob_up"] as? Double == signal.probabilityUp)
            #expect(object["confidence"] as? Double == signal.confidence)
            #expect(object["score_final"] as? Double == signal.score)
            #expect(object["regime"] as? String == signal.regime)
            #expect(object["strategy_class"] as? String == signal.strategyClass)
            #expect(object["horizon_hours"] as? Double == signal.horizon.inHours)
            #expect(object["run_id"] as? String == signal.runID)
            #expect(object["agent_version"] as? String == signal.agentVersion)
            #expect(object.count == 12)
        }
        let telemetry = try #require(Self.fleet.days[20].telemetry.first)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(telemetry.text.utf8)) as? [String: Any])
        #expect(object["run_id"] as? String == telemetry.record.runID)
        #expect(object["latency_ms"] as? Double == telemetry.record.latencyMilliseconds)
        #expect(object["tokens_in"] as? Int == telemetry.record.tokensIn.map(Int.init))
        #expect(object.count == 8)
    }

    @Test("every line is one line of ASCII")
    func isPlain() {
        #expect(Self.fleet.signalLines.allSatisfy { $0.text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } })
    }

    @Test("malformed lines are what they are called")
    func breaksWhatItSays() throws {
        let broken = Self.fleet.signalLines(of: try #require(Self.agents(.broken).first).id)
        func text(_ kind: MalformedKind) throws -> String {
            try #require(broken.first { $0.kind == .malformed(kind) }).text
        }
        for kind in [MalformedKind.plainText, .truncated, .notANumber] {
            let line = try text(kind)
            #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
        #expect(try text(.notAnObject).hasPrefix("["))
        #expect(try text(.tooLargeNumber).contains("\"score_final\":1e400,"))
        #expect(try text(.unknownDirection).contains("\"direction\":\"SIDEWAYS\""))
        #expect(try !text(.missingAgent).contains("\"agent\":"))
        #expect(try !text(.missingSymbol).contains("\"symbol\":"))
        #expect(try text(.wrongType).contains("\"prob_up\":\"high\""))
        #expect(try !text(.timeWithoutZone).prefix(29).contains("Z"))
        #expect(try text(.impossibleDate).contains("2025-02-30"))
        #expect(try text(.farFuture).contains("\"ts\":\"2150-"))
        #expect(try text(.probabilityOutOfRange).contains("\"prob_up\":1.7,"))
        #expect(try text(.repeatedKey).components(separatedBy: "\"direction\":").count == 3)
    }
}
