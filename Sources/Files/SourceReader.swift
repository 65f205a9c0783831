import Domain
import Operation

/// Reads what is new in one source, as its position and its file's identity say.
///
/// The lines of a plain file are read from where the position ends. A compressed file is read whole when it changed.
/// The end of the file is fixed when it is opened: what is appended meanwhile is new the next time.
struct SourceReader {
    let source: SourceDescription
    let mapping: Mapping?
    let limits: FileLimits

    func read(_ position: SourcePosition?, _ body: (SourceChunk) throws -> Void) throws {
        guard let path = source.path else {
            try readStream(.standardInput, position, body)
            return
        }
        guard let file = try Descriptor.reading(path) else {
            try body(nothing(fresh(position), remarks: position.map(wasThere) == true ? ["the file is missing"] : []))
            return
        }
        let status = try file.status()
        if status.isDirectory {
            throw FileFailure(path: path, message: "is a folder; name the file to read")
        }
        guard status.isRegular else {
            try readStream(file, position, body)
            return
        }
        try readFile(file, status, position, body)
    }

    private func wasThere(_ position: SourcePosition) -> Bool { position.inode != 0 }

    /// The position of a source that was never met, or the one it has.
    private func fresh(_ position: SourcePosition?) -> SourcePosition {
        position
            ?? SourcePosition(
                name: source.name, device: 0, inode: 0, offset: 0, lineCount: 0, headDigest: StableHash([UInt8]()),
                lookedAt: Timestamp(milliseconds: 0), header: "", generation: 0)
    }

    private func nothing(_ position: SourcePosition, remarks: [String]) -> SourceChunk {
        SourceChunk(lines: [], position: position, modifiedAt: nil, remarks: remarks, bytesRead: 0, bytesTotal: nil)
    }

    private func readStream(
        _ stream: Descriptor, _ position: SourcePosition?, _ body: (SourceChunk) throws -> Void
    ) throws {
        var start = fresh(nil)
        start.generation = position?.generation ?? 0
        let run = SourceRun(self, file: stream, status: nil, start: start, head: [])
        try run.read(body)
    }
}

// MARK: Files

extension SourceReader {
    private func readFile(
        _ file: Descriptor, _ status: FileStatus, _ position: SourcePosition?, _ body: (SourceChunk) throws -> Void
    ) throws {
        let head = try file.bytes(Int(min(Int64(FileLimits.headLength), status.size)))
        let isGzip = head.starts(with: [0x1F, 0x8B])
        var start = fresh(position)
        var remarks: [String] = []
        if let position, wasThere(position), let change = change(since: position, status, head) {
            if change == .replaced, !isGzip { remarks += try readRotated(position, status, body) }
            start = fresh(nil)
            start.generation = position.generation + 1
            remarks.append(change.remark(position, size: status.size))
        }
        start.device = status.device
        start.inode = status.inode
        if isGzip {
            if start.offset == status.size, start.offset > 0 {
                start.headDigest = StableHash(head)
                try body(unchanged(start, status, remarks))
                return
            }
            if start.offset > 0 { remarks.append("the compressed file grew; read again from its beginning") }
            start.offset = 0
            start.lineCount = 0
            start.header = ""
            start.headDigest = fresh(nil).headDigest
            // Nothing of a corrupt file is believed, so that all of it is checked before the first line is.
            try check(file, status)
        } else if start.offset > 0 {
            try resume(file, status, &start, &remarks)
        }
        let run = SourceRun(self, file: file, status: status, start: start, head: head)
        run.isGzip = isGzip
        run.remarks = remarks
        try run.read(body)
    }

    private func unchanged(_ position: SourcePosition, _ status: FileStatus, _ remarks: [String]) -> SourceChunk {
        SourceChunk(
            lines: [], position: position, modifiedAt: status.modifiedAt, remarks: remarks, bytesRead: status.size,
            bytesTotal: status.size)
    }

    private func check(_ file: Descriptor, _ status: FileStatus) throws {
        let gzip = try GzipReader(RawBytes(file, from: 0, to: status.size))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while try gzip.read(into: buffer) > 0 {}
    }

    /// A file read to its end takes its last line even without a line feed. If it grew since, that line may have been a
    /// part of one.
    private func resume(
        _ file: Descriptor, _ status: FileStatus, _ start: inout SourcePosition, _ remarks: inout [String]
    ) throws {
        guard start.offset < status.size, try file.bytes(1, at: start.offset - 1) != [0x0A] else { return }
        let next = try file.bytes(2, at: start.offset)
        if next.first == 0x0A {
            start.offset += 1
        } else if next == [0x0D, 0x0A] {
            start.offset += 2
        } else {
            remarks.append("the last line read before went on; read again from the beginning")
            start.offset = 0
            start.lineCount = 0
            start.header = ""
        }
    }

    private enum Change {
        case replaced, cut, rewritten

        func remark(_ position: SourcePosition, size: Int64) -> String {
            switch self {
            case .replaced: "rotated: another file stands in its place; read from its beginning"
            case .cut: "cut: it has \(size) bytes, and \(position.offset) were read; read again from its beginning"
            case .rewritten: "rewritten: it begins with other bytes than before; read from its beginning"
            }
        }
    }

    private func change(since position: SourcePosition, _ status: FileStatus, _ head: [UInt8]) -> Change? {
        if position.device != status.device || position.inode != status.inode { return .replaced }
        if status.size < position.offset { return .cut }
        let known = Int(min(position.offset, Int64(FileLimits.headLength)))
        return StableHash(head[..<known]) == position.headDigest ? nil : .rewritten
    }
}

// MARK: Rotation

extension SourceReader {
    /// Reads what was appended to the file before it was renamed, where it still stands in the same folder.
    private func readRotated(
        _ position: SourcePosition, _ status: FileStatus, _ body: (SourceChunk) throws -> Void
    ) throws -> [String] {
        guard let path = source.path, let (old, oldStatus) = try renamed(position, folder: Folder.parent(of: path))
        else { return ["the file it replaces was not found: lines appended to it since the last look are not known"] }
        let head = try old.bytes(Int(min(Int64(FileLimits.headLength), oldStatus.size)))
        guard change(since: position, oldStatus, head) == nil, oldStatus.size > position.offset else { return [] }
        let run = SourceRun(self, file: old, status: oldStatus, start: position, head: head)
        run.isRetired = true
        run.remarks = ["rotated: the rest of \(Folder.lastName(of: old.path)) is read first"]
        try run.read(body)
        return []
    }

    private func renamed(_ position: SourcePosition, folder: String) throws -> (Descriptor, FileStatus)? {
        for name in try Folder.names(in: folder).prefix(FileLimits.folderEntriesMax) {
            let path = folder + "/" + name
            // A file that vanishes or cannot be looked at is not the one.
            guard let status = (try? FileStatus.at(path)) ?? nil, status.isRegular, status.device == position.device,
                status.inode == position.inode, let file = (try? Descriptor.reading(path)) ?? nil,
                let opened = try? file.status(), opened.isSameFile(status)
            else { continue }
            return (file, opened)
        }
        return nil
    }
}
