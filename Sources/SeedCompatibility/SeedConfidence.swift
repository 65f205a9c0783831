internal import Domain
internal import JSONText

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// `confidence --policy seed`: what the seed's own program does with `alpha/reconciled.jsonl`, to the last digit.
///
/// A tool for migration, and for nothing else: it charges the same history again on every run, and it stops where that
/// program stops with an exception. `standard` does neither.
package enum SeedConfidence {
    /// What a run leaves behind.
    package struct Result: Equatable, Sendable {
        /// The whole content of the state file, or nil when it stays as it is.
        package var stateToWrite: [UInt8]?
        /// The state after the run, as `json.dumps(state, indent=2)` prints it, without a line end.
        package var printed: [UInt8]

        package init(stateToWrite: [UInt8]?, printed: [UInt8]) {
            self.stateToWrite = stateToWrite
            self.printed = printed
        }
    }

    private static let halfLifeRows = 80.0
    private static let lossScaleBps = 50.0
    private static let penaltyMax = 0.08
    private static let lossFactor = 1.3
    private static let multiplierRange = 0.50...1.10
    private static let goodErrorBpsMax = 30.0
    private static let badErrorBpsMin = 60.0
    private static let goodCountMin = 10
    private static let boostFactor = 1.0 + 0.02
    /// As `SeedLines.maximumDepth`; the state is read from one call less deep.
    private static let maximumDepth = 993

    /// Updates the multipliers.
    ///
    /// - Parameters:
    ///   - reconciled: the bytes of `alpha/reconciled.jsonl`; empty when there is no such file.
    ///   - state: the bytes of the state file, or nil when there is none or it cannot be read.
    ///   - limitRows: how many of the newest rows count; 0 all, negative: all but that many of the oldest.
    ///   - reading: how the bytes are read, on which nothing depends.
    ///   - now: microseconds since 1970.
    package static func update(
        reconciled: [UInt8], state: [UInt8]?, limitRows: Int = 8_000,
        reading: SeedReading = SeedReading(workerCount: 1), now: () -> Int64
    ) throws(SeedFailure) -> Result {
        var position = 0
        let source = SeedSource(
            read: { buffer in
                let count = min(buffer.count, reconciled.count - position)
                buffer.copyBytes(from: reconciled[position..<(position + count)])
                position += count
                return count
            },
            rewind: { position = 0 })
        do {
            return try update(
                history: try reading.history(source, limitRows: limitRows), state: state, now: now)
        } catch let failure as SeedFailure {
            throw failure
        } catch {
            preconditionFailure("Invariant: bytes in memory can be read, not \(error)")
        }
    }

    /// The same over a history that was read to its end.
    static func update(
        history: SeedHistory, state: [UInt8]?, now: () -> Int64
    ) throws(SeedFailure) -> Result {
        let tails = try history.rowsByAgent()
        guard case .dictionary(let previous) = previousState(state) else {
            throw SeedFailure(file: .state, line: nil, reason: "the state must be an object")
        }
        guard history.rows.count > 0 else { return stamped(previous, now: now) }
        var multipliers = try previousMultipliers(previous, hasAgents: !tails.agents.isEmpty)
        let before = multipliers
        for agent in tails.agents {
            let start = before[agent.name].map { $0.float } ?? 1.0
            guard let start else {
                let name = String(decoding: agent.name.indentedText, as: UTF8.self)
                throw SeedFailure(file: .state, line: nil, reason: "the multiplier of \(name) is no number")
            }
            multipliers.set(agent.name, .float(multiplier(from: start, agent)))
        }
        var result = PythonDictionary()
        result.set(.text(Array("version".utf8)), .integer([UInt8(ascii: "1")]))
        result.set(.text(Array("generated_at".utf8)), .text(Array(timestampText(now()).utf8)))
        result.set(.text(Array("multipliers".utf8)), .dictionary(multipliers))
        let text = PythonValue.dictionary(result).indentedText
        return Result(stateToWrite: text, printed: text)
    }
}

