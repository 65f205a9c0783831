package import Domain

/// The records of all strategy classes, by name.
///
/// Two names that Unicode calls equivalent are one class, as they are one key of a dictionary.
package struct StrategyTable: Sendable {
    private var places: [String: Int] = [:]
    private var names: [String] = []
    private var records: [StrategyRecord] = []

    package init() {}

    package var keys: [String] { names }

    package subscript(_ name: String) -> StrategyRecord? { places[name].map { records[$0] } }

    /// Takes an outcome into its class; returns the place of the record, which stays the same.
    ///
    /// - Parameter knownPlace: The place of the record that took an outcome of this agent before.
    @discardableResult
    package mutating func take(_ outcome: Outcome, window: Int, knownPlace: Int? = nil) -> Int {
        if let knownPlace, names[knownPlace] == outcome.strategyClass {
            records[knownPlace].take(outcome, window: window, isKnownAgent: true)
            return knownPlace
        }
        let place = place(of: outcome.strategyClass)
        records[place].take(outcome, window: window)
        return place
    }

    private mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        records.append(StrategyRecord())
        return names.count - 1
    }
}

extension StrategyTable: Sequence {
    package func makeIterator() -> Zip2Sequence<[String], [StrategyRecord]>.Iterator {
        zip(names, records).makeIterator()
    }
}

extension StrategyTable: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var map: [String: StrategyRecord] = [:]
        for (name, place) in places { map[name] = records[place] }
        try coder.visit(&map, blank: StrategyRecord()) { coder, record throws(SnapshotCoder.Failure) in
            try record.visit(&coder)
        }
        guard coder.isReading else { return }
        self = StrategyTable()
        for name in map.keys.sorted() {
            let place = place(of: name)
            if let record = map[name] { records[place] = record }
        }
    }
}
