import Domain
import JSONText

// The values of the line at hand, read strictly: a value that is there and wrong refuses the line.
extension LineParser {
    @inline(__always)
    func cell(_ field: Field) -> Cell { cells[field.rawValue] }

    func missing(_ field: Field) -> Refusal { Refusal(reason: "\(field.name) is missing") }

    /// A value as a person would recognize it, cut to a readable length.
    func shown(_ cell: Cell) -> String {
        let bytes = bytes(cell)
        let text = String(decoding: bytes[cell.start..<min(cell.end, cell.start + 60)], as: UTF8.self)
        let tail = cell.end > cell.start + 60 ? "..." : ""
        return cell.kind == .text && format != .csv ? text.debugDescription + tail : text + tail
    }

    func wrong(_ field: Field, _ what: String) -> Refusal {
        Refusal(reason: "\(field.name) \(shown(cell(field))) \(what)")
    }

    /// The whole text of a text cell.
    func string(_ cell: Cell) -> String {
        if cell.isConstant || !cell.hasEscapes {
            return String(decoding: bytes(cell)[cell.start..<cell.end], as: UTF8.self)
        }
        if format == .csv { return CSVTable.text(cell, line) }
        // The strict dialect has no half surrogates, so that every string can be decoded.
        return JSONDecoding.string(line, cell.start..<cell.end, hasEscapes: true) ?? "\u{FFFD}"
    }
}

// MARK: Numbers

/// They change nothing and are mutating all the same: so the parser, which is large, is passed in place, where a
/// function that only reads is given a copy of it by its mutating callers, once a number.
extension LineParser {
    mutating func number(_ field: Field) throws(Refusal) -> Double? {
        let cell = cell(field)
        var start = cell.start
        var end = cell.end
        switch cell.kind {
        case .absent: return nil
        case .integer, .number: break
        case .text:
            guard format == .csv || plan.acceptsNumberText else {
                throw wrong(field, "is a text; a number is expected")
            }
            let text = bytes(cell)
            while start < end, text[start] == 0x20 { start += 1 }
            while end > start, text[end - 1] == 0x20 { end -= 1 }
        case .boolean, .container: throw wrong(field, "is no number")
        }
        // The grammar of a JSON number was checked with its line.
        let isChecked = cell.kind != .text
        guard let value = NumberText.double(bytes(cell), start, end, isChecked: isChecked) else {
            throw wrong(field, "is not a finite number")
        }
        let scale = plan.scales[field.rawValue]
        if scale == 1 { return value }
        let scaled = value * scale
        guard scaled.isFinite else { throw wrong(field, "times \(scale) is not a finite number") }
        return scaled
    }

    mutating func required(_ field: Field) throws(Refusal) -> Double {
        guard let value = try number(field) else { throw missing(field) }
        return value
    }

    mutating func probability(_ field: Field) throws(Refusal) -> Double? {
        guard let value = try number(field) else { return nil }
        guard value >= 0 && value <= 1 else { throw wrong(field, "is outside 0...1") }
        return value
    }

    mutating func nonNegative(_ field: Field) throws(Refusal) -> Double? {
        guard let value = try number(field) else { return nil }
        guard value >= 0 else { throw wrong(field, "is negative") }
        return value
    }

    mutating func positive(_ field: Field) throws(Refusal) -> Double? {
        guard let value = try number(field) else { return nil }
        guard value > 0 else { throw wrong(field, "must be above 0") }
        return value
    }

    mutating func count(_ field: Field) throws(Refusal) -> Int64? {
        guard let value = try number(field) else { return nil }
        guard value >= 0, value <= 0x1p53, let count = Int64(exactly: value) else {
            throw wrong(field, "is no count; a whole number of at least 0 is expected")
        }
        return count
    }

    mutating func horizon() throws(Refusal) -> Horizon {
        guard let hours = try number(.horizonHours) else { return .standard }
        guard let horizon = Horizon(hours: hours) else {
            throw wrong(.horizonHours, "is no horizon; hours above 0 and of at most ten years are expected")
        }
        return horizon
    }
}

