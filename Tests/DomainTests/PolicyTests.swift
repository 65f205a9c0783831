import Domain
import Testing

@Suite("Policy")
struct PolicyTests {
    /// A value of the shape, other than `current` where the shape has another.
    private func value(_ shape: SettingValue.Shape, _ draws: inout Draws) -> SettingValue {
        func number(_ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * draws.uniform()
        }
        let names = [
            "BTC", "a b", " x ", "é", "\u{301}x", "a,b", "k: v", "{", "}", "100%", "%2C", "=", "line\nend", "\r\n",
            "\t", "", "日本", "%", "+5", "a\u{301}", "\u{0}",
        ]
        switch shape {
        case .flag: return .flag(draws.below(2) == 0)
        case .number(let range, let isOptional):
            return isOptional && draws.below(4) == 0 ? .off : .number(number(range))
        case .integer(let range): return .number(number(range).rounded())
        case .choice(let words): return .text(draws.choice(words))
        case .text: return .text("name\(draws.below(1_000))")
        case .texts(let words):
            let all = words ?? names
            return .texts(all.filter { !$0.isEmpty && draws.below(2) == 0 })
        case .numbers(let range): return .numbers((0...draws.below(4)).map { _ in number(range) })
        case .numberMap(let range):
            var map: [String: Double] = [:]
            for name in ["BTC", "ETH/BTC", "600028.SH"] where draws.below(2) == 0 { map[name] = number(range) }
            return .numberMap(map)
        case .textMap:
            var map: [String: String] = [:]
            for _ in 0..<draws.below(6) { map[draws.choice(names)] = draws.choice(names) }
            return .textMap(map)
        }
    }

    @Test("any policy reads back from its text, with its fingerprint", arguments: [UInt64(41), 42])
    func roundTrips(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        for _ in 0..<150 {
            var policy = Policy()
            for key in Policy.keys {
                let drawn = value(key.shape, &draws)
                #expect(key.shape.admits(drawn), "seed \(seed): \(key.key)")
                key.write(&policy, drawn)
                #expect(key.read(policy) == drawn, "seed \(seed): \(key.key)")
            }
            policy.decisionEveryHours = draws.choice([1, 6, 24, 48])
            (policy.risk.recoveryShare, policy.risk.warningShare) = (0.25, 0.75)
            (policy.allocation.clusterLeave, policy.allocation.brakeToSigmas) = (0.1, 1_000)
            (policy.allocation.fleetGateOpensAt, policy.allocation.fleetGateFullAt) = (-0.5, 0.25)
            let read = try Policy(text: policy.text)
            #expect(read == policy, "seed \(seed)")
            #expect(read.text == policy.text && read.fingerprint == policy.fingerprint, "seed \(seed)")
            #expect(try Policy(text: policy.text.split(separator: "\n").joined(separator: "\r\n")) == policy)
        }
    }

    @Test("what a text does not name did not exist when it was written, and stays off")
    func olderTexts() throws {
        let new = ["allocation.clusterJoin", "allocation.fleetGateHalfLifeDays", "allocation.noTradeBand"]
        let lines = Policy.standard.text.split(separator: "\n").filter { line in
            !new.contains { line.hasPrefix($0) } && !line.hasPrefix("risk.killErrorLevel")
        }
        let read = try Policy(text: lines.joined(separator: "\n"))
        #expect(read.allocation.clusterJoin == nil && read.allocation.fleetGateHalfLifeDays == nil)
        #expect(read.allocation.noTradeBand == nil && read.risk.killErrorLevel == nil)
        #expect(read.allocation.brakeFromSigmas == Policy.standard.allocation.brakeFromSigmas)
    }

