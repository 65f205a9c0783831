internal import Domain

extension Verdict {
    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(named: &kind)
        try coder.visit(named: &stage)
        try coder.visit(&stageSince)
        try coder.visit(&gates, blank: .blank) { coder, gate throws(SnapshotCoder.Failure) in try gate.visit(&coder) }
        try coder.visit(&reason)
        try coder.visit(&drawdownSigmas)
        try coder.visit(&isInWarningBand)
        try coder.visit(&trialCount)
        var decision = standingDecision?.rawValue
        try coder.visit(&decision)
        standingDecision = decision.flatMap(DecisionKind.init)
        try coder.visit(&evidenceEValue)
        try coder.visit(&evidenceThreshold)
        try coder.visit(&daysNeeded)
        try coder.visit(&lossEValue)
        try coder.visit(&lossThreshold)
    }
}

extension Gate {
    static var blank: Gate {
        Gate(
            name: "", value: .insufficient(count: 0, needed: 0), comparison: .above, threshold: nil, isRequired: false,
            isPassed: false, isWaived: false)
    }

    mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&name)
        try coder.visit(&value)
        try coder.visit(named: &comparison)
        try coder.visit(&threshold)
        try coder.visit(&isRequired)
        try coder.visit(&isPassed)
        try coder.visit(&isWaived)
    }
}

extension SnapshotCoder {
    mutating func visit<Value: RawRepresentable<String>>(named value: inout Value) throws(Failure) {
        var text = value.rawValue
        try visit(&text)
        guard let read = Value(rawValue: text) else { throw .malformed }
        value = read
    }

    mutating func visit(_ evidence: inout Evidence<Double>) throws(Failure) {
        var (known, count, needed): (Double?, Int, Int) = (evidence.value, 0, 0)
        if case .insufficient(let have, let want) = evidence { (count, needed) = (have, want) }
        try visit(&known)
        try visit(&count)
        try visit(&needed)
        evidence = known.map(Evidence.known) ?? .insufficient(count: count, needed: needed)
    }
}
