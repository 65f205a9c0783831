package import Domain

/// Which version of a signal counts, when the same natural key came more than once.
package enum SignalVersions {
    /// A version and when it became known.
    package struct Version: Equatable, Sendable {
        package var signal: Dated<Signal>
        package var identity: FactIdentity

        package init(signal: Dated<Signal>, identity: FactIdentity) {
            self.signal = signal
            self.identity = identity
        }
    }

    package struct Choice: Equatable, Sendable {
        package var counting: Version
        /// Versions that lost, and why: `.revised` (a later one took their place, or they came too late to take it),
        /// `.conflict` (same time, other content).
        package var losers: [(version: Version, reason: RejectionReason)]

        package static func == (left: Choice, right: Choice) -> Bool {
            left.counting == right.counting && left.losers.count == right.losers.count
                && zip(left.losers, right.losers).allSatisfy { $0.version == $1.version && $0.reason == $1.reason }
        }
    }

    /// Chooses among `versions` of one key, none of them late, in any order.
    ///
    /// The version that counts is the last one known by `generatedAt + grace` and no later than the entry fill of the
    /// one it replaces: a forecast may be corrected while nobody could have traded on it, and not after. Of two
    /// versions known at the same moment the smaller canonical content counts, and the other is a conflict.
    ///
    /// - Parameter entryFill: when the version, had it counted, was filled; `nil` while it is not.
    package static func choose(
        among versions: [Version], grace: Span, entryFill: (Dated<Signal>) -> Timestamp?
    ) -> Choice {
        let ordered = versions.sorted { precedes($0, $1) }
        var counting = ordered[0]
        var losers: [(version: Version, reason: RejectionReason)] = []
        for version in ordered.dropFirst() {
            if version.signal.knownAt == counting.signal.knownAt {
                losers.append((version, .conflict))
            } else if mayReplace(counting, with: version, grace: grace, entryFill: entryFill) {
                losers.append((counting, .revised))
                counting = version
            } else {
                losers.append((version, .revised))
            }
        }
        return Choice(counting: counting, losers: losers)
    }

    private static func precedes(_ left: Version, _ right: Version) -> Bool {
        if left.signal.knownAt != right.signal.knownAt { return left.signal.knownAt < right.signal.knownAt }
        let (first, second) = (left.identity.content, right.identity.content)
        return (first.high, first.low) < (second.high, second.low)
    }

    private static func mayReplace(
        _ counting: Version, with version: Version, grace: Span, entryFill: (Dated<Signal>) -> Timestamp?
    ) -> Bool {
        guard version.signal.knownAt <= counting.signal.value.generatedAt + grace else { return false }
        guard let filledAt = entryFill(counting.signal) else { return true }
        return version.signal.knownAt <= filledAt
    }
}
