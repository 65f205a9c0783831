package import Domain
internal import Statistics

/// Counts every agent ever tried and hands out the shares of the error budget.
///
/// **The first fleet** is everybody who joins within ten days of the first: agents of one fleet write their first
/// signals over some days, and the last of forty should not be a fortieth newcomer for that. Its shares are fixed when
/// the ten days are over. Until then nobody stakes anything, so no share depends on how a bet went, and the promise of
/// the budget is untouched: given the shares, each wealth begins at 1 after they are known.
///
/// **Newcomers** that join at the same grid point share equally what their places are worth together: an order of names
/// is no merit.
package struct TrialRegistry: Equatable, Sendable {
    /// How many were ever tried.
    package private(set) var trialCount = 0
    /// How many of them belong to the first fleet; as many as there are while it gathers.
    package private(set) var firstFleetCount = 0
    /// When the first joined; `nil` before, and where the first fleet was complete at once.
    private var openedAt: Timestamp?
    private var isFirstFleetComplete = false

    package static let firstFleetDays: Int64 = 10

    package init() {}

    /// Accounts for agents (or new versions of them) that are seen for the first time at this grid point.
    ///
    /// - Parameter time: The grid point; `nil` makes those of the first call with any the whole first fleet.
    package mutating func register(newcomerCount: Int, at time: Timestamp? = nil) -> [EvidenceAccount] {
        precondition(newcomerCount >= 0, "Invariant: a count")
        guard newcomerCount > 0 else { return [] }
        let ranks = trialCount + 1...trialCount + newcomerCount
        trialCount += newcomerCount
        if !isFirstFleetComplete {
            firstFleetCount = trialCount
            if openedAt == nil { openedAt = time }
            isFirstFleetComplete = openedAt == nil
        }
        var share: Double?
        if isFirstFleetComplete {
            let shares = ranks.map { errorBudgetShare(rank: $0, firstFleetCount: firstFleetCount) }
            share = compensatedSum(shares) / Double(newcomerCount)
        }
        return ranks.map { EvidenceAccount(rank: $0, firstFleetCount: firstFleetCount, share: share) }
    }

    /// Completes the first fleet where its ten days are over at `time`; answers how many it has, once. Ask at every
    /// grid point, before those who are new at it are registered, and settle every account by the answer.
    package mutating func completeFirstFleet(at time: Timestamp) -> Int? {
        guard !isFirstFleetComplete, let openedAt, time >= openedAt + .days(TrialRegistry.firstFleetDays)
        else { return nil }
        isFirstFleetComplete = true
        return firstFleetCount
    }
}

extension TrialRegistry: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&trialCount)
        try coder.visit(&firstFleetCount)
        try coder.visit(&openedAt)
        try coder.visit(&isFirstFleetComplete)
        guard firstFleetCount >= 0, firstFleetCount <= trialCount else { throw .malformed }
    }
}
