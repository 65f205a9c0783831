import Domain
import GRDB

/// Which symbols need prices and since when: kept beside the signals, in the transaction that stores them.
///
/// Asking the signals themselves would read every one of millions of them each minute; this is one row a symbol.
final class NeedTable {
    private struct Span {
        var firstSignalAt: Timestamp
        var lastCloseAt: Timestamp
    }

    private var spans: [Int64: Span] = [:]
    private var latestSymbol: Int64 = 0
    private var latestSpan: Span?

    /// A flat signal holds nothing and needs no price.
    func note(_ signal: Signal, symbol: Int64) {
        guard signal.direction != .flat else { return }
        let closesAt = signal.closesAt
        if symbol != latestSymbol {
            keepLatest()
            latestSymbol = symbol
            latestSpan = spans[symbol]
        }
        guard let span = latestSpan else {
            latestSpan = Span(firstSignalAt: signal.generatedAt, lastCloseAt: closesAt)
            return
        }
        latestSpan = Span(
            firstSignalAt: min(span.firstSignalAt, signal.generatedAt), lastCloseAt: max(span.lastCloseAt, closesAt))
    }

    private func keepLatest() {
        if let latestSpan { spans[latestSymbol] = latestSpan }
    }

    func store(in database: Database) throws {
        keepLatest()
        guard !spans.isEmpty else { return }
        let statement = try RawStatement(
            database,
            """
            INSERT INTO price_need (symbol, firstSignalAt, lastCloseAt) VALUES (?1, ?2, ?3)
            ON CONFLICT (symbol) DO UPDATE SET firstSignalAt = min(firstSignalAt, excluded.firstSignalAt),
                lastCloseAt = max(lastCloseAt, excluded.lastCloseAt)
            """)
        for (symbol, span) in spans.sorted(by: { $0.key < $1.key }) {
            statement.bind(symbol, at: 1)
            statement.bind(span.firstSignalAt, at: 2)
            statement.bind(span.lastCloseAt, at: 3)
            try statement.run()
        }
    }
}
