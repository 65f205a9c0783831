import Domain
import Glibc

/// The bytes of snapshots, each in a file of its own in the folder `<ledger>-snapshots` beside the ledger.
///
/// Written under a temporary name and renamed, and not waited for: a snapshot is an economy, and one that a loss of
/// power has torn is found by its checksum and passed over. Names are made of what is in them, so that a file is never
/// another's. Which of them count is the ledger's to say; whoever saves removes the rest. Written and removed within a
/// transaction of the ledger alone, so that nobody removes what another is about to name.
struct SnapshotFiles {
    let ledgerPath: String

    private var folder: String { ledgerPath + "-snapshots" }

    static func name(gridPoint: Timestamp, checksum: String) -> String {
        "\(gridPoint.milliseconds)-\(checksum).state"
    }

    func save(_ bytes: [UInt8], as name: String) throws {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw failure("cannot be made", folder) }
        let (path, temporary) = (folder + "/" + name, folder + "/writing")
        let file = Glibc.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("cannot be written", temporary) }
        do {
            defer { close(file) }
            try write(bytes, to: file, temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw failure("cannot be replaced", path) }
    }

    private func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                // Within the buffer: `written` is below its count.
                let count = Glibc.write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw failure("cannot be written", path) }
                written += count
            }
        }
    }

    /// `nil` where there is no such file, or one of another length: it was torn, or the ledger was brought here without
    /// it.
    func bytes(_ name: String, length: Int) -> [UInt8]? {
        let file = Glibc.open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, Int(status.st_size) == length else { return nil }
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            while filled < length {
                // Within the buffer: `filled` is below its capacity.
                let count = read(file, buffer.baseAddress.map { $0 + filled }, length - filled)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                filled += count
            }
        }
    }

    /// Removes every file but these.
    func keepOnly(_ names: Set<String>) {
        guard let entries = opendir(folder) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != "..", !names.contains(name) else { continue }
            unlink(folder + "/" + name)
        }
    }

    private func failure(_ what: String, _ path: String) -> LedgerError {
        let code = errno
        guard code != ENOSPC, code != EDQUOT else { return .full(path: ledgerPath) }
        return .failed(
            path: ledgerPath, detail: "the snapshot \(path) \(what): \(String(cString: strerror(code)))")
    }
}
