package import Domain
package import Statistics

extension SnapshotCoder {
    /// The stakes and weights are no state: another release with others has another method version.
    package mutating func visit(_ process: inout BettingEProcess) throws(Failure) {
        try visit(&process.count)
        try visit(&process.logWealths, blank: nil) { coder, wealth throws(Failure) in try coder.visit(&wealth) }
        guard process.logWealths.count == process.stakes.count, process.count >= 0 else { throw .malformed }
    }

    package mutating func visit(_ loss: inout ReckonedLoss) throws(Failure) {
        try visit(&loss.scale)
        try visit(&loss.sum)
    }
}
