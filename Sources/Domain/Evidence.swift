/// A statistic, or the honest absence of one.
///
/// Too little data is a value that says how much there was and how much it takes; it is never NaN, 0 or 1.0.
package enum Evidence<Value: Sendable>: Sendable {
    case known(Value)
    case insufficient(count: Int, needed: Int)

    package var value: Value? {
        switch self {
        case .known(let value): value
        case .insufficient: nil
        }
    }

    package func map<Other: Sendable>(_ transform: (Value) -> Other) -> Evidence<Other> {
        switch self {
        case .known(let value): .known(transform(value))
        case .insufficient(let count, let needed): .insufficient(count: count, needed: needed)
        }
    }
}

extension Evidence: Equatable where Value: Equatable {}

/// An estimate beside its standard error and the number of observations it rests on.
package struct Estimate: Equatable, Sendable {
    package var value: Double
    /// `nil` where one observation, or dependence that cannot be measured, allows none.
    package var standardError: Double?
    package var count: Int

    package init(value: Double, standardError: Double?, count: Int) {
        self.value = value
        self.standardError = standardError
        self.count = count
    }
}
