/// What the rows of a file have in common: the text between their values.
///
/// The rows of one file are nearly always written by one program: the same keys in the same order, with the same
/// spaces. Then everything but the values is known beforehand, and is checked 32 bytes at once instead of byte by byte:
///
///     {"ts": "…", "agent": "…", "abs_error_bps": …}
///     ~~~~~~~   ~~~~~~~~~~~   ~~~~~~~~~~~~~~~~~~~ ~
///
/// A shape is learned from a row that the whole grammar accepted. A row whose text between the values is the same byte
/// for byte, and whose values are complete values, is therefore accepted by that grammar too, with the same keys; one
/// that differs anywhere is none of the shape, and the grammar decides. So a shape makes reading faster and never
/// changes what is read.
///
/// A class, so that to pick one costs one count of references.
final class JSONShape {
    /// Up to 32 bytes that must stand somewhere.
    struct Block {
        var first: SIMD16<UInt8>
        var second: SIMD16<UInt8>
        /// 0xFF for each byte that counts.
        var firstMask: SIMD16<UInt8>
        var secondMask: SIMD16<UInt8>
        var count: Int
        /// Whether a value follows, or the end of the row.
        var isLast: Bool
    }

    /// Where the key of a value stands, counted from the end of the value before it.
    struct Key: Equatable {
        var start: Int
        var end: Int
        var hasEscapes: Bool
    }

    /// A number that no other shape of the same scanner has, from 1 on.
    let id: Int
    let keys: [Key]
    /// By field, the place of its cell among those of a row; -1 for a field that nobody wants.
    let cellPlaces: [Int32]
    /// The keys that the rows have and whose numbers are wanted.
    let numberKeys: [Int]
    /// A bit of each key that a reader wants and the rows have, the first key's the lowest.
    let wantedMask: UInt64
    let blocks: [Block]
    /// All the text between the values, and where each piece of it ends.
    private let text: [UInt8]
    private let ends: [Int]

    /// Rows with more fields than that are read by the grammar alone.
    static let fieldCountMax = 256

    /// Learns from the fields of a row.
    ///
    /// - Parameters:
    ///   - places: for each key that a reader wants, the index of its last field, or -1.
    ///   - textMask: a bit of each of those keys whose numbers are left as text.
    /// - Returns: nil where a row has nothing to predict or too many fields.
    init?(_ fields: [JSONField], line: UnsafeRawBufferPointer, places: [Int], textMask: UInt64, id: Int) {
        guard !fields.isEmpty, fields.count <= JSONShape.fieldCountMax else { return nil }
        var keys: [Key] = []
        var text: [UInt8] = []
        var ends: [Int] = []
        var blocks: [Block] = []
        var position = 0
        for field in fields {
            let quote = field.kind == .string ? 1 : 0
            keys.append(
                Key(
                    start: field.keyStart - position, end: field.keyEnd - position,
                    hasEscapes: field.keyHasEscapes))
            JSONShape.append(line[position..<(field.valueStart - quote)], to: &blocks)
            text.append(contentsOf: line[position..<(field.valueStart - quote)])
            ends.append(text.count)
            position = field.valueEnd + quote
        }
        JSONShape.append(line[position...], to: &blocks)
        text.append(contentsOf: line[position...])
        ends.append(text.count)
        self.id = id
        var cellPlaces = [Int32](repeating: -1, count: fields.count)
        for (key, place) in places.enumerated() where place >= 0 { cellPlaces[place] = Int32(key) }
        self.cellPlaces = cellPlaces
        let wanted = places.indices.filter { places[$0] >= 0 }
        numberKeys = wanted.filter { textMask & 1 << UInt64($0) == 0 }
        wantedMask = wanted.reduce(0) { $0 | 1 << UInt64($1) }
        self.keys = keys
        self.blocks = blocks
        self.text = text
        self.ends = ends
    }

    private static func append(_ piece: Slice<UnsafeRawBufferPointer>, to blocks: inout [Block]) {
        var rest = piece
        repeat {
            let count = min(rest.count, 32)
            var block = Block(
                first: .zero, second: .zero, firstMask: .zero, secondMask: .zero, count: count,
                isLast: count == rest.count)
            for (index, byte) in rest.prefix(count).enumerated() {
                if index < 16 {
                    block.first[index] = byte
                    block.firstMask[index] = 0xFF
                } else {
                    block.second[index - 16] = byte
                    block.secondMask[index - 16] = 0xFF
                }
            }
            blocks.append(block)
            rest = rest.dropFirst(count)
        } while !rest.isEmpty
    }

    /// Whether the row has this shape, going by its fields.
    func isShape(of fields: [JSONField], line: UnsafeRawBufferPointer) -> Bool {
        guard fields.count == keys.count else { return false }
        var position = 0
        var known = 0
        for index in 0...fields.count {
            let isEnd = index == fields.count
            let quote = !isEnd && fields[index].kind == .string ? 1 : 0
            let end = isEnd ? line.count : fields[index].valueStart - quote
            guard text[known..<ends[index]].elementsEqual(line[position..<end]) else { return false }
            known = ends[index]
            if !isEnd { position = fields[index].valueEnd + quote }
        }
        return true
    }
}

/// Where a row that has a known shape ends.
struct JSONMatch {
    /// The position behind the row, or -1 when it has another shape.
    var end: Int
    /// Whether all values are numbers, literals and plain strings of printable ASCII.
    var isPlain: Bool

    static let none = JSONMatch(end: -1, isPlain: true)
}
