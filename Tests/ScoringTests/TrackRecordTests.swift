import Domain
import Scoring
import Statistics
import Testing

@Suite("Track record")
struct TrackRecordTests {
    private let policy = Policy()

    @Test("diagnostic outcomes inform and decide nothing")
    func diagnostics() {
        var track = TrackRecord()
        for day in 0..<20 as Range<Int64> {
            track.take(
                outcome(day, gross: 50, expected: 50, horizon: .hours(4), isPrimary: false), fleetNumber: 0,
                policy: policy)
        }
        #expect(track.all.count == 0 && track.multiplier(policy.confidence).value == 1)
        #expect(track.diagnosticSummaries.map(\.horizon) == [.hours(1), .hours(4)])
        #expect(track.diagnosticSummaries[1].averageReturnBps.value?.value == 50)
        #expect(track.diagnosticSummaries[0].averageReturnBps == .insufficient(count: 0, needed: 10))
    }

    @Test("only what was seen as it was written is attested")
    func attests() {
        var track = TrackRecord()
        track.take(outcome(0), fleetNumber: 1, policy: policy)
        track.take(outcome(1, attestation: .unattested), fleetNumber: 2, policy: policy)
        track.take(outcome(2, isImported: true), fleetNumber: 3, policy: policy)
        #expect(track.all.count == 3 && track.attested.count == 1)
    }

    @Test("the information coefficient is the rank correlation over the window, in sigmas")
    func ranks() throws {
        var draws = Draws(seed: 2)
        var narrow = policy
        narrow.window = 100
        var track = TrackRecord()
        var (expected, realized): ([Double], [Double]) = ([], [])
        for day in 0..<150 as Range<Int64> {
            let (f, z, sigma) = (draws.normal(), draws.normal(), 100 + 300 * draws.uniform())
            let outcome = outcome(
                day, gross: (z + 0.3 * f) * sigma, cost: 5, expected: f * sigma, sigma: sigma, overlap: 2)
            expected.append(outcome.expectedReturnBps / sigma)
            realized.append(outcome.realizedReturnBps / sigma)
            track.take(outcome, fleetNumber: Int(day), policy: narrow)
            if day == 70 { track = try restored(track) }
        }
        let direct = try #require(spearmanCorrelation(Array(expected.suffix(100)), Array(realized.suffix(100))))
        let estimate = try #require(track.informationCoefficient.value)
        #expect(estimate.value == direct.coefficient && estimate.count == 100)
        // Half of a hundred are independent.
        #expect(estimate.standardError == 1 / 49.0.squareRoot())
    }

    @Test("an outcome without a known volatility counts, and says nothing of the skill")
    func withoutSigma() {
        var track = TrackRecord()
        for day in 0..<30 as Range<Int64> {
            track.take(outcome(day, gross: -500, expected: 500, sigma: nil), fleetNumber: 1, policy: policy)
        }
        #expect(track.all.count == 30 && track.multiplier(policy.confidence).value == 1)
        #expect(track.informationCoefficient == .insufficient(count: 0, needed: 10))
    }

    @Test("the Brier score compares the probability of a rise with the price, whatever the direction")
    func brier() throws {
        var track = TrackRecord()
        for day in 0..<10 as Range<Int64> {
            // Shorts that lost: the price rose, said to happen with 0.3.
            track.take(
                outcome(day, gross: -20, direction: .short, probabilityUp: 0.3), fleetNumber: 1, policy: policy)
        }
        #expect(try abs(#require(track.brierScore.value).value - 0.49) < 1e-12)
        var long = TrackRecord()
        for day in 0..<10 as Range<Int64> {
            long.take(outcome(day, gross: 20, cost: 30, probabilityUp: 0.3), fleetNumber: 1, policy: policy)
        }
        #expect(long.brierScore.value?.value == track.brierScore.value?.value, "costs do not move the price")
    }

    @Test("a new version starts its own record with the old one's skill as a weak prior")
    func succeeds() throws {
        var old = TrackRecord()
        for day in 0..<200 as Range<Int64> {
            old.take(outcome(day, gross: day % 2 == 0 ? 300 : -290, expected: 100), fleetNumber: 1, policy: policy)
        }
        let new = TrackRecord.successor(of: old, policy: policy.confidence)
        #expect(new.all.count == 0 && new.attested.count == 0 && new.informationCoefficient.value == nil)
        #expect(abs(new.skill.effectiveSignals - policy.confidence.minimalSignals) < 1e-9)
        #expect(try abs(#require(new.skill.skill) - #require(old.skill.skill)) < 1e-12)
        #expect(abs(new.multiplier(policy.confidence).value - old.multiplier(policy.confidence).value) < 1e-9)
        let heir = TrackRecord.successor(of: TrackRecord(), policy: policy.confidence)
        #expect(heir.multiplier(policy.confidence).value == 1)
    }

