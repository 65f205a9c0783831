package import Domain

/// The whole supervisor as one function: the facts, the policy they are judged by, and the moment.
///
/// Only what is known at `asOf` enters; the order of the facts does not matter. Live, replay and audit are this
/// function at another moment or under another policy; a fold that goes on from a snapshot gives the same bytes for
/// less work.
///
/// - Complexity: linear in the facts and in the grid points between the first of them and `asOf`.
package func supervise(_ evidence: FactBatch, under mode: Fold.PolicyMode, asOf: Timestamp) -> Report {
    var fold = Fold(mode: mode)
    fold.keepsNewOutcomes = false
    fold.apply(evidence)
    fold.advance(to: asOf)
    return fold.report(asOf: asOf)
}
