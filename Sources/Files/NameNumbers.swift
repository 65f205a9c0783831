import Glibc
import JSONText

/// The number of a name by its bytes: names come again row after row, and are made into text once.
///
/// Open addressing over the bytes met so far, at most half full. Different texts may carry the same number (`BTC`
/// and `BTCUSDT` are one symbol). Names are as many as an attacker likes: a full table begins anew.
struct NameNumbers {
    /// The first and the last eight bytes of a name: up to sixteen bytes that is all of it. Of a shorter name both are
    /// its bytes and zeros behind them.
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
                return
            }
            if count >= 4 {
                let rest = UInt64(base.loadUnaligned(fromByteOffset: end - 4, as: UInt32.self))
                first =
                    UInt64(base.loadUnaligned(fromByteOffset: start, as: UInt32.self)) | rest << UInt64(8 * count - 32)
            } else if count > 0 {
                let middle = UInt64(base.load(fromByteOffset: start + count / 2, as: UInt8.self))
                let rest = UInt64(base.load(fromByteOffset: end - 1, as: UInt8.self))
                first =
                    UInt64(base.load(fromByteOffset: start, as: UInt8.self)) | middle << UInt64(count / 2 * 8)
                    | rest << UInt64(8 * count - 8)
            } else {
                first = 0
            }
            last = first
        }

        /// The same where eight bytes can be read from any place in the name: no branch that names of many lengths
        /// would make unpredictable.
        @inline(__always)
        init(padded base: UnsafeRawPointer, _ start: Int, _ end: Int) {
            count = end &- start
            // What is read beyond a short name is shifted out, in two halves: all of it, of a name of no byte.
            let half = UInt64(truncatingIfNeeded: 4 &* (8 &- min(count, 8)))
            let word = base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            first = (((word &<< half) &<< half) &>> half) &>> half
            let tail = base.loadUnaligned(fromByteOffset: start &+ max(count &- 8, 0), as: UInt64.self)
            last = count < 8 ? first : tail
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

    private struct Slot {
        var print: Print
        /// Where the name stands in `text`; -1 for a slot that is free.
        var start: Int32
        var number: Int32
    }

    /// A power of two of them.
    private var slots = NameNumbers.freeSlots(256)
    private var nameCount = 0
    private var text: [UInt8] = []

    private let namesMax: Int

    init(namesMax: Int = 1 << 16) { self.namesMax = namesMax }

    private static func freeSlots(_ count: Int) -> [Slot] {
        let nothing: UInt64 = 0
        return withUnsafeBytes(of: nothing) { bytes in
            // Eight bytes, of which none is read.
            let print = Print(bytes.baseAddress.unsafelyUnwrapped, 0, 0)
            return [Slot](repeating: Slot(print: print, start: -1, number: 0), count: count)
        }
    }

    var isFull: Bool { nameCount >= namesMax || text.count >= namesMax * 64 }

    /// `nil` for a name that was not met.
    @inline(__always)
    func number(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int32? {
        let number = number(Print(base, start, end), base + start)
        return number == NameNumbers.unmet ? nil : number
    }

    /// The same, faster, with `unmet` in place of `nil`.
    ///
    /// - Precondition: eight bytes can be read from any place in the name.
    @inline(__always)
    func number(padded base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int32 {
        number(Print(padded: base, start, end), base + start)
    }

    /// The same, faster still, for names of at most sixteen bytes that stand where they are looked for first; `unmet`
    /// says nothing about others. Without a loop and a call, it takes few registers.
    @inline(__always)
    func numberAtOnce(padded base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int32 {
        let print = Print(padded: base, start, end)
        return slots.withUnsafeBufferPointer { slots in
            // The mask keeps the place within the slots.
            let slot = slots.baseAddress.unsafelyUnwrapped + (print.hash & (slots.count &- 1))
            let difference =
                (slot.pointee.print.first ^ print.first) | (slot.pointee.print.last ^ print.last)
                | UInt64(bitPattern: Int64(slot.pointee.print.count ^ print.count))
            return difference == 0 && print.count <= 16 && slot.pointee.start >= 0
                ? slot.pointee.number : NameNumbers.unmet
        }
    }

    static let unmet = Int32.min

    @inline(__always)
    private func number(_ print: Print, _ name: UnsafeRawPointer) -> Int32 {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count &- 1
            var place = print.hash & mask
            while slots[place].start >= 0 {
                if slots[place].print.first == print.first, slots[place].print.last == print.last,
                    slots[place].print.count == print.count,
                    print.count <= 16 || isEqual(Int(slots[place].start), name, print.count)
                {
                    return slots[place].number
                }
                place = (place &+ 1) & mask
            }
            return NameNumbers.unmet
        }
    }

    @inline(never)
    private func isEqual(_ start: Int, _ name: UnsafeRawPointer, _ count: Int) -> Bool {
        text.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return true }
            return memcmp(base + start, name, count) == 0
        }
    }

    /// A full table begins anew: what it forgets is looked up again where all names are kept.
    mutating func add(_ base: UnsafeRawPointer, _ start: Int, _ end: Int, number: Int32) {
        if isFull { self = NameNumbers(namesMax: namesMax) }
        nameCount += 1
        if nameCount * 2 > slots.count {
            let taken = slots.filter { $0.start >= 0 }
            slots = NameNumbers.freeSlots(slots.count * 2)
            for slot in taken { place(slot) }
        }
        place(Slot(print: Print(base, start, end), start: Int32(text.count), number: number))
        text += UnsafeRawBufferPointer(start: base + start, count: end - start)
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var place = slot.print.hash & mask
        while slots[place].start >= 0 { place = (place + 1) & mask }
        slots[place] = slot
    }
}
