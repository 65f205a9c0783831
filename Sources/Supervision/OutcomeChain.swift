package import Domain

/// The digest of a sequence of outcomes, each linked to those before: equal chains mean equal sequences.
package struct OutcomeChain: Equatable, Sendable {
    package internal(set) var count = 0
    package internal(set) var hash = StableHash(high: 0, low: 0)

    package init() {}

    package mutating func append(_ outcome: Outcome) {
        hash = outcome.link(after: hash)
        count += 1
    }
}
