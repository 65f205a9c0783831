import Domain
import Operation

/// What is known of all bars of a source before its first line: from the description, else from the file's name.
///
/// A name tells them where it reads SYMBOL, a separator (`_` or `-`), a length, and perhaps more:
/// `BTCUSDT_1h.csv.gz` (BTC, 1 h), `DOGEUSDT_30m_perp.csv.gz` (DOGE, 30 min), `BTC-USD-1d-2024.csv` (BTC, 1 day).
/// Without a length it tells neither: `prices.csv` is no symbol.
struct BarName: Equatable {
    var symbol: Symbol?
    var length: Span?

    init(_ source: SourceDescription) {
        let name = BarName(fileName: Folder.lastName(of: source.path ?? source.name))
        symbol = source.symbol.flatMap { Symbol($0) } ?? name.symbol
        length = source.barLength.flatMap { $0 > .zero ? $0 : nil } ?? name.length
    }

    init(fileName: String) {
        var stem = Substring(fileName)
        for ending in [".gz", ".csv", ".jsonl", ".ndjson", ".json"] where stem.lowercased().hasSuffix(ending) {
            stem.removeLast(ending.count)
        }
        var index = stem.startIndex
        while let separator = stem[index...].firstIndex(where: { $0 == "_" || $0 == "-" }) {
            let rest = stem[stem.index(after: separator)...]
            let part = rest.prefix { $0 != "_" && $0 != "-" }
            if let length = BarName.length(part), let symbol = Symbol(stem[..<separator]) {
                self.symbol = symbol
                self.length = length
                return
            }
            index = stem.index(after: separator)
        }
    }

    /// `30s`, `1m`, `5min`, `1h`, `1d`, `1w`: a count and a unit. A month (`1M`, `1mo`) has no fixed length and is
    /// none.
    static func length(_ text: some StringProtocol) -> Span? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.utf8.count <= 5, let count = Int64(digits), count > 0 else { return nil }
        let unit = text.dropFirst(digits.count)
        let milliseconds: Int64
        switch unit {
        case "s", "S": milliseconds = 1_000
        case "m", "min", "Min", "MIN": milliseconds = 60_000
        case "h", "H": milliseconds = 3_600_000
        case "d", "D": milliseconds = 86_400_000
        case "w", "W": milliseconds = 604_800_000
        default: return nil
        }
        let span = Span(milliseconds: count * milliseconds)
        return span <= .days(366) ? span : nil
    }
}
