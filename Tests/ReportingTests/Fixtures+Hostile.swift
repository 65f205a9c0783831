import Domain

/// Reports by name, for tests over all of them.
enum Fleet: String, CaseIterable, Sendable {
    case empty, alone, morning, justTooLarge, large, hostile, extreme

    var report: Report {
        switch self {
        case .empty: Fixture.empty
        case .alone: Fixture.alone
        case .morning: Fixture.morning
        case .justTooLarge: Fixture.large(26)
        case .large: Fixture.large(120)
        case .hostile: Fixture.hostile
        case .extreme: Fixture.extreme
        }
    }
}

extension Fixture {
    /// Names that would do harm if they were taken for anything but names.
    static var hostile: Report {
        var report = morning
        let names = [
            "<script>alert('x')</script>", "a\u{202E}dellik", "\u{2028}line", "\u{9B}2J\u{200B}zero", "&amp;\"quoted\"",
            String(repeating: "长", count: 60),
        ]
        for (index, name) in names.enumerated() {
            report.agents[index].agent = agentID(name)
            report.agents[index].strategyClass = "\u{1B}[31m<b>&" + String(repeating: "x", count: 150)
            report.agents[index].version = "</title><img src=x onerror=alert(1)>"
            report.allocation.agents[index].agent = agentID(name)
        }
        for index in report.strategies.indices { report.strategies[index].strategyClass += "\u{7}\n<i>" }
        report.findings.append(
            Finding(
                .problem, .signals,
                "<img src=x onerror=alert(1)> \u{1B}]0;title\u{7} " + String(repeating: "y", count: 240)))
        report.forecaster.reason = "<script src=//evil.example/x.js></script>"
        report.policyName = "\"><script>"
        return report
    }

    /// Numbers at the edges of what a Double holds, all of them finite.
    static var extreme: Report {
        var report = alone
        report.agents[0].scorecard.pnlSumBps = -1e300
        report.agents[0].scorecard.hitRate = estimate(1, 0, 1)
        report.agents[0].scorecard.averageReturnBps = estimate(-0.0, nil, 1)
        report.agents[0].scorecard.book.totalReturnNet = 1e12
        report.agents[0].verdict.gates[0].value = .known(.leastNonzeroMagnitude)
        report.agents[0].verdict.gates[1].value = .known(.greatestFiniteMagnitude)
        report.fleet.record.sharpeRatio = estimate(-0.0, 0, 2)
        report.strategies[0].pnlSumBps = 1e18
        return report
    }
}