extension SeedConfidence {
    /// A state that is missing or broken is the empty one.
    private static func previousState(_ bytes: [UInt8]?) -> PythonValue {
        let parsed = bytes?.withUnsafeBytes { text in
            UTF8Check.firstInvalidOffset(text) == nil ? PythonValue.parse(text, maximumDepth: maximumDepth) : nil
        }
        if let parsed { return parsed }
        var empty = PythonDictionary()
        empty.set(.text(Array("version".utf8)), .integer([UInt8(ascii: "1")]))
        empty.set(.text(Array("generated_at".utf8)), .none)
        empty.set(.text(Array("multipliers".utf8)), .dictionary(PythonDictionary()))
        return .dictionary(empty)
    }

    /// Without a row that counts the state stays; only one that was never stamped is stamped and written.
    private static func stamped(_ previous: PythonDictionary, now: () -> Int64) -> Result {
        var state = previous
        if let stamp = state["generated_at"] {
            guard case .none = stamp else {
                return Result(stateToWrite: nil, printed: PythonValue.dictionary(state).indentedText)
            }
        }
        state.set(.text(Array("generated_at".utf8)), .text(Array(timestampText(now()).utf8)))
        let text = PythonValue.dictionary(state).indentedText
        return Result(stateToWrite: text, printed: text)
    }

    private static func previousMultipliers(
        _ state: PythonDictionary, hasAgents: Bool
    ) throws(SeedFailure) -> PythonDictionary {
        guard let value = state["multipliers"], value.isTruthy else { return PythonDictionary() }
        if case .dictionary(let multipliers) = value { return multipliers }
        // Pairs in a list do make a dictionary, but the first agent to be looked up in the list itself fails.
        guard let multipliers = PythonDictionary(value), !hasAgents else {
            throw SeedFailure(
                file: .state, line: nil, reason: "multipliers must be an object, not \(value.typeName)")
        }
        return multipliers
    }

    /// The seed's formula over the newest rows of one agent. Every comparison is written as Python makes it, since a
    /// NaN gets through here: `max(0.0, nan)` is 0.0, and `min(1.1, nan)` is 1.1.
    private static func multiplier(from start: Double, _ tail: SeedTail) -> Double {
        var multiplier = start
        var goodCount = 0
        var badCount = 0
        let decay = log(2.0) / halfLifeRows
        for index in 0..<tail.count {
            let row = tail[index]
            guard row.flags.contains(.isReadable) else { continue }
            let age = Double(tail.count - 1 - index)
            let error = row.error > 0 ? row.error : 0
            var penalty = (error / (error + lossScaleBps)) * penaltyMax * exp(-decay * age)
            if row.flags.contains(.isLoss) { penalty *= lossFactor }
            multiplier *= 1.0 - penalty
            if row.flags.contains(.isGain), row.error <= goodErrorBpsMax { goodCount += 1 }
            if row.flags.contains(.isLoss), row.error >= badErrorBpsMin { badCount += 1 }
        }
        if goodCount >= goodCountMin, badCount == 0 { multiplier *= boostFactor }
        let capped = multiplier < multiplierRange.upperBound ? multiplier : multiplierRange.upperBound
        let bounded = capped > multiplierRange.lowerBound ? capped : multiplierRange.lowerBound
        return PythonNumber.roundedToFourDigits(bounded)
    }

    /// `datetime.isoformat` with Z: six digits of a second, or none at a whole one.
    private static func timestampText(_ microseconds: Int64) -> String {
        func padded(_ value: Int64, _ count: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, count - digits.count)) + digits
        }
        let fraction = microseconds % 1_000_000 + (microseconds % 1_000_000 < 0 ? 1_000_000 : 0)
        let seconds = (microseconds - fraction) / 1_000_000
        let second = seconds % 86_400 + (seconds % 86_400 < 0 ? 86_400 : 0)
        let date = CivilTime.date(daysSinceEpoch: Int((seconds - second) / 86_400))
        let day = "\(padded(Int64(date.year), 4))-\(padded(Int64(date.month), 2))-\(padded(Int64(date.day), 2))"
        let time = "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return "\(day)T\(time)\(fraction == 0 ? "" : ".\(padded(fraction, 6))")Z"
    }
}
