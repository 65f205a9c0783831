import Domain
import Reporting
import Supervision
import Testing

/// Whole days, frozen: what the same facts came to when a person last looked at it. Numbers keep six significant
/// digits, since a logarithm's last bit is the C library's.
@Suite("Frozen days")
struct FrozenDayTests {
    @Test("a spoiled fleet under the standard policy")
    func spoiledFleet() {
        let evidence = HostileEvidence(seed: 1, isDisputed: false)
        expect(supervise(evidence.facts, under: .scheduled(first: .standard), asOf: evidence.endAt), "spoiled")
    }

    @Test("the same under the seed's policy, between two grid points, with a kill just decided")
    func seedWithKill() {
        let evidence = HostileEvidence(seed: 2, isDisputed: false)
        let kill = decision(.kill, .agent(agent("dull")), at: day(28, 9), reason: "it looks wrong")
        expect(report(evidence.facts + FactBatch(decisions: [kill]), .seed, asOf: day(28, 10)), "seed-kill")
    }

    @Test("two agents, one coin, three days: small enough to check by hand")
    func byHand() {
        let bars = [hourlyBars("BTC", hours: 0..<24 * 9) { 100 + Double($0) / 4 }]
        let signals = (0..<3).flatMap {
            [
                signal("bull", "BTC", .long, at: day(4 + Int64($0), 6), score: 2, strategyClass: "trend", version: "1"),
                signal("bear", "BTC", .short, at: day(4 + Int64($0), 18), score: 1, strategyClass: "fade"),
            ]
        }
        expect(report(FactBatch(bars: bars, signals: signals), asOf: day(8, 12)), "by-hand")
    }

    private func expect(_ report: Report, _ name: String) {
        let options = TextOptions(isFull: true)
        Frozen.expect(Array(SixDigits.of(TextReport.text(report, options: options)).utf8), is: name + ".txt")
        let json = String(decoding: JSONReport.bytes(report), as: UTF8.self)
        Frozen.expect(Array(SixDigits.of(json).utf8), is: name + ".json")
    }
}

/// Text with its fractions cut to six significant digits.
enum SixDigits {
    static func of(_ text: String) -> String {
        var result = ""
        var number: [UInt8] = []
        var last: UInt8 = 0
        for byte in text.utf8 {
            let isPart = (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") || isExponent(byte, in: number)
            // A digit behind a letter belongs to a name or a digest.
            if isPart, !number.isEmpty || ((0x30...0x39).contains(byte) && !isWord(last)) {
                number.append(byte)
            } else {
                result += rounded(number, followedBy: byte)
                number = []
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
            last = byte
        }
        result += rounded(number, followedBy: 0)
        return String(decoding: result.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
    }

    private static func isExponent(_ byte: UInt8, in number: [UInt8]) -> Bool {
        guard let last = number.last else { return false }
        if byte == UInt8(ascii: "e") { return number.contains(UInt8(ascii: ".")) }
        return (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")) && last == UInt8(ascii: "e")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte > 0x7F
    }

    private static func rounded(_ number: [UInt8], followedBy next: UInt8) -> String {
        let text = String(decoding: number, as: UTF8.self)
        guard text.utf8.count > 7, text.contains("."), !isWord(next), let value = Double(text) else { return text }
        return String(DecimalText.significant(value))
    }
}
