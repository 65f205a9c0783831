package import Domain

extension Book: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&intervals)
        try coder.visit(&holdings)
        try coder.visit(&pendingTrades)
        try coder.visit(&importedReturns)
        try coder.visit(&cash)
        try coder.visit(&equity)
        try coder.visit(&markedThrough)
        try coder.visit(&isRuined)
        try coder.visit(&universe, blank: 0) { coder, symbol throws(SnapshotCoder.Failure) in try coder.visit(&symbol) }
    }
}

extension Book.Interval: SnapshotVisitable {
    package init() {
        self.init(
            key: StableHash(), symbol: 0, sign: 0, from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 0),
            isAttested: true)
    }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&key.high)
        try coder.visit(&key.low)
        try coder.visit(&symbol)
        try coder.visit(&sign)
        try coder.visit(&from)
        try coder.visit(&to)
        try coder.visit(&entry)
        try coder.visit(&isAttested)
    }
}

extension Book.Holding: SnapshotVisitable {
    package init() { self.init(symbol: 0, units: 0) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&symbol)
        try coder.visit(&units)
    }
}

extension Book.PendingTrade: SnapshotVisitable {
    package init() { self.init(symbol: 0, since: Timestamp(milliseconds: 0)) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&symbol)
        try coder.visit(&since)
    }
}

extension Book.ImportedReturn: SnapshotVisitable {
    package init() { self.init(closesAt: Timestamp(milliseconds: 0), weightedReturn: 0) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&closesAt)
        try coder.visit(&weightedReturn)
    }
}