    @Test("each key alone changes the fingerprint, and is its own line of the text")
    func fingerprints() {
        var draws = Draws(seed: 43)
        let standard = Policy()
        var fingerprints = [standard.fingerprint: "standard"]
        for key in Policy.keys {
            var policy = standard
            for _ in 0..<50 where policy == standard { key.write(&policy, value(key.shape, &draws)) }
            #expect(policy != standard, "\(key.key) writes nothing")
            #expect(fingerprints.updateValue(key.key, forKey: policy.fingerprint) == nil, "\(key.key)")
            let lines = zip(standard.text.split(separator: "\n"), policy.text.split(separator: "\n"))
            let changed = lines.filter { $0 != $1 }
            #expect(changed.count == 1 && changed.allSatisfy { $1.hasPrefix(key.key + " = ") }, "\(key.key)")
        }
        #expect(Set(Policy.keys.map(\.key)).count == Policy.keys.count)
        #expect(Policy.keys.allSatisfy { !$0.documentation.isEmpty })
    }

    @Test("the named policies are valid, pinned and different")
    func named() throws {
        for name in ["standard", "standard@1", "seed", "seed@1"] {
            let policy = try #require(Policy.named(name))
            try policy.validate()
            #expect(policy.name == (name.hasPrefix("seed") ? "seed@1" : "standard@1"))
            #expect(try Policy(text: policy.text) == policy)
        }
        #expect(Policy.named("standard@2") == nil)
        #expect(Policy.seed.fingerprint != Policy.standard.fingerprint)
    }

    @Test(
        "what does not fit is refused, with what would",
        arguments: [
            ("widow", "100", "unknown key 'widow'; the nearest is 'window'"),
            ("agentCap", "1", "unknown key 'agentCap'; the nearest is 'allocation.agentCap'"),
            ("window", "99", "window = '99' is not a whole number from 100 to 100000"),
            ("window", "100.5", "window = '100.5' is not a whole number from 100 to 100000"),
            ("window", "off", "window = 'off' is not a whole number from 100 to 100000"),
            ("graceMinutes", "nan", "graceMinutes = 'nan' is not a number from 0 to 1440"),
            ("gates.hitRateAtLeast", "1.01", "gates.hitRateAtLeast = '1.01' is not a number from 0 to 1, or off"),
            ("gates.promotion", "maybe", "gates.promotion = 'maybe' is not one of automatic, approval"),
            ("forecasting.penalties", "[]", nil), ("forecasting.penalties", "[1, x]", nil),
            ("costs.roundTripBpsBySymbol", "{BTC: 4, BTC: 5}", nil), ("costs.roundTripBpsBySymbol", "{BTC 4}", nil),
            ("name", "two\nlines = 1", nil), ("forecasting.usesRidge", "maybe", nil),
            (
                "costs.roundTripBpsBySymbol", "{BTC/USDT: 4}",
                "costs.roundTripBpsBySymbol names 'BTC/USDT'; its name here is 'BTC'"
            ),
        ] as [(String, String, String?)])
    func refuses(key: String, text: String, message: String?) {
        var policy = Policy()
        let error = #expect(throws: PolicyError.self) { try policy.set(key, text) }
        if let message { #expect(error?.description == message) }
    }

    @Test("values that do not go together are refused")
    func validates() {
        var policy = Policy()
        policy.risk.recoveryShare = 0.9
        #expect(throws: PolicyError.self) { try policy.validate() }
        policy = Policy()
        policy.decisionEveryHours = 36
        #expect(throws: PolicyError.self) { try policy.validate() }
        policy.decisionEveryHours = 7
        #expect(throws: PolicyError.self) { try policy.validate() }
    }

    @Test("a symbol's own cost stands in place of the general one, in canonical names")
    func costs() throws {
        var policy = Policy()
        try policy.set("costs.roundTripBpsBySymbol", "{BTC: 4.5, ETH/BTC: 20}")
        #expect(policy.costs.roundTripBps(of: try #require(Symbol("BTC-USDT-SWAP"))) == 4.5)
        #expect(policy.costs.roundTripBps(of: try #require(Symbol("ETH-BTC"))) == 20)
        #expect(policy.costs.roundTripBps(of: try #require(Symbol("ETH"))) == 10)
    }
}
