package import Domain
internal import Statistics

/// What became of an agent after it was promoted or killed: whether the decision was right, as far as can be told.
///
/// After a promotion one hopes for a residual above 0, after a kill for one below. A single fate proves nothing: a
/// month of a good agent ends below 0 four times in ten.
package struct ReplayFate: Equatable, Sendable {
    /// What a book did over the days that followed, whatever weight it had.
    package struct Stretch: Equatable, Sendable {
        /// How many days of the record there were.
        package var dayCount: Int
        /// Compounded, after costs.
        package var netReturn: Double
        /// Sum of the daily returns that the market does not explain.
        package var residual: Double
    }

    package var at: Timestamp
    package var agent: AgentID
    package var from: Stage
    package var to: Stage
    package var reason: String
    /// Over the 30 and 90 days that follow and until the end of the record; `nil` where the record ends before.
    package var after30: Stretch?
    package var after90: Stretch?
    package var untilEnd: Stretch?

    package var isPromotion: Bool { to == .promoted }

    /// Promotions of candidates and kills, in their order.
    package static func all(of record: ReplayRecord) -> [ReplayFate] {
        record.stageChanges.compactMap { change in
            let isPromotion = change.from == .candidate && change.to == .promoted
            guard isPromotion || change.to == .killed, change.member < record.agents.count else { return nil }
            let first = record.days.firstIndex { $0.start >= change.at } ?? record.days.count
            return ReplayFate(
                at: change.at, agent: record.agents[change.member], from: change.from, to: change.to,
                reason: change.reason, after30: stretch(record, change.member, first, days: 30),
                after90: stretch(record, change.member, first, days: 90),
                untilEnd: stretch(record, change.member, first, days: nil))
        }
    }

    private static func stretch(_ record: ReplayRecord, _ place: Int, _ first: Int, days: Int?) -> Stretch? {
        let end = days.map { first + $0 } ?? record.days.count
        guard end <= record.days.count, end > first else { return nil }
        var returns: [Double] = []
        var residuals: [Double] = []
        for day in first..<end {
            let (all, own) = (record.bookReturns[day], record.bookResiduals[day])
            returns.append(place < all.count ? all[place] : 0)
            residuals.append(place < own.count ? own[place] : 0)
        }
        return Stretch(
            dayCount: returns.count, netReturn: ReplayStatistics.compounded(returns),
            residual: compensatedSum(residuals))
    }
}
