import Domain

extension RuntimeSettings {
    static let daemonKeys: [RuntimeKey] = priceKeys + scheduleKeys + alertKeys + serverKeys

    private static let priceKeys: [RuntimeKey] = [
        .list(
            "prices.venues", \.prices.venues, Venue.allCases.map(\.rawValue),
            "Exchanges to ask for prices, the preferred one first; the next is asked where one has none.",
            read: \.rawValue, parse: Venue.init(rawValue:)),
        .list(
            "prices.quotes", \.prices.quotes, ["USDT", "USD", "USDC", "EUR"],
            "In which currency BTC is bought where a symbol names none, the preferred one first. The dollar and its"
                + " tokens are one currency; do not change it for another on a ledger that has prices.",
            read: { $0 }, parse: { $0 }),
        .list(
            "prices.symbols", \.prices.symbols, nil,
            "Symbols whose prices are fetched beside those that agents signal on.",
            read: \.name, parse: { Symbol($0) }),
        .choice(
            "prices.barLength", \.prices.barLength, "The length of the bars that are fetched."),
        .integer(
            "prices.historyDays", \.prices.historyDays, 1...3_650,
            "How far before a symbol's first signal its prices are fetched."),
        .flag(
            "prices.crossCheck", \.prices.isCrossChecked,
            "Compare every bar with another venue's before it counts."),
        .number(
            "prices.disagreementSigmas", \.prices.disagreementSigmas, 0.01...100,
            "Closes of two venues that differ by more than this many standard deviations of a bar's return withdraw the"
                + " bar; but see the floor."),
        .number(
            "prices.disagreementFloorBps", \.prices.disagreementFloorBps, 0...10_000,
            "Differences up to this many bps are none: dollars and their tokens differ by that."),
        .number(
            "prices.timeoutSeconds", \.prices.timeoutSeconds, 0.05...300, "For one request, from first to last byte."),
        .integer(
            "prices.attempts", \.prices.attempts, 1...20,
            "How often one request is made before the venue is given up."),
        .number(
            "prices.backoffSeconds", \.prices.backoffSeconds, 0.001...600,
            "The wait before the second attempt; it doubles, with jitter."),
        .number(
            "prices.maximalBackoffSeconds", \.prices.maximalBackoffSeconds, 0.001...3_600,
            "The longest wait between two attempts; a venue that asks for more is left for the next one."),
        .integer(
            "prices.maximalResponseMegabytes", \.prices.maximalResponseMegabytes, 1...1_024,
            "A longer answer is refused."),
        .integer(
            "prices.breakerFailures", \.prices.breakerFailures, 1...1_000,
            "Failed requests in a row after which a venue is left alone."),
        .number(
            "prices.breakerCooldownSeconds", \.prices.breakerCooldownSeconds, 0.01...86_400,
            "How long it is left alone before it is tried again with one request."),
        .integer(
            "prices.gapRetryMinutes", \.prices.gapRetryMinutes, 1...10_080,
            "After how long a gap is asked for again; it doubles each time."),
        .integer(
            "prices.gapRetryMaximalHours", \.prices.gapRetryMaximalHours, 1...8_784,
            "The longest wait until a gap is asked for again."),
        .integer(
            "prices.instrumentCacheHours", \.prices.instrumentCacheHours, 1...720,
            "For how long a venue's list of instruments is believed."),
        .map(
            "prices.addresses", \.prices.addresses,
            "By venue, an address in place of its own: a proxy such as http://127.0.0.1:8080."),
    ]

    private static let scheduleKeys: [RuntimeKey] = [
        .text(
            "schedule.prices", \.schedule.prices,
            "When bars are fetched: `every 5m`, five fields of cron (UTC), or `off`."),
        .text(
            "schedule.ingest", \.schedule.ingest,
            "When files are read. More often than the grace, or signals count as history."),
        .text("schedule.supervise", \.schedule.supervise, "When the fold is brought to now and its files are written."),
        .text(
            "schedule.train", \.schedule.train,
            "When the expected-return model is looked at and its file is written."),
        .text("schedule.report", \.schedule.report, "When the report's own files are written for the moment."),
        .text("schedule.backup", \.schedule.backup, "When the ledger is copied and the copy checked."),
        .integer(
            "schedule.misfireGraceMinutes", \.schedule.misfireGraceMinutes, 0...525_600,
            "A due time missed by more than this is passed over; 0 makes up the latest one, however late."),
        .integer("schedule.attempts", \.schedule.attempts, 1...100, "Attempts at one due time before it is given up."),
        .number(
            "schedule.retryBackoffSeconds", \.schedule.retryBackoffSeconds, 0.001...86_400,
            "The wait before a failed job is tried again; it doubles."),
        .number(
            "schedule.limitMinutes", \.schedule.limitMinutes, 0.001...1_440, "A job that takes longer is cancelled."),
        RuntimeKey(
            key: "schedule.limitMinutesByJob", documentation: "The same by job: {\"backup\": 120}.",
            shape: .numberMap(0.001...1_440), read: { .numberMap($0.schedule.limitMinutesByJob) },
            write: { if case .numberMap(let map) = $1 { $0.schedule.limitMinutesByJob = map } }),
        .number(
            "schedule.shutdownSeconds", \.schedule.shutdownSeconds, 0.1...3_600,
            "How long a stop waits for a running job before it is cancelled."),
        .text(
            "backup.directory", \.schedule.backupDirectory,
            "Where copies of the ledger are kept; relative to the root. Another disk is better."),
        .integer("backup.keep", \.schedule.backupsKept, 1...1_000, "How many copies are kept."),
    ]

