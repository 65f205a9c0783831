package import Domain

/// An agent's telemetry of the last days, summed by day of its own time, so that its size does not grow with the rate.
package struct TelemetryWindow: Equatable, Sendable {
    private struct Day: Equatable, Sendable, SnapshotVisitable {
        var start = Timestamp(milliseconds: 0)
        var recordCount = 0
        var errorCount: Int64 = 0
        var latencySum = 0.0
        var latencyCount = 0

        mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
            try coder.visit(&start)
            try coder.visit(&recordCount)
            try coder.visit(&errorCount)
            try coder.visit(&latencySum)
            try coder.visit(&latencyCount)
        }
    }

    private var days: [Day] = []
    /// Of all time; `nil` while no record named a cost.
    package private(set) var totalCostUSD: Double?

    package init() {}

    package mutating func take(_ record: TelemetryRecord) {
        let start = record.at.floored(to: .day)
        var index = days.firstIndex { $0.start >= start } ?? days.count
        if index == days.count || days[index].start != start {
            var day = Day()
            day.start = start
            days.insert(day, at: index)
            index = days.firstIndex { $0.start == start } ?? index
        }
        days[index].recordCount += 1
        let (sum, overflow) = days[index].errorCount.addingReportingOverflow(record.errors)
        days[index].errorCount = overflow ? Int64.max : sum
        if let latency = record.latencyMilliseconds {
            days[index].latencySum += latency
            days[index].latencyCount += 1
        }
        if let cost = record.costUSD { totalCostUSD = (totalCostUSD ?? 0) + cost }
    }

    package mutating func forget(before time: Timestamp) {
        // Asked of every agent at every grid point, and days are in their order.
        guard let first = days.first, first.start < time else { return }
        days.removeAll { $0.start < time }
    }

    /// Errors per record; more than one error a record makes it exceed 1.
    package var errorRate: Evidence<Double> {
        let count = days.reduce(0) { $0 + $1.recordCount }
        guard count > 0 else { return .insufficient(count: 0, needed: 1) }
        return .known(days.reduce(0.0) { $0 + Double($1.errorCount) } / Double(count))
    }

    package var averageLatencyMilliseconds: Double? {
        let count = days.reduce(0) { $0 + $1.latencyCount }
        return count > 0 ? days.reduce(0.0) { $0 + $1.latencySum } / Double(count) : nil
    }
}

extension TelemetryWindow: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&days)
        try coder.visit(&totalCostUSD)
    }
}
