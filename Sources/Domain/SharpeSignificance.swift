/// What a Sharpe ratio is worth, given how long it was watched, how its returns are shaped and how many others were
/// tried (Bailey & López de Prado 2012, 2014).
///
/// It stands beside the evidence that promotes and decides nothing itself: these figures hold for a record looked at
/// once, not for one that is looked at every day.
package struct SharpeSignificance: Equatable, Sendable {
    /// The probability that the true ratio is above 0, were this the only agent: the probabilistic Sharpe ratio.
    package var probabilityAboveZero: Evidence<Double>
    /// The same knowing that so many were tried, and how far their ratios lie apart: the deflated Sharpe ratio.
    package var deflatedProbability: Evidence<Double>
    /// How many agents were ever tried.
    package var trialCount: Int
    /// Days until a ratio like this is above 0 with 95 %, the days there are included; `nil` where it is not positive,
    /// and on too little data.
    package var minimumTrackRecordDays: Double?

    package init(
        probabilityAboveZero: Evidence<Double>, deflatedProbability: Evidence<Double>, trialCount: Int,
        minimumTrackRecordDays: Double?
    ) {
        self.probabilityAboveZero = probabilityAboveZero
        self.deflatedProbability = deflatedProbability
        self.trialCount = trialCount
        self.minimumTrackRecordDays = minimumTrackRecordDays
    }
}
