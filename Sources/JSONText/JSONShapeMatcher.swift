/// The kernel that reads rows of a known shape.
///
/// It reads up to `JSONShapes.padding` bytes beyond `end`: a position is checked against `end` once for each piece of
/// text between values, and between two checks it moves and reads less than that. Where a row seems to go on beyond
/// `end`, it is no row of the shape. Positions are sums of offsets within the text, so that none of them overflows.
///
/// The position is a local number that never leaves the registers: what is called for unusual values takes it and
/// returns the new one, -1 for a value that the grammar has to judge.
struct JSONShapeMatcher {
    let base: UnsafeRawPointer
    let end: Int
    let isPython: Bool

    @inline(__always)
    private func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    @inline(__always)
    private func word(_ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Reads the row that starts at `start`: `count` values and the text around them.
    ///
    /// - Parameters:
    ///   - cells: where values go, without their numbers; also some of a row that turns out to have another shape.
    ///   - places: by field, the place of its cell; -1 for a field that nobody wants.
    ///   - spare: takes the values of those.
    @inline(__always)
    func match(
        from start: Int, _ firstBlock: UnsafePointer<JSONShape.Block>, _ cells: UnsafeMutablePointer<JSONCell>,
        _ places: UnsafePointer<Int32>, spare: UnsafeMutablePointer<JSONCell>, count: Int,
        _ nesting: inout JSONNesting
    ) -> JSONMatch {
        var position = start
        var block = firstBlock
        var place = places
        let behind = places + count
        var isPlain = true
        while true {
            guard takesText(&position, &block) else { return .none }
            if place == behind { return JSONMatch(end: position, isPlain: isPlain) }
            let slot = place.pointee >= 0 ? cells + Int(place.pointee) : spare
            let first = byte(position)
            if first == UInt8(ascii: "\"") {
                let start = position &+ 1
                position = endOfPlainBytes(start)
                if byte(position) == UInt8(ascii: "\"") {
                    slot.pointee = JSONCell(
                        start: start, end: position, kind: .string, hasEscapes: false, fractionCount: 0)
                    position &+= 1
                } else {
                    isPlain = false
                    position = endOfSpecialString(slot, start, position)
                }
            } else if first &- 0x30 <= 9 || first == UInt8(ascii: "-") {
                position = endOfNumber(slot, position, isNegative: first == UInt8(ascii: "-"))
            } else {
                if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { isPlain = false }
                position = endOfOther(slot, first, position, &nesting)
            }
            if position < 0 { return .none }
            place += 1
        }
    }

    /// Takes the text in front of the next value, and makes sure that not even a mismatch reads too far.
    @inline(__always)
    private func takesText(_ position: inout Int, _ block: inout UnsafePointer<JSONShape.Block>)
        -> Bool
    {
        while true {
            let first = base.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
            let second = base.loadUnaligned(fromByteOffset: position &+ 16, as: SIMD16<UInt8>.self)
            let differences =
                (first ^ block.pointee.first) & block.pointee.firstMask
                | (second ^ block.pointee.second) & block.pointee.secondMask
            let words = unsafeBitCast(differences, to: SIMD2<UInt64>.self)
            position &+= block.pointee.count
            let isLast = block.pointee.isLast
            block += 1
            if words[0] | words[1] != 0 || position > end { return false }
            if isLast { return true }
        }
    }

    // MARK: Strings

    /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII, or some position
    /// behind `end` when there is none before it.
    @inline(__always)
    private func endOfPlainBytes(_ start: Int) -> Int {
        var position = start
        while true {
            let low = JSONShapeMatcher.specialBytes(word(position))
            let high = JSONShapeMatcher.specialBytes(word(position &+ 8))
            if low | high != 0 {
                let lowCount = low.trailingZeroBitCount &>> 3
                let highCount = 8 &+ high.trailingZeroBitCount &>> 3
                return position &+ (low != 0 ? lowCount : highCount)
            }
            position &+= 16
            if position > end { return position }
        }
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or not ASCII. The lowest bit set is
    /// exact; bytes above a true hit may be set falsely, by its borrow.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // A byte above 0x80 stays a hit whatever else happens to it, so that the usual masks are not needed.
        let quotes = (word ^ 0x2222_2222_2222_2222) &- ones
        let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- ones
        return (quotes | backslashes | (word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
    }

    /// A string that is plain up to `position`.
    @inline(never)
    private func endOfSpecialString(
        _ slot: UnsafeMutablePointer<JSONCell>, _ start: Int, _ position: Int
    ) -> Int {
        var cursor = cursor(position)
        guard position < end, let hasEscapes = try? cursor.skipString() else { return -1 }
        slot.pointee = JSONCell(
            start: start, end: cursor.position - 1, kind: .string, hasEscapes: hasEscapes,
            fractionCount: 0)
        return cursor.position
    }

    // MARK: Other values

    /// A number; one with at most seven digits before the point and as many behind it takes no loop, and no branch that
    /// depends on its sign or length.
    @inline(__always)
    private func endOfNumber(_ slot: UnsafeMutablePointer<JSONCell>, _ start: Int, isNegative: Bool)
        -> Int
    {
        let whole = start &+ (isNegative ? 1 : 0)
        let wholeWord = word(whole)
        let wholeCount = JSONShapeMatcher.digitCount(wholeWord)
        let point = whole &+ wholeCount
        let hasPoint = byte(point) == UInt8(ascii: ".")
        let fractionCount = JSONShapeMatcher.digitCount(word(point &+ 1))
        let stop = hasPoint ? point &+ 1 &+ fractionCount : point
        // No digit, a zero too many, too many digits for one word, an exponent: for the grammar to judge.
        let isOdd =
            UInt(bitPattern: wholeCount &- 1) >= 7
            || (wholeWord & 0xFF == 0x30 && wholeCount > 1)
            || (hasPoint && UInt(bitPattern: fractionCount &- 1) >= 7)
            || byte(stop) | 0x20 == UInt8(ascii: "e")
        if isOdd { return endOfLongNumber(slot, start) }
        slot.pointee = JSONCell(
            start: start, end: stop, kind: hasPoint ? .number : .integer, hasEscapes: false,
            fractionCount: hasPoint ? UInt8(truncatingIfNeeded: fractionCount) : 0)
        return stop
    }

    /// How many digits the word starts with, 8 when it has nothing else.
    @inline(__always)
    private static func digitCount(_ word: UInt64) -> Int {
        // A digit becomes 0...9, and 0x76 lifts anything above that to its high bit; the lowest bit set is exact.
        let values = word ^ 0x3030_3030_3030_3030
        let others = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
        return others.trailingZeroBitCount &>> 3
    }

    /// Other numbers. Programs that do not round write about fifteen digits behind the point: up to fifteen are still
    /// counted by words.
    @inline(never)
    private func endOfLongNumber(_ slot: UnsafeMutablePointer<JSONCell>, _ start: Int) -> Int {
        let whole = byte(start) == UInt8(ascii: "-") ? start + 1 : start
        let wholeCount = JSONShapeMatcher.digitCount(word(whole))
        let fraction = whole + wholeCount + 1
        let isPlain = wholeCount == 1 || (wholeCount > 1 && wholeCount < 8 && byte(whole) != UInt8(ascii: "0"))
        if isPlain, byte(fraction - 1) == UInt8(ascii: "."), JSONShapeMatcher.digitCount(word(fraction)) == 8 {
            let count = 8 + JSONShapeMatcher.digitCount(word(fraction + 8))
            if count < 16, byte(fraction + count) | 0x20 != UInt8(ascii: "e") {
                slot.pointee = JSONCell(
                    start: start, end: fraction + count, kind: .number, hasEscapes: false,
                    fractionCount: UInt8(truncatingIfNeeded: count))
                return fraction + count
            }
        }
        var cursor = cursor(start)
        guard start < end, let kind = try? cursor.skipNumber() else { return -1 }
        return fill(slot, kind, start, cursor)
    }

    /// A literal or a container.
    @inline(never)
    private func endOfOther(
        _ slot: UnsafeMutablePointer<JSONCell>, _ first: UInt8, _ start: Int,
        _ nesting: inout JSONNesting
    ) -> Int {
        var cursor = cursor(start)
        guard start < end else { return -1 }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            var silence = JSONSilence()
            nesting.reset(depth: 1)
            guard (try? cursor.walk(&silence, &nesting)) != nil else { return -1 }
            return fill(slot, first == UInt8(ascii: "{") ? .object : .array, start, cursor)
        }
        guard let kind = try? cursor.skipScalar(first) else { return -1 }
        return fill(slot, kind, start, cursor)
    }

    private func cursor(_ position: Int) -> JSONCursor {
        var cursor = JSONCursor(
            UnsafeRawBufferPointer(start: base, count: end), dialect: isPython ? .python : .strict)
        cursor.position = position
        return cursor
    }

    private func fill(
        _ slot: UnsafeMutablePointer<JSONCell>, _ kind: JSONKind, _ start: Int, _ cursor: JSONCursor
    ) -> Int {
        slot.pointee = JSONCell(
            start: start, end: cursor.position, kind: kind, hasEscapes: false,
            fractionCount: JSONCell.unmeasured)
        return cursor.position
    }
}

// MARK: Ends of rows

extension JSONShapeMatcher {
    /// The position behind a line feed, or behind a carriage return and a line feed, at `position`; -1 when there is
    /// neither.
    @inline(__always)
    func endOfLineEnd(_ position: Int) -> Int {
        if position < end, byte(position) == 0x0A { return position &+ 1 }
        guard position &+ 1 < end, byte(position) == 0x0D, byte(position &+ 1) == 0x0A else {
            return -1
        }
        return position &+ 2
    }

    /// Whether no reader of lines could see more than one in a checked text.
    @inline(never)
    func isOneLine(_ range: Range<Int>) -> Bool {
        for offset in range {
            let next = byte(offset)
            if next < 0x20 { return false }
            if next == 0xC2, byte(offset + 1) == 0x85 { return false }
            if next == 0xE2, byte(offset + 1) == 0x80, byte(offset + 2) & 0xFE == 0xA8 { return false }
        }
        return true
    }
}
