import Operation

/// What a line can say, in the names of the drop-in files.
enum Field: Int, CaseIterable, Sendable {
    case time, agent, symbol, direction, probabilityUp, confidence, score, regime, runID, signalID, horizonHours
    case strategyClass, agentVersion
    case errors, latency, cost, tokensIn, tokensOut
    case entryPrice, exitPrice, realizedReturn, expectedReturn, expectedSigma, forecastError, absoluteError
    case forecasterVersion
    case open, high, low, close, volume, closeTime, interval

    /// The drop-in name first; the others are understood in price files only.
    var names: [String] {
        switch self {
        case .time: ["ts", "open_time", "time", "timestamp", "date"]
        case .agent: ["agent"]
        case .symbol: ["symbol"]
        case .direction: ["direction"]
        case .probabilityUp: ["prob_up"]
        case .confidence: ["confidence"]
        case .score: ["score_final"]
        case .regime: ["regime"]
        case .runID: ["run_id"]
        case .signalID: ["signal_id"]
        case .horizonHours: ["horizon_hours"]
        case .strategyClass: ["strategy_class"]
        case .agentVersion: ["agent_version"]
        case .errors: ["errors"]
        case .latency: ["latency_ms"]
        case .cost: ["cost_usd"]
        case .tokensIn: ["tokens_in"]
        case .tokensOut: ["tokens_out"]
        case .entryPrice: ["entry_price"]
        case .exitPrice: ["exit_price"]
        case .realizedReturn: ["realized_pnl_bps"]
        case .expectedReturn: ["expected_pnl_bps"]
        case .expectedSigma: ["expected_sigma_bps"]
        case .forecastError: ["pnl_error_bps"]
        case .absoluteError: ["abs_error_bps"]
        case .forecasterVersion: ["sim_version"]
        case .open: ["open"]
        case .high: ["high"]
        case .low: ["low"]
        case .close: ["close"]
        case .volume: ["volume"]
        case .closeTime: ["close_ts", "close_time"]
        case .interval: ["interval"]
        }
    }

    var name: String { names[0] }

    /// Whether it is a number that a mapping may scale.
    var isNumber: Bool {
        switch self {
        case .time, .closeTime, .agent, .symbol, .direction, .regime, .runID, .signalID, .strategyClass, .agentVersion,
            .forecasterVersion, .interval:
            false
        case .probabilityUp, .confidence, .score, .horizonHours, .errors, .latency, .cost, .tokensIn, .tokensOut,
            .entryPrice, .exitPrice, .realizedReturn, .expectedReturn, .expectedSigma, .forecastError, .absoluteError,
            .open, .high, .low, .close, .volume:
            true
        }
    }

    static func all(of kind: SourceKind) -> [Field] {
        switch kind {
        case .signals:
            [
                .time, .agent, .symbol, .direction, .probabilityUp, .confidence, .score, .regime, .runID, .signalID,
                .horizonHours, .strategyClass, .agentVersion,
            ]
        case .telemetry: [.time, .agent, .runID, .errors, .latency, .cost, .tokensIn, .tokensOut]
        case .reconciled:
            [
                .time, .agent, .symbol, .direction, .runID, .horizonHours, .entryPrice, .exitPrice, .realizedReturn,
                .expectedReturn, .expectedSigma, .forecastError, .absoluteError, .forecasterVersion, .strategyClass,
                .regime, .confidence, .score,
            ]
        case .prices: [.time, .open, .high, .low, .close, .volume, .symbol, .closeTime, .interval]
        }
    }

    static func required(of kind: SourceKind) -> [Field] {
        switch kind {
        case .signals: [.time, .agent, .symbol, .direction]
        case .telemetry: [.time, .agent, .runID, .errors]
        case .reconciled: [.time, .agent, .symbol, .direction, .realizedReturn, .expectedReturn]
        case .prices: [.time, .open, .high, .low, .close]
        }
    }
}
