package import Domain
package import Operation

extension PriceFeed {
    /// What one run over the symbols gave: for the job's line, alerts and metrics.
    package struct Summary: Equatable, Sendable {
        package struct VenueCount: Equatable, Sendable {
            package var venue: Venue
            package var count: Int

            package init(venue: Venue, count: Int) {
                self.venue = venue
                self.count = count
            }
        }

        /// What went wrong at a venue, and how often.
        package struct VenueTrouble: Equatable, Sendable {
            package var venue: Venue
            package var text: String
            package var count: Int

            package init(venue: Venue, text: String, count: Int) {
                self.venue = venue
                self.text = text
                self.count = count
            }
        }

        package struct SymbolTrouble: Equatable, Sendable {
            package var symbol: Symbol
            package var text: String

            package init(symbol: Symbol, text: String) {
                self.symbol = symbol
                self.text = text
            }
        }

        /// Where a symbol stands.
        package struct Standing: Equatable, Sendable {
            package var symbol: Symbol
            package var state: InstrumentState
            /// The venue that answered last.
            package var venue: Venue
            /// The last price known: the close of the newest bar in the ledger.
            package var lastPrice: Double?
            package var newestCloseAt: Timestamp?
        }

        package var startedAt: Timestamp
        package var symbolCount = 0
        package var askedCount: Int64 = 0
        /// Bars stored, by the venue they are from; by name.
        package var bars: [VenueCount] = []
        package var checkedCount = 0
        /// Taken from one venue because no second one had them, or because cross-checks are off.
        package var uncheckedCount = 0
        package var withdrawnCount = 0
        package var disagreementCount = 0
        /// The newest of them.
        package var disagreements: [PriceDisagreement] = []
        package var unansweredCount = 0
        /// In the ledger, after the run.
        package var openGapCount = 0
        package var missingBarCount: Int64 = 0
        /// By venue, then in the order in which they came.
        package var venueTroubles: [VenueTrouble] = []
        package var symbolTroubles: [SymbolTrouble] = []
        /// Symbols that no venue lists and that have prices from elsewhere, from files.
        package var elsewhereCount = 0
        /// Symbols of which the venues say something else than the ledger holds.
        package var refusedCount = 0
        /// By symbol.
        package var standings: [Standing] = []

        package static let disagreementsKept = 50
        package static let troublesKept = 50

        package init(startedAt: Timestamp) { self.startedAt = startedAt }

        package var barCount: Int { bars.reduce(0) { $0 + $1.count } }

        /// Nothing that was asked for was answered, and not because it was too early to ask; or every symbol was
        /// refused, as after a change of currency.
        package var isFailure: Bool {
            if refusedCount > 0, refusedCount == symbolCount { return true }
            return askedCount > 0 && Int64(unansweredCount) == askedCount && !venueTroubles.isEmpty
        }

        /// One line.
        package var detail: String {
            var parts: [String] = []
            let venues = bars.map { "\($0.venue) \(DecimalText.grouped($0.count))" }.joined(separator: ", ")
            parts.append(
                "\(Summary.counted(barCount, "bar")) of \(Summary.counted(symbolCount, "symbol"))"
                    + (bars.isEmpty ? "" : " (\(venues))"))
            if barCount > 0 {
                parts.append(
                    "\(DecimalText.grouped(checkedCount)) checked by a second venue, "
                        + "\(DecimalText.grouped(uncheckedCount)) not")
            }
            if disagreementCount > 0 {
                parts.append("\(Summary.counted(disagreementCount, "disagreement")), \(withdrawnCount) withdrawn")
            }
            if unansweredCount > 0 { parts.append("\(unansweredCount) unanswered") }
            if openGapCount > 0 {
                let missing = Summary.counted(Int(clamping: missingBarCount), "bar")
                parts.append("\(Summary.counted(openGapCount, "gap")) open (\(missing))")
            }
            parts += symbolTroubles.prefix(3).map { "\($0.symbol): \($0.text)" }
            if symbolTroubles.count > 3 { parts.append("\(symbolTroubles.count - 3) more symbols in trouble") }
            parts += venueTroubles.prefix(3).map { $0.text + ($0.count > 1 ? " (\($0.count) times)" : "") }
            if venueTroubles.count > 3 { parts.append("\(venueTroubles.count - 3) more failures of venues") }
            return parts.joined(separator: "; ")
        }

        private static func counted(_ count: Int, _ noun: String) -> String {
            DecimalText.grouped(count) + " " + noun + (count == 1 ? "" : "s")
        }

        mutating func add(_ stored: PriceIntake.Stored) {
            for (venue, count) in stored.bars.sorted(by: { $0.key < $1.key }) {
                if let index = bars.firstIndex(where: { $0.venue == venue }) {
                    bars[index].count += count
                } else {
                    bars.append(VenueCount(venue: venue, count: count))
                    bars.sort { $0.venue < $1.venue }
                }
            }
            checkedCount += stored.checkedCount
            uncheckedCount += stored.uncheckedCount
            withdrawnCount += stored.withdrawnCount
            disagreementCount += stored.disagreements.count
            disagreements = (disagreements + stored.disagreements).suffix(Summary.disagreementsKept)
            unansweredCount += stored.unanswered.count
        }

        mutating func add(_ troubles: [(Venue, String)]) {
            for (venue, text) in troubles {
                if let index = venueTroubles.firstIndex(where: { $0.venue == venue && $0.text == text }) {
                    venueTroubles[index].count += 1
                } else if venueTroubles.count < Summary.troublesKept {
                    venueTroubles.append(VenueTrouble(venue: venue, text: text, count: 1))
                }
            }
        }
    }
}
