import Domain
import Scoring
import Statistics
import Testing

@Suite("Confidence multiplier")
struct ForecastSkillTests {
    private let policy = ConfidencePolicy()

    private func take(_ skill: inout ForecastSkill, _ pairs: [(z: Double, f: Double)], overlap: Int = 1) {
        for (z, f) in pairs {
            skill.take(
                realizedSigmas: z, expectedSigmas: f, overlapCount: overlap, halfLife: policy.halfLifeSignals,
                winsorizedAt: policy.winsorizedAtSigmas)
        }
    }

    private func multipliers(
        honesties: [Double], rms: Double, seed: UInt64, count: Int = 1_000
    ) -> [Double] {
        honesties.enumerated().map { index, honesty in
            var forecaster = Forecaster(honesty: honesty, rms: rms, seed: seed * 1_000 + UInt64(index))
            var skill = ForecastSkill()
            for _ in 0..<count {
                let (expected, realized) = forecaster.next()
                take(&skill, [(realized, expected)])
            }
            return skill.multiplier(policy).value
        }
    }

    @Test("skill is the direct formula: the newest whole, each older one less by a half in eighty")
    func directFormula() throws {
        var forecaster = Forecaster(honesty: 0.5, rms: 0.5, seed: 1)
        let pairs = (0..<300).map { _ in forecaster.next() }
        var skill = ForecastSkill()
        take(&skill, pairs.map { ($0.realized, $0.expected) })
        var (gain, squares, weight) = (0.0, 0.0, 0.0)
        for (index, pair) in pairs.enumerated() {
            var kept = 1.0
            for _ in index..<pairs.count - 1 { kept *= 0.991_373_087_462_662_1 }
            let z = max(-5, min(5, pair.realized))
            gain += kept * (2 * z * pair.expected - pair.expected * pair.expected)
            squares += kept * z * z
            weight += kept
        }
        #expect(try abs(#require(skill.skill) - gain / squares) < 1e-9)
        #expect(abs(skill.effectiveSignals - weight) < 1e-9)
        // 1 - sum w (z - f)^2 / sum w z^2 is the same number.
        let multiplier = skill.multiplier(policy)
        #expect(multiplier.skill == .known(try #require(skill.skill)))
    }

    @Test("a return beyond five sigmas counts as five, whatever its sign; the forecast is not cut")
    func winsorizes() {
        var (cut, five) = (ForecastSkill(), ForecastSkill())
        take(&cut, [(80, 2), (-80, 9)])
        take(&five, [(5, 2), (-5, 9)])
        #expect(cut == five)
        let kept = PowerOfHalf.value(1 / 80)
        #expect(cut.skill == (16 * kept - 171) / (25 * kept + 25))
    }

    @Test("24 signals open together weigh as one, and forget as one")
    func dividesByOverlap() {
        var (together, once) = (ForecastSkill(), ForecastSkill())
        for day in 0..<200 {
            let z = Double(day % 7) - 3
            take(&together, [(Double, Double)](repeating: (z, 0.2), count: 24).map { (z: $0.0, f: $0.1) }, overlap: 24)
            take(&once, [(z, 0.2)])
        }
        #expect(abs(together.effectiveSignals - once.effectiveSignals) < 0.6)
        #expect(abs((together.skill ?? 0) - (once.skill ?? 1)) < 0.01)
    }

    @Test("saying nothing is exactly 1.0, and so is too little evidence")
    func isNeutral() {
        var silent = ForecastSkill()
        for day in 0..<100 { take(&silent, [(Double(day % 5) - 2, 0)]) }
        #expect(silent.multiplier(policy).value == 1 && silent.multiplier(policy).skill == .known(0))
        var young = ForecastSkill()
        for _ in 0..<9 { take(&young, [(-3, 3)]) }
        #expect(young.multiplier(policy).value == 1)
        #expect(young.multiplier(policy).skill == .insufficient(count: 8, needed: 10))
        var dead = ForecastSkill()
        for _ in 0..<50 { take(&dead, [(0, 1)]) }
        #expect(dead.multiplier(policy).value == 1, "a market that never moved says nothing")
    }

