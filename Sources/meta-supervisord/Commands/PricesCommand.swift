import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import MarketData
import Operation
import Reporting
import Settings

struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices",
        abstract: "Prices from exchanges: fetch what is missing, list what nobody has, compare venues.",
        discussion: """
            The daemon fetches by itself; these work beside it.

            Examples:
              meta-supervisord prices backfill --root my-fleet --symbols BTC,ETH --from 2025-01-01
              meta-supervisord prices gaps --root my-fleet
              meta-supervisord prices check --root my-fleet --symbols BTC
            """,
        subcommands: [Backfill.self, Gaps.self, Check.self])

    struct Backfill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "backfill",
            abstract: "Fetches the bars that the ledger lacks, and nothing else.",
            discussion: """
                Stored window by window: stopped in the middle, it goes on where it was. Bars from before the first \
                look at a symbol enter as history, known when they closed. With --from or --through, gaps are asked \
                for again whether they are due or not.

                Example: meta-supervisord prices backfill --root my-fleet --symbols BTC --from 2025-01-01
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: PriceSelection
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let workspace = try Workspace.open(common, mode: .readWrite)
            let request = PriceFeed.Request(
                symbols: try selection.parsedSymbols(), from: try selection.fromTime(),
                through: try selection.throughTime())
            let bar = ProgressBar("fetching", isQuiet: common.quiet)
            let summary = try await workspace.withPriceFeed { feed in
                try await feed.run(request) { progress in
                    let share = progress.allAsked > 0
                        ? Double(progress.allAnswered) / Double(progress.allAsked) : 1
                    bar.show(share, "\(progress.symbol) \(progress.answered) of \(progress.asked) bars")
                }
            }
            bar.finish()
            if output.json { PricesText.json(summary) } else { Console.print(PricesText.text(summary), terminator: "") }
            if summary.isFailure { throw Failure("no venue answered: " + (summary.venueTroubles.first?.text ?? "")) }
        }
    }

    struct Gaps: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gaps",
            abstract: "Bars that no venue had when it was asked, and when it is asked again.",
            discussion: """
                A gap stays one until a venue has the bar: nothing is filled forward.

                Example: meta-supervisord prices gaps --root my-fleet --symbols BTC
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var output: OutputOptions

        @Option(name: .long, help: ArgumentHelp("Only these, separated by commas.", valueName: "symbol,…"))
        var symbols: String?

        func run() async throws {
            let workspace = try Workspace.open(common, mode: .readOnly)
            let wanted = try PriceSelection.symbols(symbols)
            let gaps = try workspace.ledger.priceLog.gaps(nil).filter { gap in
                wanted.isEmpty || wanted.contains(gap.symbol)
            }
            if output.json { PricesText.json(gaps) } else { Console.print(PricesText.text(gaps), terminator: "") }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Compares what the venues say now of the same bars; changes nothing.",
            discussion: """
                For each pair of venues: the bars both have, the median difference of their closes, the largest \
                difference of opens and closes, and how many bars are further apart than the settings allow. Without \
                --from, the last seven days.

                Example: meta-supervisord prices check --root my-fleet --symbols BTC,ETH
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: PriceSelection
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let workspace = try Workspace.open(common, mode: .readOnly)
            let now = workspace.clock.now()
            let through = try selection.throughTime() ?? now
            let from = try selection.fromTime() ?? min(through, now) - .days(7)
            var symbols = try selection.parsedSymbols()
            if symbols.isEmpty {
                let rules = PriceRules(workspace.settings.runtime.prices)
                symbols = PricePlan.needs(try workspace.ledger.priceLog.needs(), rules: rules).map(\.symbol)
            }
            guard !symbols.isEmpty else {
                throw Failure("nothing to compare: no signal and no setting names a symbol; name some with --symbols")
            }
            let bar = ProgressBar("comparing", isQuiet: common.quiet)
            let wanted = symbols
            let report = try await workspace.withPriceFeed { feed in
                try await feed.compare(wanted, from: from, through: through) { symbol, share in
                    bar.show(share, "\(symbol)")
                }
            }
            bar.finish()
            if output.json { PricesText.json(report) } else { Console.print(PricesText.text(report), terminator: "") }
            if !report.comparisons.contains(where: { $0.barCount > 0 }) {
                throw Failure("no two venues have a bar in common from \(from) through \(through)")
            }
        }
    }
}

/// Which symbols, over which time.
struct PriceSelection: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only these, separated by commas; default: those of signals and settings.", valueName: "symbol,…"))
    var symbols: String?

    @Option(name: .long, help: ArgumentHelp("A day (UTC) or a time with a zone.", valueName: "time"))
    var from: String?

    @Option(name: .long, help: ArgumentHelp("A day (UTC) or a time with a zone; default: now.", valueName: "time"))
    var through: String?

    func parsedSymbols() throws -> [Symbol] { try PriceSelection.symbols(symbols) }
    func fromTime() throws -> Timestamp? { try from.map { try PriceSelection.time($0, "--from") } }
    func throughTime() throws -> Timestamp? { try through.map { try PriceSelection.time($0, "--through") } }

    func validate() throws {
        _ = try parsedSymbols()
        if let from = try fromTime(), let through = try throughTime(), from >= through {
            throw ValidationError("--from \(from) is not before --through \(through)")
        }
    }

    static func symbols(_ text: String?) throws -> [Symbol] {
        try (text ?? "").split(separator: ",").map { name in
            guard let symbol = Symbol(name) else {
                throw ValidationError("--symbols: '\(name)' is no symbol: write BTC, ETH/BTC or BTC-USD")
            }
            return symbol
        }
    }

    private static func time(_ text: String, _ option: String) throws -> Timestamp {
        do {
            return try CivilTime.timestamp(text, acceptsDate: true)
        } catch {
            throw ValidationError("\(option) \(text) is no time: write 2025-10-24 or 2025-10-24T02:00:00Z")
        }
    }
}

extension PriceRules {
    init(_ settings: PriceSettings) {
        self.init(
            barLength: settings.barLength.span, history: .days(Int64(settings.historyDays)),
            symbols: settings.symbols, quotes: settings.quotes, isCrossChecked: settings.isCrossChecked,
            disagreementSigmas: settings.disagreementSigmas, disagreementFloorBps: settings.disagreementFloorBps,
            gapRetry: .minutes(Int64(settings.gapRetryMinutes)),
            gapRetryMaximal: .hours(Int64(settings.gapRetryMaximalHours)))
    }
}

extension Workspace {
    /// What fetches prices into this folder's ledger from given venues.
    func priceFeed(_ sources: [CandleSource]) -> PriceFeed {
        PriceFeed(
            sources: sources,
            intake: PriceIntake(
                clock: clock, facts: ledger.factLog, log: ledger.priceLog,
                rules: PriceRules(settings.runtime.prices),
                lastDecisionAt: { [runs = ledger.runLog] in
                    try runs.list(1).first.map { max($0.asOf, $0.startedAt) }
                }),
            maximalStaleness: settings.policy.pricing.maximalStaleness)
    }

    /// The same with connections of its own, which are closed in the end.
    func withPriceFeed<Result: Sendable>(
        _ body: (PriceFeed) async throws -> Result
    ) async throws -> Result {
        let services = try DaemonServices.open(self)
        do {
            let result = try await body(priceFeed(services.sources))
            await services.shutDown()
            return result
        } catch {
            await services.shutDown()
            throw error
        }
    }
}
