import Domain
import JSONText
import Testing

@testable import MarketData

/// What a reply that was damaged may still say: what the whole one said, or less, and never anything else.
struct VenueMutationTests {
    /// In place of every value, one after the other; `nil` takes it out.
    private static let replacements: [JSONValue?] = [
        nil, .null, .bool(true), .bool(false), .string(""), .string("x"), .string("NaN"), .string("1e400"),
        .string("-1"), .string("Infinity"), .string("0x10"), .string("1,5"), .number("1e400"), .number("1e300"),
        .integer("-1"), .integer("0"), .integer("99999999999999999999"), .object([]), .array([]),
        .object([JSONMember(key: "value", value: .string("110.5"))]), .array([.string("110.5")]),
    ]

    @Test(
        "Candles with any field missing or of another type are the same candles, or none", arguments: SampleReplies.all)
    func candles(_ sample: SampleReplies) throws {
        let whole = try SampleJSON(sample.candles)
        let rows = try #require(([[]] + whole.paths).first { whole.elementCount($0) == 3 })
        var refusedCount = 0
        for path in whole.paths {
            for replacement in VenueMutationTests.replacements {
                let text = whole.replacing(path, by: replacement).text
                guard let bars = sample.read(candles: text).value else {
                    refusedCount += 1
                    continue
                }
                // Any other number is a volume like another: nothing in a row contradicts it.
                let isNumber = replacement?.integer != nil || replacement?.double != nil
                // A field that cannot be read is no reason to leave its row out: that would look like a gap.
                let isWhole = path.count <= rows.count + 1 || bars.count == sample.bars.count
                if !isWhole || !isJustified(bars, by: sample, butVolume: isNumber) {
                    Issue.record("\(text)")
                }
            }
        }
        #expect(refusedCount > 300, "only \(refusedCount) mutations were refused")
    }

    private func isJustified(
        _ bars: [VenueCandle], by sample: SampleReplies, butVolume: Bool = false
    ) -> Bool {
        bars.allSatisfy { mutated in
            sample.bars.contains { original in
                var bar = mutated.bar
                if butVolume { bar.volume = original.bar.volume }
                return original.bar == bar && (mutated.isConfirmed != true || original.isConfirmed == true)
            }
        }
    }

    @Test(
        "A list with any field missing or of another type loses that entry, not more, and invents none",
        arguments: SampleReplies.all)
    func instruments(_ sample: SampleReplies) throws {
        let whole = try SampleJSON(sample.instruments)
        var lostCount = 0
        for path in whole.paths {
            for replacement in VenueMutationTests.replacements {
                let text = whole.replacing(path, by: replacement).text
                guard let page = sample.read(instruments: text).value else { continue }
                let field = whole.fieldName(path) ?? ""
                let lost = sample.listed.count - page.instruments.count
                lostCount += max(0, lost)
                let invented = page.instruments.filter { !isJustified($0, by: sample, changing: field, replacement) }
                if lost > 1 || !invented.isEmpty {
                    Issue.record("\(lost) were lost and \(invented) invented: \(text)")
                }
            }
        }
        #expect(lostCount > 100, "only \(lostCount) entries were lost")
    }

    /// A state that cannot be read may halt an instrument, and a state that can be read is what it says.
    private func isJustified(
        _ instrument: Instrument, by sample: SampleReplies, changing field: String, _ replacement: JSONValue?
    ) -> Bool {
        let isState = sample.stateFields.contains(field)
        guard let original = sample.listed.first(where: { $0.id == instrument.id }) else {
            // A test pair whose state is another word.
            return isState && instrument.state == .halted
        }
        var expected = original
        let isOptional = field == "cancel_only" || field == "post_only"
        let isReadable = field == "trading_disabled" && replacement == .bool(false)
        if isState, instrument.state != .trading || isOptional || isReadable { expected.state = instrument.state }
        return instrument == expected
    }

    @Test("A reply cut at any byte is none", arguments: SampleReplies.all)
    func truncation(_ sample: SampleReplies) {
        for body in [Array(sample.candles.utf8), Array(sample.instruments.utf8)] {
            for count in body.indices {
                let cut = Array(body[..<count])
                let kinds = [sample.read(candles: cut).failureKind, sample.read(instruments: cut).failureKind]
                if kinds != ["malformed", "malformed"] { Issue.record("\(count) bytes: \(kinds)") }
            }
        }
    }

    @Test("One venue's reply is no other's, but where two write the same", arguments: SampleReplies.all)
    func otherVenues(_ sample: SampleReplies) {
        for other in SampleReplies.all where other.venue != sample.venue {
            if let bars = sample.read(candles: other.candles).value { #expect(isJustified(bars, by: sample)) }
            if let page = sample.read(instruments: other.instruments).value {
                Issue.record("\(sample.venue) read \(other.venue)'s list: \(page.instruments)")
            }
        }
    }

    @Test(
        "Flipped, doubled and dropped bytes crash nothing, and no bar is impossible",
        arguments: SampleReplies.all, [UInt64(1), 2, 3])
    func noise(_ sample: SampleReplies, _ seed: UInt64) {
        var chance = NoiseGenerator(state: seed &* 1_000 &+ UInt64(sample.venue.rawValue.utf8.count))
        var readCount = 0
        for round in 0..<250 {
            let body = chance.damaged(Array(sample.candles.utf8))
            if let candles = sample.read(candles: body).value {
                readCount += 1
                #expect(candles.map(\.bar).arePossible(every: .hours(1)), "seed \(seed), round \(round)")
            }
            let list = chance.damaged(Array(sample.instruments.utf8))
            if let page = sample.read(instruments: list).value {
                for instrument in page.instruments {
                    let target = sample.interface.candleRequest(
                        instrument, .hours(1), Timestamp(seconds: SampleReplies.midnight),
                        Timestamp(seconds: SampleReplies.midnight + 3_600)
                    ).target
                    #expect(
                        target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !target.contains("#"),
                        "seed \(seed), round \(round): \(target)")
                }
            }
        }
        // Noise that is always refused would show nothing.
        #expect(readCount > 0, "seed \(seed)")
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same damage in every run.
struct NoiseGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func damaged(_ body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0...below(3) where body.count > 8 {
            let place = below(body.count)
            switch below(6) {
            case 0: body[place] ^= 1 << UInt8(below(8))
            case 1: body[place] = UInt8(below(256))
            case 2: body.remove(at: place)
            case 3: body.insert(body[below(body.count)], at: place)
            // A digit for a digit: what stays JSON.
            case 4: body[place] = (0x30...0x39).contains(body[place]) ? UInt8(0x30 + below(10)) : body[place]
            default:
                let end = min(body.count, place + 1 + below(20))
                body.insert(contentsOf: body[place..<end], at: below(body.count))
            }
        }
        return body
    }
}

extension [Bar] {
    /// Whether a market could have traded them: whatever else a damaged reply says, this holds.
    func arePossible(every length: Span) -> Bool {
        zip(self, dropFirst()).allSatisfy { $0.openAt < $1.openAt }
            && allSatisfy { bar in
                [bar.open, bar.high, bar.low, bar.close].allSatisfy { $0.isFinite && $0 > 0 }
                    && bar.high >= Swift.max(bar.open, bar.close) && bar.low <= Swift.min(bar.open, bar.close)
                    && bar.openAt == bar.openAt.floored(to: length) && bar.length == length
                    && (bar.volume ?? -1) >= 0 && Timestamp.plausible.contains(bar.openAt)
            }
    }
}
