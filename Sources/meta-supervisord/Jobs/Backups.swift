import Composition
import Domain
import Foundation
import Ledger
import Settings

/// Copies of the ledger: made online, opened and checked, the newest kept.
struct Backups: Sendable {
    let ledger: LedgerFile
    let folder: String
    let kept: Int
    let checkpoint: @Sendable () throws -> Void

    init(_ workspace: Workspace) {
        let directory = workspace.settings.runtime.schedule.backupDirectory
        ledger = workspace.ledger
        folder = directory.hasPrefix("/") ? directory : workspace.root + "/" + directory
        kept = workspace.settings.runtime.schedule.backupsKept
        checkpoint = workspace.checkpoint
    }

    private static let prefix = "ledger-"
    private static let ending = ".sqlite"

    /// `ledger-20251117T024500Z.sqlite`: names in the order of their times.
    static func name(at time: Timestamp) -> String {
        let digits = "\(time)".filter { $0 != "-" && $0 != ":" }
        let second = digits.prefix { $0 != "." && $0 != "Z" }
        return prefix + second + "Z" + ending
    }

    /// Makes a copy, checks it, and only then deletes the oldest ones beyond those to keep.
    func make(at time: Timestamp) throws -> String {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure("the folder of backups \(folder) cannot be made: \(error.localizedDescription)")
        }
        removeTorn()
        let name = Backups.name(at: time)
        let path = folder + "/" + name
        let contents = try ledger.backUp(to: path) { _, _ in try checkpoint() }
        do {
            try LedgerFile.verify(backup: path, against: contents)
        } catch {
            // Under its name it would count as a copy, and a good one would be deleted in its place.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        // The new one stays in any case: after a clock that was ahead, others bear later names.
        let surplus = try copies().filter { $0 != name }.dropLast(kept - 1)
        for name in surplus {
            do {
                try FileManager.default.removeItem(atPath: folder + "/" + name)
            } catch {
                throw Failure("the old backup \(folder)/\(name) cannot be deleted: \(error.localizedDescription)")
            }
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? 0
        return "\(path) made and checked, \(DecimalText.fixed(Double(size) / 1_048_576, 1)) MB"
            + (surplus.isEmpty ? "" : "; \(surplus.count) old deleted")
    }

    /// Ours alone, oldest first: what a person put there under another name is neither counted nor deleted.
    private func copies() throws -> [String] {
        let shape = Backups.name(at: Timestamp(milliseconds: 0)).map { $0.isNumber ? "0" : $0 }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { name in name.map { $0.isASCII && $0.isNumber ? "0" : $0 } == shape }.sorted()
    }

    /// What is left of a copying that was killed, as large as the ledger; one at a time is made, so that none is alive.
    private func removeTorn() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(Backups.prefix) && name.contains(Backups.ending + ".partial") {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }
}