// MARK: Texts

extension LineParser {
    /// A short text: a name, a class. Absent where it is empty or only spaces.
    ///
    /// - Parameter isRepeated: whether the same few texts come again and again.
    mutating func text(_ field: Field, isRepeated: Bool = true) throws(Refusal) -> String? {
        let cell = cell(field)
        switch cell.kind {
        case .absent: return nil
        case .text: break
        case .integer:
            // An id that happens to be a number.
            switch field {
            case .runID, .signalID, .agentVersion, .forecasterVersion: break
            default: throw wrong(field, "is a number; a text is expected")
            }
        case .number, .boolean, .container: throw wrong(field, "is no text")
        }
        let text: String?
        if isRepeated && !cell.hasEscapes {
            text = words.value(bytes(cell), cell.start, cell.end, make: LineParser.word)
        } else {
            text = LineParser.word(string(cell))
        }
        guard let text else { throw wrong(field, "is longer than 1,000 bytes or holds control characters") }
        return text.isEmpty ? nil : text
    }

    /// `nil` for what no name or id should be.
    static func word(_ text: String) -> String? {
        let hasControl = text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        let trimmed = text.utf8.first == 0x20 || text.utf8.last == 0x20 || hasControl ? text.trimmingSpaces() : text
        guard trimmed.utf8.count <= 1_000, !trimmed.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        return trimmed
    }

    mutating func agent() throws(Refusal) -> AgentID {
        if !plan.agentTemplate.isEmpty { return try agentFromTemplate() }
        let cell = cell(.agent)
        switch cell.kind {
        case .absent: throw missing(.agent)
        case .text: break
        case .integer, .number, .boolean, .container: throw wrong(.agent, "is no text")
        }
        let agent =
            cell.hasEscapes ? AgentID(string(cell)) : agents.value(bytes(cell), cell.start, cell.end) { AgentID($0) }
        guard let agent else {
            throw wrong(.agent, "is no name: empty, over 200 bytes, or with control characters")
        }
        return agent
    }

    private mutating func agentFromTemplate() throws(Refusal) -> AgentID {
        var name = ""
        var index = Field.allCases.count
        for part in plan.agentTemplate {
            switch part {
            case .literal(let text): name += text
            case .field(let path):
                name += try templateValue(cells[index], path)
                index += 1
            }
        }
        guard let agent = AgentID(name) else {
            throw Refusal(reason: "agent \(name.prefix(60).debugDescription) is no name")
        }
        return agent
    }

    private mutating func templateValue(_ cell: Cell, _ path: String) throws(Refusal) -> String {
        let text: String
        switch cell.kind {
        case .absent, .container: throw Refusal(reason: "\(path), a part of the agent's name, is missing or no value")
        case .text: text = string(cell).trimmingSpaces()
        case .boolean, .integer: text = string(cell)
        // 0.70 and 0.7 are one number, hence one agent.
        case .number: text = String(decoding: JSONValue.number(string(cell)).canonicalBytes, as: UTF8.self)
        }
        guard !text.isEmpty else { throw Refusal(reason: "\(path), a part of the agent's name, is empty") }
        return text
    }

    /// `nil` where the line names none.
    mutating func symbol() throws(Refusal) -> Symbol? {
        let cell = cell(.symbol)
        switch cell.kind {
        case .absent: return nil
        case .text: break
        case .integer, .number, .boolean, .container: throw wrong(.symbol, "is no text")
        }
        let symbol =
            cell.hasEscapes ? Symbol(string(cell)) : symbols.value(bytes(cell), cell.start, cell.end) { Symbol($0) }
        guard let symbol else {
            throw wrong(.symbol, "is no symbol such as BTC, BTC/USDT, BTCUSDT or BTC-USD")
        }
        return symbol
    }

