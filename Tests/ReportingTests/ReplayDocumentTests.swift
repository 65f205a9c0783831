import Domain
import JSONText
import Reporting
import Testing

@Suite("The documents of a replay")
struct ReplayDocumentTests {
    private static let start = Timestamp(seconds: 1_735_689_600)

    private static func agent(_ name: String) -> AgentID {
        guard let agent = AgentID(name) else { preconditionFailure("Invariant: \(name) is an agent's name") }
        return agent
    }

    private static func policy(_ name: String, _ returns: [Double], fateCount: Int = 0) -> ReplayPolicy {
        let known = Evidence.known(Estimate(value: 1.25, standardError: 0.75, count: returns.count))
        let stretch = ReplayPolicy.Fate.Stretch(dayCount: 30, netReturn: 0.031, residual: -0.012)
        return ReplayPolicy(
            name: name, fingerprint: "0123456789abcdef", promotesOnHistory: false, decisionEvery: .day,
            decisionCount: 1_234,
            days: returns.enumerated().map {
                ReplayPolicy.Day(
                    start: start + .days(Int64($0.offset)), netReturn: $0.element, grossReturn: $0.element,
                    turnover: 0.1, cash: 0.5)
            },
            netReturn: returns.reduce(1) { $0 * (1 + $1) } - 1, grossReturn: 0, annualVolatility: .known(0.21),
            sharpeRatio: known, maximalDrawdown: 0.123, averageTurnover: 0.1, averageCash: 0.5, investedShare: 1,
            winningShare: .known(0.5),
            regrets: ReplayPolicy.Regret.Oracle.allCases.map {
                ReplayPolicy.Regret(
                    oracle: $0, note: "cash", totalBps: 12_345.6, dailyBps: 12.3, oracleLogWealthBps: 20_000,
                    gapBps: $0 == .bestRebalanced ? 3 : 0)
            },
            differences: [
                ReplayPolicy.Difference(
                    other: "equal-weight@1", dailyBps: known, sharpe: .insufficient(count: 40, needed: 20))
            ],
            fates: (0..<fateCount).map {
                ReplayPolicy.Fate(
                    at: start + .days(Int64($0)), agent: agent("agent-\($0)"), isPromotion: $0 % 2 == 0,
                    reason: "because", after30: stretch, after90: $0 == 0 ? stretch : nil, untilEnd: stretch)
            })
    }

    private static func document(
        _ policies: [ReplayPolicy], unattested: Int = 0, placebo: ReplayPlaceboResult? = nil
    ) -> ReplayDocument {
        ReplayDocument(
            start: start, end: start + .days(40), factCounts: [.bar: 12_345, .signal: 678], agentCount: 3,
            signalCount: 678, unattestedCount: unattested, switchLimit: 3, policies: policies, placebo: placebo)
    }

    private static let placebo = ReplayPlaceboResult(
        kind: .shuffle(draws: 4, seed: .max),
        rows: [
            ReplayPlaceboResult.Row(
                policy: "standard@1", realSharpe: .known(Estimate(value: 1.5, standardError: 0.5, count: 40)),
                realNetReturn: 0.1, sharpeRatios: [0.5, -1, 2, 1], netReturns: [0.1, 0, 0.2, 0.3], difference: nil)
        ], importedCount: 7)

    @Test("No line is wider than the page, whatever the names and numbers")
    func width() {
        let long = String(repeating: "a very long name, ", count: 5)
        let policies = [
            Self.policy(long, [0.5, -0.99, 1_000], fateCount: 50), Self.policy("short", [0, 0]),
            Self.policy("seed@1, same costs", [0.01]),
        ]
        let shift = ReplayPlaceboResult(kind: .shift, rows: Self.placebo.rows, importedCount: 0)
        for placebo in [nil, Self.placebo, shift] {
            let text = ReplayText.text(Self.document(policies, unattested: 600, placebo: placebo))
            for line in text.split(separator: "\n") {
                #expect(DisplayText.width(String(line)) <= TextPage.width, "\(line)")
            }
        }
    }

    @Test("History that promotes nobody is spoken of where it matters, with the switch")
    func history() {
        let policies = [Self.policy("standard@1", [0.01])]
        #expect(ReplayText.text(Self.document(policies, unattested: 678)).contains("100 % of the signals are history"))
        #expect(ReplayText.text(Self.document(policies, unattested: 678)).contains("gates.requiresAttestation=false"))
        #expect(!ReplayText.text(Self.document(policies)).contains("requiresAttestation"))
        var trusting = policies
        trusting[0].promotesOnHistory = true
        #expect(!ReplayText.text(Self.document(trusting, unattested: 678)).contains("requiresAttestation"))
    }

    @Test("Long lists of fates are cut with a word on how to see them all, and --full shows them")
    func fates() {
        let document = Self.document([Self.policy("standard@1", [0.01], fateCount: 50)])
        let short = ReplayText.text(document)
        #expect(short.contains("and 30 more: --full or --json") && !short.contains("agent-49"))
        #expect(short.contains("25 promotions and 25 kills"))
        #expect(ReplayText.text(document, options: TextOptions(isFull: true)).contains("agent-49"))
    }

    @Test("JSON holds every figure; what is not known is null or insufficient")
    func json() throws {
        let document = Self.document([Self.policy("standard@1", [0.01, -0.02], fateCount: 2)], placebo: Self.placebo)
        let value = try JSONValue.parse(ReplayJSON.bytes(document))
        #expect(value["schema"]?.string == "meta-supervisor/replay/1")
        let policy = try #require(value["policies"]?.array?.first)
        #expect(policy["day_count"]?.integer == 2 && policy["last_day"]?.string == "2025-01-02T00:00:00Z")
        #expect(policy["promotion_count"]?.integer == 1 && policy["kill_count"]?.integer == 1)
        let fates = try #require(policy["fates"]?.array)
        #expect(fates[1]["after_90_days"]?.isNull == true && fates[1]["decision"]?.string == "killed")
        #expect(policy["regrets"]?.array?.last?["oracle_gap_bps"]?.double == 3)
        let difference = try #require(policy["differences"]?.array?.first)
        #expect(difference["sharpe_ratio"]?["insufficient"]?["count"]?.integer == 40)
        // A seed does not fit into the numbers of every reader.
        #expect(value["placebo"]?["seed"]?.string == "18446744073709551615")
        #expect(value["placebo"]?["policies"]?.array?.first?["chance"]?.double == 0.4)
    }

    @Test("CSV: one line a day and policy, names quoted where they must be, equity compounded")
    func csv() {
        let document = Self.document([Self.policy("plain", [0.5, -0.5]), Self.policy("a \"b\", c", [-0.0])])
        let text = String(decoding: ReplayCSV.bytes(document), as: UTF8.self)
        #expect(
            text == """
                day,policy,net_return,gross_return,turnover,cash,equity
                2025-01-01,plain,0.5,0.5,0.1,0.5,1.5
                2025-01-02,plain,-0.5,-0.5,0.1,0.5,0.75
                2025-01-01,"a ""b"", c",0.0,0.0,0.1,0.5,1.0

                """)
    }

    @Test("Of a shuffle, p counts the real history among its drawings")
    func chance() {
        var row = Self.placebo.rows[0]
        #expect(row.chance == 2.0 / 5)
        row.sharpeRatios = [0, 0, 0]
        #expect(row.chance == 1.0 / 4)
        row.realSharpe = .insufficient(count: 3, needed: 20)
        #expect(row.chance == nil)
    }
}
