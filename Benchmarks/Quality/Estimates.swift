import Statistics

/// A measured number and how far luck alone may have moved it.
struct Measured: Sendable {
    var value: Double
    /// `nil` where it cannot be told.
    var standardError: Double?
}

enum Estimates {
    static func mean(_ values: [Double]) -> Measured {
        Measured(value: Statistics.mean(of: values) ?? 0, standardError: standardErrorOfMean(of: values))
    }

    /// Of independent trials; the error is that of a share half a success away from none and all, so that "none of
    /// many" does not look certain (Agresti & Coull 1998, in spirit).
    static func share(_ count: Int, of total: Int) -> Measured {
        let shrunk = (Double(count) + 1) / (Double(total) + 2)
        return Measured(
            value: Double(count) / Double(total),
            standardError: (shrunk * (1 - shrunk) / Double(total)).squareRoot())
    }

    /// The error of a statistic of groups that are independent of one another: bootstrap over groups (Efron 1979).
    static func bootstrap<Group>(
        _ groups: [Group], seed: UInt64 = 1, rounds: Int = 400, _ statistic: ([Group]) -> Double
    ) -> Measured {
        var generator = Xoshiro256(seed: seed)
        var repeated: [Double] = []
        for _ in 0..<rounds {
            let drawn = groups.map { _ in
                groups[min(groups.count - 1, Int(generator.uniform() * Double(groups.count)))]
            }
            let value = statistic(drawn)
            if value.isFinite { repeated.append(value) }
        }
        // A statistic that is infinite in many of the draws has no error to speak of.
        let error = repeated.count * 10 >= rounds * 9 ? standardDeviation(of: repeated) : nil
        return Measured(value: statistic(groups), standardError: groups.count > 1 ? error : nil)
    }

    /// The value in the middle, infinite ones (never happened) among them.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        if !sorted.count.isMultiple(of: 2) { return sorted[middle] }
        return sorted[middle - 1] == sorted[middle] ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Annual, 365 days a year; 0 for a fund that never moved.
    static func sharpe(_ returns: [Double]) -> Double {
        sharpeRatio(ofReturns: returns)?.annualized(periodsPerYear: 365) ?? 0
    }
}
