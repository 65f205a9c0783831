package import Domain
internal import Statistics

extension Evidence where Value == Estimate {
    /// The annualized Sharpe ratio of a record of daily returns beside its standard error.
    ///
    /// - Parameters:
    ///   - returns: The newest of the record, as many as are kept.
    ///   - markCount: How long the record is; below `minimalMarks`, and where nothing moved, there is no ratio.
    package static func annualizedSharpeRatio(
        ofReturns returns: [Double], markCount: Int, minimalMarks: Int, marksPerYear: Double
    ) -> Evidence<Estimate> {
        guard markCount >= minimalMarks, let ratio = sharpeRatio(ofReturns: returns) else {
            return .insufficient(count: markCount, needed: minimalMarks)
        }
        return .known(
            Estimate(
                value: ratio.annualized(periodsPerYear: marksPerYear),
                standardError: ratio.annualizedStandardError(periodsPerYear: marksPerYear), count: returns.count))
    }
}
