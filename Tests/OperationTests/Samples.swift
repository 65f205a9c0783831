import Domain
import Operation

/// Small facts, made in one line.
enum Samples {
    static func agent(_ name: String) -> AgentID {
        guard let agent = AgentID(name) else { preconditionFailure("Invariant: \(name) is an agent's name") }
        return agent
    }

    static func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("Invariant: \(name) is a symbol") }
        return symbol
    }

    static func signal(
        _ name: String, _ symbolName: String, _ direction: Direction = .long, at time: Timestamp
    ) -> Signal {
        Signal(agent: agent(name), symbol: symbol(symbolName), direction: direction, score: 0.5, generatedAt: time)
    }

    static func bar(opening time: Timestamp, open: Double = 100, close: Double = 101) -> Bar {
        Bar(
            openAt: time, closeAt: time + .hours(1), open: open, high: max(open, close), low: min(open, close),
            close: close, volume: nil)
    }

    static func outcome(_ name: String, _ symbolName: String, at time: Timestamp) -> ImportedOutcome {
        ImportedOutcome(
            agent: agent(name), symbol: symbol(symbolName), direction: .long, generatedAt: time, horizon: .standard,
            realizedReturnBps: 12, expectedReturnBps: 10, expectedSigmaBps: nil, entryPrice: nil, exitPrice: nil,
            score: nil, confidence: nil, runID: nil, strategyClass: nil, regime: nil, forecasterVersion: nil)
    }
}
