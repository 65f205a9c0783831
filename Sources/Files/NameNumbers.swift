import Glibc
import JSONText

/// The number of a name by its bytes: names come again row after row, and are made into text once.
///
/// Open addressing over the bytes met so far, at most a quarter full. Different texts may carry the same number (`BTC`
/// and `BTCUSDT` are one symbol). Names are as many as an attacker likes: a full table begins anew.
struct NameNumbers {
    /// The first and the last eight bytes of a name: up to sixteen bytes that is all of it.
    private struct Print {
        var first: UInt64
        var last: UInt64
        var count: Int

        @inline(__always)
        init(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) {
            count = end - start
            if count >= 8 {
                first = base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
                last = base.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            } else if count >= 4 {
                first = UInt64(base.loadUnaligned(fromByteOffset: start, as: UInt32.self))
                last = UInt64(base.loadUnaligned(fromByteOffset: end - 4, as: UInt32.self))
            } else if count > 0 {
                first = UInt64(base.load(fromByteOffset: start, as: UInt8.self))
                last =
                    UInt64(base.load(fromByteOffset: start + count / 2, as: UInt8.self)) << 8
                    | UInt64(base.load(fromByteOffset: end - 1, as: UInt8.self))
            } else {
                first = 0
                last = 0
            }
        }

        /// Names differ at their ends, which are the highest bits of `last`: a product carries upwards only, so they
        /// are brought down first.
        @inline(__always)
        var hash: Int {
            let turned = last << 32 | last >> 32
            var mixed = (first ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ mixed >> 32 ^ turned) &* 0xC2B2_AE3D_27D4_EB4F
            return Int(truncatingIfNeeded: mixed >> 32)
        }
    }

    private struct Entry {
        var print: Print
        var start: Int
        var number: Int32
    }

    /// An index into `entries` plus one, or zero; a power of two of them.
    private var slots = [Int32](repeating: 0, count: 1_024)
    private var entries: [Entry] = []
    private var text: [UInt8] = []

    private let namesMax: Int

    init(namesMax: Int = 1 << 16) { self.namesMax = namesMax }

    var isFull: Bool { entries.count >= namesMax || text.count >= namesMax * 64 }

    /// `nil` for a name that was not met.
    @inline(__always)
    func number(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int32? {
        let print = Print(base, start, end)
        let mask = slots.count - 1
        var slot = print.hash & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].print.first == print.first, entries[index].print.last == print.last,
                entries[index].print.count == print.count, print.count <= 16 || isEqual(index, base + start)
            {
                return entries[index].number
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    @inline(never)
    private func isEqual(_ index: Int, _ name: UnsafeRawPointer) -> Bool {
        text.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return true }
            return memcmp(base + entries[index].start, name, entries[index].print.count) == 0
        }
    }

    /// A full table begins anew: what it forgets is looked up again where all names are kept.
    mutating func add(_ base: UnsafeRawPointer, _ start: Int, _ end: Int, number: Int32) {
        if isFull { self = NameNumbers(namesMax: namesMax) }
        entries.append(Entry(print: Print(base, start, end), start: text.count, number: number))
        text += UnsafeRawBufferPointer(start: base + start, count: end - start)
        guard entries.count * 4 > slots.count else { return place(entries.count - 1) }
        slots = Array(repeating: 0, count: slots.count * 2)
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = entries[index].print.hash & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = Int32(index + 1)
    }
}
