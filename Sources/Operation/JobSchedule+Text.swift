internal import Domain

extension JobSchedule {
    /// Reads a schedule; the error says where it goes wrong and what would fit.
    package init(_ text: String) throws(JobScheduleError) {
        let words = text.wordsWithColumns
        guard let first = words.first else {
            throw JobScheduleError(text: text, column: 1, reason: "it is empty; \(JobSchedule.forms)")
        }
        description = words.map(\.text).joined(separator: " ")
        let source = text
        switch first.text.lowercased() {
        case "off":
            guard words.count == 1 else {
                throw JobScheduleError(text: source, column: words[1].column, reason: "nothing may follow off")
            }
            rule = .off
        case "every": rule = .every(try JobSchedule.interval(words.dropFirst(), of: source))
        case let name where name.hasPrefix("@"):
            guard let fields = JobSchedule.named[name] else {
                let names = JobSchedule.named.keys.sorted().joined(separator: ", ")
                throw JobScheduleError(
                    text: source, column: first.column, reason: "\(first.text) is none of \(names)")
            }
            guard words.count == 1 else {
                throw JobScheduleError(text: source, column: words[1].column, reason: "nothing may follow \(name)")
            }
            rule = .cron(try CronReader(text: source).table(fields.wordsWithColumns))
        default: rule = .cron(try CronReader(text: source).table(words))
        }
    }

    private static let forms = "write every 5m, five fields of cron in UTC (3 * * * *), @hourly, or off"

    private static let named = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// `5m`, or `5 m` in two words.
    private static func interval(
        _ words: ArraySlice<PlacedText>, of text: String
    ) throws(JobScheduleError) -> Span {
        func failure(_ column: Int, _ reason: String) -> JobScheduleError {
            JobScheduleError(text: text, column: column, reason: reason)
        }
        guard let first = words.first else {
            throw failure(text.count + 1, "a length is missing after every, such as 90s, 5m, 1h or 1d")
        }
        let whole = words.prefix(2).map(\.text).joined().lowercased()
        let digits = whole.prefix { $0.isASCII && $0.isNumber }
        let unit = whole.dropFirst(digits.count)
        let milliseconds: Int64? =
            switch unit {
            case "s": 1_000
            case "m": 60_000
            case "h": 3_600_000
            case "d": 86_400_000
            default: nil
            }
        guard words.count <= 2, !digits.isEmpty, let milliseconds else {
            throw failure(first.column, "\(whole) is no length; write a whole number and s, m, h or d, such as 5m")
        }
        guard let count = Int64(digits), count >= 1, count <= Span.days(366).milliseconds / milliseconds else {
            throw failure(first.column, "\(whole) is not between 1s and 366d")
        }
        return Span(milliseconds: count * milliseconds)
    }
}

struct PlacedText {
    var text: String
    /// From 1, in the whole schedule.
    var column: Int
}

extension String {
    fileprivate var wordsWithColumns: [PlacedText] {
        var words: [PlacedText] = []
        var isInWord = false
        for (index, letter) in enumerated() {
            if letter == " " || letter == "\t" || letter.isNewline {
                isInWord = false
            } else if isInWord {
                words[words.count - 1].text.append(letter)
            } else {
                words.append(PlacedText(text: String(letter), column: index + 1))
                isInWord = true
            }
        }
        return words
    }
}

/// Reads the five fields.
private struct CronReader {
    struct Field {
        var name: String
        var range: ClosedRange<Int>
        /// Names of three letters, for the numbers from `firstNamed` on.
        var names: [String] = []
        var firstNamed = 0
    }

    struct Numbers {
        var bits: UInt64 = 0
        var isStarred = false
    }