    @Test("it is bounded, rises with the skill and never reaches its bounds, so that two near one still differ")
    func isBoundedAndMonotone() {
        var previous = 0.0
        // f = k z has skill 2 k - k^2: from -99 at k = -9 to 1 at k = 1.
        for step in -900...100 {
            let share = Double(step) / 100
            var skill = ForecastSkill()
            for day in 0..<40 {
                let z = day % 2 == 0 ? 1.0 : -1
                take(&skill, [(z, share * z)])
            }
            let value = skill.multiplier(policy).value
            #expect(value > 0.5 && value < 1.1 && value > previous, "share \(share)")
            previous = value
        }
        #expect(previous > 1.09)
    }

    @Test("a policy without room above or below stays within what it allows")
    func narrowPolicies() {
        var narrow = policy
        (narrow.floor, narrow.ceiling) = (1, 1)
        var skill = ForecastSkill()
        for day in 0..<40 { take(&skill, [(day % 2 == 0 ? 1 : -1, day % 2 == 0 ? 0.5 : -0.5)]) }
        #expect(skill.multiplier(narrow).value == 1)
        narrow.ceiling = 2
        #expect(skill.multiplier(narrow).value > 1.5)
        narrow.gain = 0
        #expect(skill.multiplier(narrow).value == 1)
    }

    @Test("asking changes nothing, and a snapshot goes on to the last bit")
    func isIdempotent() throws {
        var forecaster = Forecaster(honesty: 1, rms: 0.3, seed: 5)
        var skill = ForecastSkill()
        for _ in 0..<100 {
            let (expected, realized) = forecaster.next()
            take(&skill, [(realized, expected)])
        }
        #expect(skill.multiplier(policy) == skill.multiplier(policy))
        var read = try restored(skill)
        take(&skill, [(1, 0.5)])
        take(&read, [(1, 0.5)])
        #expect(read == skill)
    }

    @Test("all returns and volatilities times eight change no bit of it")
    func isFreeOfScale() {
        let policy = Policy()
        let multipliers = [1.0, 8].map { scale in
            var forecaster = Forecaster(honesty: 0.7, rms: 0.3, seed: 6)
            var track = TrackRecord()
            for day in 0..<300 as Range<Int64> {
                let (expected, realized) = forecaster.next()
                track.take(
                    outcome(
                        day, gross: realized * 300 * scale, cost: 10 * scale, expected: expected * 300 * scale,
                        sigma: 300 * scale),
                    fleetNumber: Int(day) + 1, policy: policy)
            }
            return track.multiplier(policy.confidence)
        }
        #expect(multipliers[0] == multipliers[1] && multipliers[0].value != 1)
    }

    @Test("an honest forecaster is not below 1 in the mean", arguments: [0.05, 0.14, 0.3, 0.6], [12, 30, 100, 400])
    func isProper(rms: Double, count: Int) {
        let values = (1...400).map { seed in
            multipliers(honesties: [1], rms: rms, seed: UInt64(seed), count: count)[0]
        }
        let center = mean(values)
        let error = (variance(values) / Double(values.count)).squareRoot()
        #expect(center > 1 - 2 * error, "seeds 1 to 400, rms \(rms), \(count) signals: \(center) +- \(error)")
    }

    @Test("it ranks agents by honesty", arguments: [(0.14, 0.45), (0.3, 0.75), (0.6, 0.9)])
    func ranksHonesty(rms: Double, least: Double) throws {
        let correlations = try (1...20).map { seed in
            let honesties = (0..<40).map { Double($0) / 39 }
            let values = multipliers(honesties: honesties, rms: rms, seed: UInt64(seed))
            return try #require(spearmanCorrelation(honesties, values)).coefficient
        }
        #expect(mean(correlations) >= least, "rms \(rms), seeds 1 to 20: \(correlations)")
    }

    @Test("a new version inherits the skill as a weak prior, and no more than there was")
    func inherits() throws {
        var skill = ForecastSkill()
        for day in 0..<100 { take(&skill, [(day % 2 == 0 ? 1 : -1, day % 2 == 0 ? 0.3 : -0.3)]) }
        let heir = skill.inherited(signals: 10)
        #expect(try abs(#require(heir.skill) - #require(skill.skill)) < 1e-12)
        #expect(abs(heir.effectiveSignals - 10) < 1e-12)
        let young = heir.inherited(signals: 20)
        #expect(young == heir)
    }
}