    mutating func requiredSymbol() throws(Refusal) -> Symbol {
        guard let symbol = try symbol() else { throw missing(.symbol) }
        return symbol
    }

    mutating func action() throws(Refusal) -> Action {
        let cell = cell(.direction)
        switch cell.kind {
        case .absent: throw missing(.direction)
        case .container: throw wrong(.direction, "is no word")
        case .text, .integer, .number, .boolean: break
        }
        let words = plan.actions
        let make: (String) -> Action? = { LineParser.action($0, words) }
        let action = cell.hasEscapes ? make(string(cell)) : actions.value(bytes(cell), cell.start, cell.end, make: make)
        guard let action else {
            let known = words.map { $0.keys.sorted() } ?? ["LONG", "SHORT", "FLAT"]
            throw wrong(.direction, "is none of \(known.joined(separator: ", "))")
        }
        return action
    }

    /// - Parameter actions: the words of a mapping; `nil` for those of the drop-in contract.
    private static func action(_ word: String, _ actions: [String: Action]?) -> Action? {
        let lower = word.trimmingSpaces().lowercased()
        if let actions { return actions[lower] }
        guard let action = Action(rawValue: lower), action != .ignore else { return nil }
        return action
    }
}

// MARK: Times

extension LineParser {
    /// A time and whether it was written as a date alone, which only bars may.
    mutating func time(_ field: Field, acceptsDate: Bool = false) throws(Refusal) -> (at: Timestamp, isDate: Bool)? {
        let cell = cell(field)
        guard cell.kind != .absent else { return nil }
        let bytes = bytes(cell)
        var time: Timestamp?
        var isDate = false
        switch cell.kind {
        case .absent: return nil
        case .boolean, .container: throw wrong(field, "is no time")
        case .integer, .number: time = numericTime(bytes, cell)
        case .text:
            time = cell.hasEscapes ? nil : times.timestamp(bytes, cell.start, cell.end)
            let isNumber =
                time == nil && (format == .csv || plan.acceptsNumberText)
                && NumberText.double(bytes, cell.start, cell.end, isChecked: false) != nil
            if isNumber {
                time = numericTime(bytes, cell)
            } else if time == nil {
                isDate = acceptsDate && cell.end - cell.start == 10
                time = try civilTime(field, cell, acceptsDate: acceptsDate)
            }
        }
        guard let time else { throw wrong(field, "is not a time between the years 2000 and 2200") }
        if plan.timeOffset.milliseconds == 0 { return (time, isDate) }
        let shifted = time + plan.timeOffset
        guard Timestamp.plausible.contains(shifted) else {
            throw wrong(field, "with the mapping's offset is not a time between the years 2000 and 2200")
        }
        return (shifted, isDate)
    }

    private mutating func numericTime(_ bytes: UnsafeRawBufferPointer, _ cell: Cell) -> Timestamp? {
        if let digits = NumberText.digits(bytes, cell.start, cell.end) { return TimeText.timestamp(digits) }
        guard let number = NumberText.double(bytes, cell.start, cell.end, isChecked: false) else { return nil }
        return try? CivilTime.timestamp(number: number)
    }

    private func civilTime(_ field: Field, _ cell: Cell, acceptsDate: Bool) throws(Refusal) -> Timestamp {
        let text = string(cell).trimmingSpaces()
        do {
            return try CivilTime.timestamp(text, acceptsDate: acceptsDate)
        } catch {
            switch error {
            case .malformed: throw wrong(field, "is no time; a time such as 2025-10-24T02:00:00Z is expected")
            case .withoutZone: throw wrong(field, "has no zone; write Z or an offset such as +00:00 behind it")
            case .outOfRange: throw wrong(field, "is not a time between the years 2000 and 2200")
            }
        }
    }

    mutating func requiredTime() throws(Refusal) -> Timestamp {
        guard let time = try time(.time) else { throw missing(.time) }
        return time.at
    }
}
