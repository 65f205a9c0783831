/// Rows under titles, aligned, at most so many columns of a terminal wide.
///
///     var table = Table([.text("agent"), .number("weight %")])
///     table.add([.text("momentum"), .text("12.5")])
///     table.lines()
///
/// Columns are as wide as their content. Where a row would be too long, prose is wrapped first, which loses nothing;
/// then the widest text columns give way, each down to its least width, and their texts lose the middle
/// (`DisplayText.cut`).
/// Numbers are never cut, since half a number is a wrong number: a row of numbers without end is the one thing that may
/// be longer than asked.
package struct Table: Sendable {
    package struct Column: Sendable {
        package var title: String
        package var isRight: Bool
        package var minimalWidth: Int
        package var maximalWidth: Int
        /// A last column of prose continues on the next line.
        package var wraps: Bool

        package init(title: String, isRight: Bool, minimalWidth: Int, maximalWidth: Int, wraps: Bool) {
            self.title = title
            self.isRight = isRight
            self.minimalWidth = minimalWidth
            self.maximalWidth = maximalWidth
            self.wraps = wraps
        }

        package static func text(_ title: String, atLeast least: Int = 10, atMost most: Int = 40) -> Column {
            Column(title: title, isRight: false, minimalWidth: least, maximalWidth: most, wraps: false)
        }

        package static func number(_ title: String) -> Column {
            Column(title: title, isRight: true, minimalWidth: .max, maximalWidth: .max, wraps: false)
        }

        package static func prose(_ title: String) -> Column {
            Column(title: title, isRight: false, minimalWidth: 14, maximalWidth: .max, wraps: true)
        }
    }

    package enum Cell: Equatable, Sendable {
        case text(String)
        /// `value +- error`, the signs of all rows one below the other.
        case estimate(value: String, error: String)
    }

    package let columns: [Column]
    package private(set) var rows: [[Cell]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    package mutating func add(_ cells: [Cell]) {
        precondition(cells.count == columns.count, "Invariant: one cell a column")
        rows.append(
            cells.map { cell in
                if case .text(let text) = cell { return .text(DisplayText.printable(text)) }
                return cell
            })
    }

    package mutating func add(_ texts: [String]) { add(texts.map(Cell.text)) }

    package static let separation = 2

    /// The titles and the rows, without trailing spaces.
    package func lines(width: Int = 100, indent: Int = 2, style: TextStyle = .plain) -> [String] {
        let texts = aligned()
        let widths = fitted(texts, into: width - indent)
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines += Table.row(columns.map(\.title), columns, widths).map { style.dim(margin + $0) }
        }
        for row in texts { lines += Table.row(row, columns, widths).map { margin + $0 } }
        return lines
    }

    /// The texts of all cells, estimates with values and errors each padded to the widest of their column.
    private func aligned() -> [[String]] {
        var valueWidths = [Int](repeating: 0, count: columns.count)
        var errorWidths = valueWidths
        for row in rows {
            for (index, cell) in row.enumerated() {
                guard case .estimate(let value, let error) = cell else { continue }
                valueWidths[index] = max(valueWidths[index], DisplayText.width(value))
                errorWidths[index] = max(errorWidths[index], DisplayText.width(error))
            }
        }
        return rows.map { row in
            row.enumerated().map { index, cell in
                switch cell {
                case .text(let text): text
                case .estimate(let value, let error):
                    DisplayText.padded(value, to: valueWidths[index], isRight: true)
                        + (error.isEmpty ? "    " : " +- ")
                        + DisplayText.padded(error, to: errorWidths[index], isRight: true)
                }
            }
        }
    }

    private func fitted(_ cells: [[String]], into width: Int) -> [Int] {
        var widths = columns.enumerated().map { index, column in
            let content = cells.reduce(DisplayText.width(column.title)) { max($0, DisplayText.width($1[index])) }
            return min(content, column.maximalWidth)
        }
        let gaps = Table.separation * max(0, columns.count - 1)
        let least = columns.map { max($0.isRight ? 0 : $0.minimalWidth, DisplayText.width($0.title)) }
        let texts = columns.indices.filter { !columns[$0].isRight }
        for (candidates, least) in [
            (texts.filter { columns[$0].wraps }, least), (texts, least), (texts, columns.map { _ in 8 }),
        ] {
            while widths.reduce(gaps, +) > width {
                let shrinkable = candidates.filter { widths[$0] > least[$0] }
                guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
                widths[widest] -= 1
            }
        }
        return widths
    }

    private static func row(_ texts: [String], _ columns: [Column], _ widths: [Int]) -> [String] {
        var parts: [[String]] = []
        for (index, text) in texts.enumerated() {
            if columns[index].wraps {
                parts.append(DisplayText.wrapped(text, to: widths[index]))
            } else {
                parts.append([columns[index].isRight ? text : DisplayText.cut(text, to: widths[index])])
            }
        }
        let height = parts.reduce(1) { max($0, $1.count) }
        return (0..<height).map { line in
            let cells = parts.enumerated().map { index, lines in
                DisplayText.padded(
                    line < lines.count ? lines[line] : "", to: widths[index], isRight: columns[index].isRight)
            }
            let text = cells.joined(separator: String(repeating: " ", count: separation))
            let blankCount = text.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
            return String(text.utf8.dropLast(blankCount)) ?? text
        }
    }
}
