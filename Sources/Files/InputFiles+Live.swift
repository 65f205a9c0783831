package import Domain
import Glibc
package import Operation

extension InputFiles {
    /// The files below a root folder, and whatever is named by hand.
    ///
    /// - Parameters:
    ///   - mappings: mapping files for files found by name, by the path relative to the root
    ///     (`alpha/events.jsonl`). A mapping's own path is absolute or relative to the root.
    package static func live(
        root: String, mappings: [String: String] = [:], limits: FileLimits = FileLimits()
    ) -> InputFiles {
        InputFiles(
            discover: { try SourceFinder(root: root, mappings: mappings).sources() },
            read: { source, position, body in
                let mapping = try InputFiles.mapping(of: source, root: root)
                try SourceReader(source: source, mapping: mapping, limits: limits).read(position, body)
            },
            parse: { line, source in
                do {
                    let mapping = try InputFiles.mapping(of: source, root: root)
                    var parser = LineParser(source, mapping: mapping)
                    return parser.parseKept(line)
                } catch {
                    return .rejected(reason: "\(error)", bytes: line)
                }
            })
    }

    private static func mapping(of source: SourceDescription, root: String) throws(FileFailure) -> Mapping? {
        guard let path = source.mappingPath else { return nil }
        return try Mapping.read(path.hasPrefix("/") ? path : root + "/" + path, kind: source.kind)
    }

    /// Checks a mapping file before anything is read through it.
    package static func checkMapping(_ path: String, kind: SourceKind) throws {
        _ = try Mapping.read(path, kind: kind)
    }
}

extension SourceDescription {
    /// A file named by hand, known by its path relative to the root where it lies below it: the same file is the same
    /// source, however it was named. `-` is standard input.
    package static func file(
        _ path: String, root: String, kind: SourceKind, mappingPath: String? = nil, symbol: String? = nil,
        barLength: Span? = nil, isWatched: Bool = false
    ) -> SourceDescription {
        var description = SourceDescription(
            name: path, path: path, kind: kind, mappingPath: mappingPath, symbol: symbol, barLength: barLength,
            isWatched: isWatched)
        if path == "-" {
            description.path = nil
            return description
        }
        // A file or folder that does not exist yet keeps the path it was given.
        let whole = SourceDescription.whole(path) ?? path
        let below = (SourceDescription.whole(root) ?? root) + "/"
        description.name = whole.hasPrefix(below) ? String(whole.dropFirst(below.count)) : whole
        return description
    }

    private static func whole(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// How a user writes the length of a bar: `1h`, `30m`, `1d`; `nil` for anything else.
    package static func barLength(_ text: String) -> Span? { BarName.length(text) }
}

/// The drop-in files below a root, by their names.
private struct SourceFinder {
    let root: String
    let mappings: [String: String]

    func sources() throws -> [SourceDescription] {
        var found: [SourceDescription] = []
        // Described even before they exist, so that the ledger remembers having looked: what is there at the first look
        // is history, what comes later was seen as it was written.
        for (stem, kind) in [("alpha/events", SourceKind.signals), ("telemetry/events", .telemetry)] {
            for ending in [".jsonl", ".jsonl.gz", ".csv", ".csv.gz"] {
                let isExpected = ending == ".jsonl"
                if try isExpected || isFile(stem + ending) { found.append(describe(stem + ending, kind)) }
            }
        }
        for name in try Folder.names(in: root + "/prices") where isPriceFile(name) {
            let path = "prices/" + name
            if try isFile(path) { found.append(describe(path, .prices)) }
        }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private func isPriceFile(_ name: String) -> Bool {
        if name.hasPrefix(".") { return false }
        return [".csv", ".jsonl", ".csv.gz", ".jsonl.gz"].contains(where: name.hasSuffix)
    }

    private func isFile(_ path: String) throws -> Bool {
        guard let status = try FileStatus.at(root + "/" + path) else { return false }
        return !status.isDirectory
    }

    private func describe(_ path: String, _ kind: SourceKind) -> SourceDescription {
        SourceDescription(
            name: path, path: root + "/" + path, kind: kind, mappingPath: mappings[path], isWatched: true)
    }
}