    static let fields = [
        Field(name: "minute", range: 0...59),
        Field(name: "hour", range: 0...23),
        Field(name: "day of the month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
            firstNamed: 1),
        // 7 is Sunday too.
        Field(name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    let text: String

    func table(_ words: [PlacedText]) throws(JobScheduleError) -> CronTable {
        let fields = CronReader.fields
        guard words.count == fields.count else {
            let isShort = words.count < fields.count
            let column = isShort ? text.count + 1 : words[fields.count].column
            let what =
                isShort
                ? "the \(fields[words.count].name) is missing" : "there are \(words.count) fields"
            let names = fields.map(\.name).joined(separator: ", ")
            throw failure(column, "\(what); write five fields (\(names)), or every 5m, @hourly, off")
        }
        var sets: [Numbers] = []
        for (field, word) in zip(fields, words) { sets.append(try numbers(word, of: field)) }
        if sets[4].bits & 0b1000_0000 != 0 { sets[4].bits = sets[4].bits & 0b0111_1111 | 1 }
        let table = CronTable(
            minutes: sets[0].bits, hours: sets[1].bits, days: sets[2].bits, months: sets[3].bits,
            weekdays: sets[4].bits, areDaysStarred: sets[2].isStarred, areWeekdaysStarred: sets[4].isStarred)
        guard table.everFires else {
            throw failure(
                words[2].column,
                "it would never be due: none of these months has the day of the month \(words[2].text)")
        }
        return table
    }

    /// A list of ranges with steps.
    private func numbers(_ word: PlacedText, of field: Field) throws(JobScheduleError) -> Numbers {
        var numbers = Numbers()
        numbers.isStarred = word.text.hasPrefix("*")
        var column = word.column
        for part in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = PlacedText(text: String(part), column: column)
            numbers.bits |= try range(part, of: field)
            column += part.text.count + 1
        }
        return numbers
    }

    private func range(_ part: PlacedText, of field: Field) throws(JobScheduleError) -> UInt64 {
        let halves = part.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let range = halves[0]
        let stepColumn = part.column + range.count + 1
        var step = 1
        if halves.count == 2 {
            guard let number = plainNumber(halves[1]), number >= 1, number <= field.range.upperBound else {
                throw failure(
                    stepColumn,
                    "the step \"\(halves[1])\" is no whole number from 1 to \(field.range.upperBound)")
            }
            step = number
        }
        let bounds: ClosedRange<Int>
        if range == "*" {
            bounds = field.range
        } else {
            let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let first = try number(PlacedText(text: ends[0], column: part.column), of: field, isEnd: false)
            if ends.count == 1 {
                // Programs disagree on what 5/15 means; nobody should have to know.
                guard halves.count == 1 else {
                    throw failure(
                        stepColumn - 1,
                        "a step follows * or a range; write \(first)-\(field.range.upperBound)/\(step)")
                }
                bounds = first...first
            } else {
                let place = PlacedText(text: ends[1], column: part.column + ends[0].count + 1)
                let last = try number(place, of: field, isEnd: true)
                guard first <= last else {
                    throw failure(
                        part.column, "the range \(range) ends before it begins; write two ranges with a comma")
                }
                bounds = first...last
            }
        }
        var bits: UInt64 = 0
        for number in stride(from: bounds.lowerBound, through: bounds.upperBound, by: step) { bits |= 1 << number }
        return bits
    }

    /// A number or a name. `sun` at the end of a range is 7, so that `fri-sun` is three days.
    private func number(_ place: PlacedText, of field: Field, isEnd: Bool) throws(JobScheduleError) -> Int {
        if let index = field.names.firstIndex(of: place.text.lowercased()) {
            return isEnd && index == 0 && field.firstNamed == 0 ? 7 : index + field.firstNamed
        }
        guard let number = plainNumber(place.text), field.range.contains(number) else {
            let what = place.text.isEmpty ? "a number is missing" : "\"\(place.text)\" does not fit"
            let names =
                field.names.first.map { ", or a name from \($0) to \(field.names[field.names.count - 1])" } ?? ""
            throw failure(
                place.column,
                "\(what): the \(field.name) is a number from \(field.range.lowerBound) to \(field.range.upperBound)"
                    + names)
        }
        return number
    }

    private func plainNumber(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func failure(_ column: Int, _ reason: String) -> JobScheduleError {
        JobScheduleError(text: text, column: column, reason: reason)
    }
}