    private static let alertKeys: [RuntimeKey] = [
        .map(
            "alerts.channels", \.alerts.channels,
            "Whom to tell, under names of your choice: {\"desk\": \"slack\"}; webhook, slack, discord or telegram."
                + " Addresses come from the environment: META_SUPERVISOR_SECRET_DESK_URL, for telegram _TOKEN and"
                + " _CHAT."),
        .text(
            "alerts.template", \.alerts.template,
            "The body that a webhook is sent, with {title}, {text}, {kind}, {subject}, {state}, {at} and {identity}"
                + " filled in as JSON strings; empty for the ready-made one."),
        .list(
            "alerts.muted", \.alerts.muted, nil, "Kinds of alerts nobody wants to hear of.", read: { $0 },
            parse: { $0 }),
        .number(
            "alerts.repeatHours", \.alerts.repeatHours, 0...8_784,
            "An alert that stands is told again after this long; 0 for never."),
        .number(
            "alerts.throttleMinutes", \.alerts.throttleMinutes, 0...10_080,
            "At least this long between two messages about the same thing."),
        .integer(
            "alerts.messagesPerHour", \.alerts.messagesPerHour, 1...10_000,
            "What comes beyond this is told together, in one message."),
        .number(
            "alerts.clearMinutes", \.alerts.clearMinutes, 0...10_080,
            "For how long a condition is gone before it counts as resolved."),
        .number(
            "alerts.fleetDrawdownSigmas", \.alerts.fleetDrawdownSigmas, 0.1...100,
            "A fall of the fleet's paper record by this many daily standard deviations is told."),
        .number(
            "alerts.fleetDrawdownClearSigmas", \.alerts.fleetDrawdownClearSigmas, 0...100,
            "It is over when the fall is less than this again."),
        .number(
            "alerts.tailRiskSigmas", \.alerts.tailRiskSigmas, 0.1...100,
            "A CVaR (95 %) of a strategy's shortfall above this many standard deviations is told."),
        .number(
            "alerts.tailRiskClearSigmas", \.alerts.tailRiskClearSigmas, 0...100,
            "It is over when the CVaR is less than this again."),
        .number(
            "alerts.noPricesHours", \.alerts.noPricesHours, 0.1...8_784,
            "A symbol with open signals and no new bar for this long, and for two bars, is told."),
        .integer(
            "alerts.jobFailures", \.alerts.jobFailures, 1...1_000,
            "A job that failed this often in a row is told."),
    ]

    private static let serverKeys: [RuntimeKey] = [
        .flag("server.on", \.server.isOn, "Whether the daemon answers /healthz, /readyz and /metrics."),
        .text("server.host", \.server.host, "The address it is bound to. Anything but the loopback shows your fleet."),
        .integer("server.port", \.server.port, 0...65_535, "Its port; 0 for any free one."),
        .integer(
            "server.metricAgents", \.server.metricAgents, 0...10_000,
            "Agents with series of their own in /metrics: those with the largest weights; the others are summed."),
        .number(
            "server.readyWithinMinutes", \.server.readyWithinMinutes, 0.1...10_080,
            "/readyz says no when the last cycle is older."),
    ]
}

extension RuntimeKey {
    static func number(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, Double> & Sendable, _ range: ClosedRange<Double>,
        _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .number(range, isOptional: false),
            read: { .number($0[keyPath: path]) },
            write: { if case .number(let number) = $1 { $0[keyPath: path] = number } })
    }

    static func flag(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, Bool> & Sendable, _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .flag, read: { .flag($0[keyPath: path]) },
            write: { if case .flag(let flag) = $1 { $0[keyPath: path] = flag } })
    }

    static func text(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, String> & Sendable, _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .text, read: { .text($0[keyPath: path]) },
            write: { if case .text(let text) = $1 { $0[keyPath: path] = text } })
    }

    /// `words` where only those fit; `parse` is given nothing else.
    static func list<Element: Sendable>(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, [Element]> & Sendable, _ words: [String]?,
        _ documentation: String, read: @escaping @Sendable (Element) -> String,
        parse: @escaping @Sendable (String) -> Element?
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .texts(words),
            read: { .texts($0[keyPath: path].map(read)) },
            write: { if case .texts(let texts) = $1 { $0[keyPath: path] = texts.compactMap(parse) } })
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<RuntimeSettings, Value> & Sendable, _ documentation: String
    ) -> RuntimeKey {
        RuntimeKey(
            key: key, documentation: documentation, shape: .choice(Value.allCases.map(\.rawValue)),
            read: { .text($0[keyPath: path].rawValue) },
            write: {
                if case .text(let text) = $1, let value = Value(rawValue: text) { $0[keyPath: path] = value }
            })
    }
}
