import Domain

/// What one entry of a venue's list turned out to be.
enum InstrumentEntry {
    case instrument(Instrument)
    /// As documented, and nothing that we price: a perpetual, a dark pool, a test pair.
    case leftOut
    /// Not as documented. Says why.
    case broken(String)
}

/// Reads a venue's list of instruments, so that one entry nobody can read does not cost the hundreds beside it.
enum InstrumentEntries {
    /// - Throws: `.malformed` where no entry is an instrument: then it is the list that is broken, not an entry, and a
    ///   venue that seems to list nothing would make every symbol unknown.
    static func page(
        _ entries: [(key: String, value: ReplyValue)], cursor: String? = nil,
        read: (_ key: String, _ entry: ReplyValue) -> InstrumentEntry
    ) throws(ReplyFailure) -> InstrumentPage {
        var instruments: [Instrument] = []
        var positions: [String: Int] = [:]
        var contradicted: Set<Int> = []
        var firstReason: String?
        for entry in entries {
            switch read(entry.key, entry.value) {
            case .instrument(let instrument):
                if let position = positions[instrument.id] {
                    // The same name for two things: neither can be asked for.
                    if instruments[position] != instrument { contradicted.insert(position) }
                } else {
                    positions[instrument.id] = instruments.count
                    instruments.append(instrument)
                }
            case .leftOut: break
            case .broken(let reason): firstReason = firstReason ?? "\(entry.key): \(reason)"
            }
        }
        let kept = instruments.indices.filter { !contradicted.contains($0) }.map { instruments[$0] }
        guard !kept.isEmpty else {
            let example = firstReason.map { ", for example \($0)" } ?? ""
            throw .malformed("none of \(entries.count) entries is an instrument\(example)")
        }
        return InstrumentPage(instruments: kept, cursor: cursor)
    }

    /// The elements of a list, named by their place in it.
    static func numbered(_ list: ReplyValue) -> [(key: String, value: ReplyValue)] {
        (list.elements ?? []).enumerated().map { ("entry \($0.offset + 1)", $0.element) }
    }

    /// An instrument from its parts.
    ///
    /// - Parameters:
    ///   - spelling: what the venue's own name must be, given base and quote. A name that contradicts its parts could
    ///     be another asset's, and its prices would be silently wrong.
    ///   - renamed: the venue's own names of assets, by the field's.
    static func instrument(
        of venue: Venue, id: ReplyValue?, base: ReplyValue?, quote: ReplyValue?, state: InstrumentState?,
        spelling: (_ base: String, _ quote: String) -> String, renamed: [String: String] = [:]
    ) -> InstrumentEntry {
        guard let id = id?.string, let base = base?.string, let quote = quote?.string else {
            return .broken("no name, base or quote")
        }
        return instrument(
            of: venue, id: id, base: base, quote: quote, state: state, spelling: spelling, renamed: renamed)
    }

    static func instrument(
        of venue: Venue, id: String, base: String, quote: String, state: InstrumentState?,
        spelling: (_ base: String, _ quote: String) -> String, renamed: [String: String] = [:]
    ) -> InstrumentEntry {
        guard let state else { return .broken("\(id.prefix(40)): no state") }
        // Names in other alphabets are real; no symbol of ours can be one.
        guard isPlain(id, besides: "._-"), isPlain(base, besides: "."), isPlain(quote, besides: "."), base != quote
        else { return .leftOut }
        guard spelling(base, quote) == id else { return .broken("\(id) is not named after \(base) and \(quote)") }
        let (upperBase, upperQuote) = (base.uppercased(), quote.uppercased())
        return .instrument(
            Instrument(
                venue: venue, id: id, base: renamed[upperBase] ?? upperBase, quote: renamed[upperQuote] ?? upperQuote,
                state: state))
    }

    /// Letters, digits and a few marks: what goes into a path or a query as it is.
    private static func isPlain(_ name: String, besides marks: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 40
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: marks.utf8.contains(byte)
                }
            }
    }

    /// A word for a state, by the venue's vocabulary. A word that is not in it is a state we do not know, in which
    /// nobody promises that it trades: halted. No word at all is a broken entry (`nil`).
    static func state(_ word: ReplyValue?, _ vocabulary: [String: InstrumentState]) -> InstrumentState? {
        word?.string.map { vocabulary[$0] ?? .halted }
    }
}