    @Test("the seed's rule sees outcomes of a day alone, and is asked only under the seed's policy")
    func seeds() {
        var track = TrackRecord()
        track.take(outcome(0, expected: 50, horizon: .hours(1)), fleetNumber: 1, policy: .seed)
        track.updateSaturatingError(fleetCount: 1, policy: Policy.seed.confidence)
        #expect(track.multiplier(Policy.seed.confidence).value == 1)
        track.take(outcome(0, gross: 1, expected: 51), fleetNumber: 2, policy: .seed)
        track.updateSaturatingError(fleetCount: 2, policy: Policy.seed.confidence)
        #expect(track.multiplier(Policy.seed.confidence).value == 0.96)
        #expect(track.multiplier(policy.confidence).value == 1)
    }

    @Test("whatever its age, an agent's record stays small")
    func isBounded() throws {
        var draws = Draws(seed: 1)
        for rule in [Policy.standard, Policy.seed] {
            var track = TrackRecord()
            var telemetry = TelemetryWindow()
            var sizes: [Int] = []
            for day in 0..<6_000 as Range<Int64> {
                track.take(
                    outcome(day, gross: 200 * draws.normal(), expected: 20 * draws.normal(), probabilityUp: 0.5),
                    fleetNumber: Int(day), policy: rule)
                telemetry.take(record(day: day, errors: 1))
                telemetry.forget(before: start + .days(day - 30))
                if day % 3_000 == 2_999 { sizes.append(try bytes(track).count + bytes(telemetry).count) }
            }
            #expect(sizes[1] < 28_000 && sizes[0] == sizes[1], "\(sizes)")
        }
    }

    private func record(day: Int64, errors: Int64, hours: Int64 = 0, latency: Double? = nil) -> TelemetryRecord {
        guard let agent = AgentID("a") else { preconditionFailure("Invariant: a valid name") }
        return TelemetryRecord(
            agent: agent, runID: "r", at: start + .days(day) + .hours(hours), errors: errors,
            latencyMilliseconds: latency, costUSD: 0.25, tokensIn: nil, tokensOut: nil)
    }

    @Test("the error rate is errors per record over the days kept; without a record there is none")
    func telemetry() {
        var window = TelemetryWindow()
        #expect(window.errorRate == .insufficient(count: 0, needed: 1) && window.totalCostUSD == nil)
        // In any order: days 5, 1, 3, 1.
        let runs: [(Int64, Int64, Double?)] = [(5, 0, 100), (1, 3, nil), (3, 1, 300), (1, 0, nil)]
        for (day, errors, latency) in runs {
            window.take(record(day: day, errors: errors, hours: 23, latency: latency))
        }
        #expect(window.errorRate == .known(1) && window.averageLatencyMilliseconds == 200)
        window.forget(before: start + .days(3))
        #expect(window.errorRate == .known(0.5))
        window.forget(before: start + .days(4))
        #expect(window.errorRate == .known(0) && window.averageLatencyMilliseconds == 100)
        window.forget(before: start + .days(6))
        #expect(window.errorRate == .insufficient(count: 0, needed: 1) && window.averageLatencyMilliseconds == nil)
        #expect(window.totalCostUSD == 1, "of all time")
        for _ in 0..<2 { window.take(record(day: 7, errors: .max)) }
        #expect(window.errorRate == .known(Double(Int64.max) / 2), "too many errors are no crash")
    }

    @Test("the order of telemetry changes nothing")
    func telemetryInAnyOrder() throws {
        let records = (0..<20).map { record(day: Int64($0 * 7 % 5), errors: Int64($0 % 3)) }
        var windows = [TelemetryWindow(), TelemetryWindow()]
        for record in records { windows[0].take(record) }
        for record in records.reversed() { windows[1].take(record) }
        #expect(windows[0] == windows[1])
        #expect(try restored(windows[0]) == windows[0])
    }
}
