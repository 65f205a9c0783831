import Domain
import Reporting
import Testing

@Suite("The report as text")
struct TextReportTests {
    @Test(
        "No line is longer than 100 columns, whatever the names are",
        arguments: Fleet.allCases.filter { $0 != .extreme })
    func width(fleet: Fleet) {
        let report = fleet.report
        var texts = [TextReport.text(report), TextReport.text(report, options: TextOptions(isFull: true))]
        texts += [AgentsText.text(report), StrategyText.text(report), ForecasterText.text(report.forecaster)]
        texts += report.agents.prefix(6).compactMap { ExplainText.text(of: $0.agent, in: report) }
        let long = texts.flatMap { $0.split(separator: "\n") }.filter { DisplayText.width(String($0)) > TextPage.width }
        #expect(long.isEmpty)
    }

    @Test("Neither NaN nor an infinity is ever printed", arguments: Fleet.allCases)
    func finite(fleet: Fleet) {
        let report = fleet.report
        var texts = [TextReport.text(report, options: TextOptions(isFull: true)), AgentsText.text(report)]
        texts.append(String(decoding: HTMLReport.bytes(report), as: UTF8.self))
        texts.append(String(decoding: JSONReport.bytes(report), as: UTF8.self))
        for text in texts {
            let lowercase = text.utf8.map { $0 | 0x20 }
            let words = lowercase.split { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            let banned = ["nan", "inf", "infinity"].map { Array($0.utf8) }
            #expect(!words.contains { banned.contains(Array($0)) })
        }
    }

    @Test("A fleet of 1,000 shows both ends and says how many are left out")
    func truncation() {
        let text = TextReport.text(Fixture.large(1_000))
        #expect(text.contains("... 975 more ..."))
        #expect(text.contains("20 largest and the 5 smallest weights; 975 agents between them are left out"))
        #expect(text.split(separator: "\n").count < 150)
        #expect(text.split(separator: "\n").allSatisfy { DisplayText.width(String($0)) <= TextPage.width })
    }

    @Test("With `full` every agent has its line")
    func full() {
        let text = TextReport.text(Fixture.large(1_000), options: TextOptions(isFull: true))
        for index in [0, 1, 499, 998, 999] {
            let name = "agent-" + String(String(10_000 + index).dropFirst())
            #expect(text.contains(name))
        }
        #expect(!text.contains("more ..."))
    }

    @Test("A fleet of 25 is shown whole, one of 26 is not")
    func boundary() {
        #expect(!TextReport.text(Fixture.large(25)).contains("more ..."))
        #expect(TextReport.text(Fixture.large(26)).contains("... 1 more ..."))
    }

    @Test("Agents stand by weight, the largest first, equal ones by name")
    func order() {
        var report = Fixture.large(4)
        for index in report.allocation.agents.indices {
            report.allocation.agents[index].weight = [0.1, 0.3, 0.1, 0][index]
        }
        let ranking = AgentRanking(report, topCount: 20, bottomCount: 5, isFull: false)
        #expect(ranking.top.map(\.report.agent.name) == ["agent-0001", "agent-0000", "agent-0002", "agent-0003"])
    }

    @Test("Findings stand by severity, the worst first, others in their order")
    func findings() {
        #expect(
            Fixture.morning.sortedFindings.map(\.topic) == [.prices, .risk, .forecaster, .promotion])
    }

    @Test("Plain text holds no escape; colored text is the same text with escapes")
    func color() {
        let plain = TextReport.text(Fixture.morning)
        let colored = TextReport.text(Fixture.morning, options: TextOptions(style: TextStyle(isColored: true)))
        #expect(!plain.unicodeScalars.contains("\u{1B}"))
        #expect(colored.unicodeScalars.contains("\u{1B}"))
        var stripped = ""
        var isEscape = false
        for scalar in colored.unicodeScalars {
            if scalar == "\u{1B}" { isEscape = true }
            if !isEscape { stripped.unicodeScalars.append(scalar) }
            if scalar == "m" { isEscape = false }
        }
        #expect(stripped == plain)
    }

    @Test("A control sequence in a name never reaches the terminal")
    func controlCharacters() {
        let text = TextReport.text(Fixture.hostile)
        let harmful = text.unicodeScalars.filter {
            $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0 == "\u{202E}" || $0 == "\u{2028}")
        }
        #expect(harmful.isEmpty)
    }

    @Test("Steps that pass through are named as such")
    func passThrough() {
        let text = TextReport.text(Fixture.morning)
        #expect(text.contains("not active: no-trade band, fleet gate, volatility target and drawdown"))
    }

    @Test("An unknown agent has no explanation")
    func unknown() {
        #expect(ExplainText.text(of: Fixture.agentID("nobody"), in: Fixture.morning) == nil)
        #expect(JSONReport.bytes(of: Fixture.agentID("nobody"), in: Fixture.morning) == nil)
    }

    @Test("A Sharpe ratio is called proof of nothing below two standard errors, and never without one")
    func proof() {
        var report = Fixture.morning
        func text(_ sharpe: Evidence<Estimate>) -> String {
            report.fleet.record.sharpeRatio = sharpe
            return TextReport.text(report).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        #expect(text(Fixture.estimate(1.9, 1, 300)).contains("so it proves no edge"))
        #expect(text(Fixture.estimate(2.1, 1, 300)).contains("more than two standard errors above zero"))
        #expect(text(Fixture.estimate(-2.1, 1, 300)).contains("more than two standard errors below zero"))
        #expect(text(Fixture.estimate(2.1, nil, 300)).contains("without a standard error"))
        #expect(text(.insufficient(count: 3, needed: 20)).contains("(n=3 of 20): it proves nothing"))
    }
}
