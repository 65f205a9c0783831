package import Domain
package import Statistics

extension Evidence where Value == Estimate {
    /// The annualized Sharpe ratio of a record of daily returns beside its standard error.
    ///
    /// - Parameters:
    ///   - returns: The newest of the record, as many as are kept.
    ///   - markCount: How long the record is; below `minimalMarks`, and where nothing moved, there is no ratio.
    package static func annualizedSharpeRatio(
        ofReturns returns: [Double], markCount: Int, minimalMarks: Int, marksPerYear: Double
    ) -> Evidence<Estimate> {
        annualizedSharpeRatio(
            markCount < minimalMarks ? nil : sharpeRatio(ofReturns: returns), markCount: markCount,
            minimalMarks: minimalMarks, marksPerYear: marksPerYear)
    }

    /// The same of a ratio that somebody has made already.
    package static func annualizedSharpeRatio(
        _ ratio: SharpeRatio?, markCount: Int, minimalMarks: Int, marksPerYear: Double
    ) -> Evidence<Estimate> {
        guard markCount >= minimalMarks, let ratio else {
            return .insufficient(count: markCount, needed: minimalMarks)
        }
        return .known(
            Estimate(
                value: ratio.annualized(periodsPerYear: marksPerYear),
                standardError: ratio.annualizedStandardError(periodsPerYear: marksPerYear), count: ratio.count))
    }
}
