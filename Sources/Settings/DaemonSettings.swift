package import Domain

/// Where prices come from, and how patiently they are asked for.
package struct PriceSettings: Equatable, Sendable {
    package var venues: [Venue] = [.binance, .coinbase, .kraken, .okx, .bybit, .bitstamp]
    /// For symbols that name none, in order of preference.
    package var quotes: [String] = ["USDT", "USD", "USDC"]
    /// Beside those that agents signal on.
    package var symbols: [Symbol] = []
    package var barLength = BarLength.hour
    package var historyDays = 60
    package var isCrossChecked = true
    package var disagreementSigmas = 1.0
    package var disagreementFloorBps = 30.0
    package var timeoutSeconds = 10.0
    package var attempts = 4
    package var backoffSeconds = 0.5
    package var maximalBackoffSeconds = 30.0
    package var maximalResponseMegabytes = 32
    package var breakerFailures = 5
    package var breakerCooldownSeconds = 120.0
    package var gapRetryMinutes = 60
    package var gapRetryMaximalHours = 168
    package var instrumentCacheHours = 24
    /// By venue, in place of its own address: a proxy, a test.
    package var addresses: [String: String] = [:]

    package init() {}

    package enum BarLength: String, Sendable, CaseIterable {
        case minute = "1m"
        case fiveMinutes = "5m"
        case quarterHour = "15m"
        case halfHour = "30m"
        case hour = "1h"
        case fourHours = "4h"
        case day = "1d"

        package var span: Span {
            switch self {
            case .minute: .minutes(1)
            case .fiveMinutes: .minutes(5)
            case .quarterHour: .minutes(15)
            case .halfHour: .minutes(30)
            case .hour: .hours(1)
            case .fourHours: .hours(4)
            case .day: .day
            }
        }
    }
}

/// When the daemon does what.
package struct ScheduleSettings: Equatable, Sendable {
    /// `every 5m`, five fields of cron in UTC, or `off`; read and checked by the scheduler.
    package var prices = "1-56/5 * * * *"
    package var ingest = "every 1m"
    package var supervise = "3 * * * *"
    package var train = "10 0 * * *"
    package var report = "15 0 * * *"
    package var backup = "45 2 * * *"
    /// A due time that is older when somebody comes to run it is passed over; 0 makes up the latest one, however old.
    package var misfireGraceMinutes = 0
    package var attempts = 5
    package var retryBackoffSeconds = 30.0
    package var limitMinutes = 30.0
    /// By job, in place of the above.
    package var limitMinutesByJob: [String: Double] = [:]
    package var shutdownSeconds = 30.0
    package var backupDirectory = ".meta-supervisor/backups"
    package var backupsKept = 7

    package init() {}
}

/// Whom to tell what.
package struct AlertSettings: Equatable, Sendable {
    /// By a name of the user's choice: webhook, slack, discord or telegram. Addresses and tokens come from the
    /// environment alone.
    package var channels: [String: String] = [:]
    /// Body of the generic webhook; empty for the ready-made one.
    package var template = ""
    /// Kinds nobody wants to hear of.
    package var muted: [String] = []
    package var repeatHours = 24.0
    package var throttleMinutes = 30.0
    package var messagesPerHour = 30
    package var clearMinutes = 60.0
    package var fleetDrawdownSigmas = 6.0
    package var fleetDrawdownClearSigmas = 4.0
    package var tailRiskSigmas = 4.0
    package var tailRiskClearSigmas = 3.5
    package var noPricesHours = 3.0
    package var jobFailures = 3

    package init() {}
}

/// Where the daemon answers.
package struct ServerSettings: Equatable, Sendable {
    package var isOn = true
    package var host = "127.0.0.1"
    /// 0 takes any free one and says which.
    package var port = 9464
    /// Agents with a series of their own in `/metrics`; the others are one.
    package var metricAgents = 50
    package var readyWithinMinutes = 150.0

    package init() {}
}
