import GRDB

/// Why the ledger could not do what was asked. Nothing is stored by halves: after any of these the ledger holds what it
/// held before.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// Written by a later release: configuration, not data, is at fault (exit 78).
    case newer(path: String, ledgerVersion: Int, programVersion: Int)
    /// Written by an earlier release, and this command may not bring it up to date.
    case older(path: String, ledgerVersion: Int, programVersion: Int, reason: String)
    /// A database of another program.
    case foreign(path: String)
    case missing(path: String)
    case corrupt(path: String, detail: String)
    case busy(path: String, seconds: Double)
    case notWritable(path: String, detail: String)
    case full(path: String)
    case cannotOpen(path: String, detail: String)
    /// The schema's checks refused a fact; what let it through is a defect of this program.
    case refusedFact(path: String, source: String, lineNumber: Int64, detail: String)
    case unknownQuarantinedLine(path: String, id: Int64)
    /// Somebody else has taken the request.
    case requestTaken(path: String, id: Int64)
    /// A copy of the ledger could not be made; nothing of it is left.
    case backupFailed(path: String, detail: String)
    /// A copy of the ledger is not what it should be.
    case badBackup(path: String, detail: String)
    case failed(path: String, detail: String)

    package var description: String {
        switch self {
        case .newer(let path, let ledger, let program):
            "The ledger \(path) has schema version \(ledger), but this program knows versions up to \(program). "
                + "Use the release that wrote it, or a later one."
        case .older(let path, let ledger, let program, let reason):
            "The ledger \(path) has schema version \(ledger), this program needs version \(program), and \(reason). "
                + "Run `meta-supervisor run` once: it brings the ledger up to date and keeps a backup beside it."
        case .foreign(let path):
            "\(path) is a database of another program. Move it away, or choose another folder with --root."
        case .missing(let path):
            "There is no ledger at \(path). Run `meta-supervisor init` there, or choose another folder with --root."
        case .corrupt(let path, let detail):
            "The ledger \(path) is damaged (\(detail)). Keep the file, restore the latest backup beside it, and ingest "
                + "the input files again: what is already known is recognized."
        case .busy(let path, let seconds):
            "The ledger \(path) is locked: another program kept it busy for more than \(seconds) s. "
                + "Nothing was stored; try again when the other program is done."
        case .notWritable(let path, let detail):
            "The ledger \(path) cannot be written (\(detail)). Check the permissions of the file and of its folder."
        case .full(let path):
            "There is no space left for the ledger \(path). Nothing of this step was stored; free some space and run "
                + "again."
        case .cannotOpen(let path, let detail):
            "The ledger \(path) cannot be opened (\(detail)). Check that the folder exists and may be read and written."
        case .refusedFact(let path, let source, let line, let detail):
            "The ledger \(path) refused line \(line) of \(source) (\(detail)); nothing of its batch was stored. "
                + "This is a defect of this program: the line should have been quarantined. Please report it."
        case .unknownQuarantinedLine(let path, let id):
            "The quarantine of \(path) has no line \(id). `meta-supervisor quarantine list` shows those it has."
        case .requestTaken(let path, let id):
            "Request \(id) of the ledger \(path) was taken already: the job it asks for runs, or has run. Nothing was "
                + "stored."
        case .backupFailed(let path, let detail):
            "The backup \(path) could not be written (\(detail)). Nothing of it was left behind; check the space and "
                + "the permissions of its folder."
        case .badBackup(let path, let detail):
            "The backup \(path) is not a whole copy of the ledger (\(detail)). Do not rely on it; make another one."
        case .failed(let path, let detail):
            "The ledger \(path) failed: \(detail)."
        }
    }

    /// The error in our words for what SQLite said.
    init(_ error: DatabaseError, path: String, busyTimeout: Double) {
        let detail = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, detail: detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path, seconds: busyTimeout)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .notWritable(path: path, detail: detail)
        case .SQLITE_FULL: self = .full(path: path)
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, detail: detail)
        default: self = .failed(path: path, detail: detail)
        }
    }
}
