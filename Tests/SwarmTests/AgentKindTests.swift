import Domain
import Statistics
import Swarm
import Testing

/// Whether each kind of agent does what is said to be true about it.
@Suite("Kinds of simulated agents")
struct AgentKindTests {
    static let fleet = SimulatedFleetTests.fleet
    static let grace = Policy.standard.grace

    /// The mean over seeds of the realized skill of one kind, with its standard error.
    static func realizedSkill(
        _ kind: AgentKind, in part: SimulatedFleet.Part = .whole
    ) -> (error: Double, width: Double) {
        var errors: [Double] = []
        for fleet in fleets {
            for agent in fleet.agents where agent.kind == kind {
                guard let realized = fleet.realizedSkill(of: agent.id, in: part) else { continue }
                errors.append(realized - (kind == .decaying && part == .secondHalf ? 0 : agent.skill))
            }
        }
        let width = (standardDeviation(of: errors) ?? 1) / Double(errors.count).squareRoot()
        return (mean(of: errors) ?? 1, width)
    }

    static let fleets = (1...6).map { seed in
        var settings = FleetSettings.demonstration(seed: UInt64(seed))
        settings.luckyCandidateCount = 12
        return SimulatedFleet(settings)
    }

    @Test(
        "skill is what the profile says",
        arguments: [AgentKind.skilled, .noisy, .inflated, .misguided, .silent, .copycat, .broken])
    func hasTheStatedSkill(kind: AgentKind) {
        let (error, width) = Self.realizedSkill(kind)
        #expect(error.magnitude < 3.5 * width + 0.01, "seeds 1-6, error \(error) +- \(width)")
    }

    @Test("a decaying agent's skill is gone in the second half")
    func decays() {
        for part in [SimulatedFleet.Part.firstHalf, .secondHalf] {
            let (error, width) = Self.realizedSkill(.decaying, in: part)
            #expect(error.magnitude < 3.5 * width + 0.01, "seeds 1-6, \(part), error \(error) +- \(width)")
        }
    }

    @Test("a lucky agent shines until half-time and not after")
    func isOnlyLucky() {
        var first = 0.0
        var second = 0.0
        for fleet in Self.fleets {
            for agent in fleet.agents where agent.kind == .lucky {
                first += fleet.grossReturnSumBps(of: agent.id, in: .firstHalf) / 12
                second += fleet.grossReturnSumBps(of: agent.id, in: .secondHalf) / 12
            }
        }
        // One without skill has a standard deviation of about 350 sqrt(180 * 1.5) = 5,800 bps in half the time.
        #expect(first > 6_000, "seeds 1-6")
        #expect(second.magnitude < 4_000, "seeds 1-6")
    }

    @Test("an honest agent's score is its expected return, an inflated one's five times as much")
    func claimsWhatItSays() throws {
        let pairs = [("aurora", 0.22), ("hyperbole", 0.60)]
        for (text, claimed) in pairs {
            let agent = try #require(AgentID(text))
            let claims = try Self.fleet.countedSignals(of: agent).map { signal in
                let sigma = try #require(Self.fleet.market.sigma(of: signal.symbol, at: signal.generatedAt, over: .day))
                return try #require(signal.score) * 25 / (sigma * 10_000)
            }
            let rms = try #require(mean(of: claims.map { $0 * $0 })).squareRoot()
            #expect(abs(rms / claimed - 1) < 0.12)
        }
    }

    @Test("a copycat repeats its leader within the hour, so that both are filled alike")
    func copies() throws {
        let copycat = try #require(Self.fleet.agents.first { $0.kind == .copycat })
        let leader = try #require(copycat.leader)
        let originals = Self.fleet.countedSignals(of: leader)
        let copies = Self.fleet.countedSignals(of: copycat.id)
        #expect(originals.count == copies.count)
        for (original, copy) in zip(originals, copies) {
            #expect(copy.generatedAt - original.generatedAt == .minutes(11))
            #expect(copy.direction == original.direction && copy.score == original.score)
            #expect(copy.generatedAt.floored(to: .hours(1)) == original.generatedAt.floored(to: .hours(1)))
        }
        #expect(
            Self.fleet.grossReturnSumBps(of: leader) == Self.fleet.grossReturnSumBps(of: copycat.id))
    }

    @Test("a silent agent stops after two months")
    func fallsSilent() throws {
        let silent = try #require(Self.fleet.agents.first { $0.kind == .silent })
        let last = try #require(Self.fleet.countedSignals(of: silent.id).last)
        #expect(last.generatedAt < Self.fleet.settings.firstSignalDayAt + .days(60))
        #expect(Self.fleet.countedSignals(of: silent.id).count == 120)
    }

    @Test("a backdating agent is always right and always late")
    func backdates() throws {
        let prophet = try #require(Self.fleet.agents.first { $0.kind == .backdating })
        let lines = Self.fleet.signalLines(of: prophet.id)
        // What it would write after the last day is not written.
        #expect(lines.count == 181 * 2 && Self.fleet.tally(of: prophet.id).lateCount == lines.count)
        for line in lines {
            let signal = try #require(line.signal)
            #expect(line.writtenAt - signal.generatedAt > Self.grace)
            let change = Self.fleet.market.forwardReturn(
                of: signal.symbol, entryAt: signal.generatedAt, exitAt: signal.closesAt)
            if let change, change != 0 { #expect((change > 0) == (signal.direction == .long)) }
        }
        #expect(Self.fleet.agents.filter { Self.fleet.tally(of: $0.id).lateCount > 0 }.map(\.id) == [prophet.id])
    }

    @Test("a revising agent repeats lines word for word and corrects others within the grace")
    func revises() throws {
        let reviser = try #require(Self.fleet.agents.first { $0.kind == .revising })
        var first: [StableHash: SignalLine] = [:]
        var counts = (duplicates: 0, revisions: 0)
        for line in Self.fleet.signalLines(of: reviser.id) {
            let signal = try #require(line.signal)
            let original = first[signal.identity.key]
            switch line.kind {
            case .signal:
                #expect(original == nil)
                first[signal.identity.key] = line
            case .duplicate:
                counts.duplicates += 1
                #expect(original?.text == line.text)
            case .revision:
                counts.revisions += 1
                #expect(original?.signal?.identity.content != signal.identity.content)
                #expect(original?.signal?.direction != signal.direction)
            case .late, .malformed, .blank: Issue.record("a \(line.kind) line")
            }
            #expect(line.writtenAt - signal.generatedAt <= Self.grace)
        }
        let tally = Self.fleet.tally(of: reviser.id)
        #expect(counts.duplicates == tally.duplicateCount && counts.revisions == tally.revisionCount)
        #expect(counts.duplicates == 122 && counts.revisions == 73)
    }

    @Test("a long-only agent is always long")
    func isAlwaysLong() {
        for agent in Self.fleet.agents where agent.kind == .longOnly {
            #expect(Self.fleet.countedSignals(of: agent.id).allSatisfy { $0.direction == .long })
        }
    }
}
