package import Operation

/// The ledger as the use cases see it.
extension LedgerFile {
    package var factLog: FactLog {
        FactLog(
            append: { try self.append($0) },
            read: { try self.read(after: $0, through: $1, $2) },
            position: { try self.position(of: $0) },
            lastRecordedAt: { try self.lastRecordedAt() })
    }

    package var quarantineStore: QuarantineStore {
        QuarantineStore(
            list: { try self.quarantinedLines(includingResolved: $0) },
            resolve: { try self.resolve($0, storing: $1) })
    }

    package var runLog: RunLog {
        RunLog(append: { try self.append($0) }, list: { try self.runs(limit: $0) })
    }

    package var snapshotStore: SnapshotStore {
        SnapshotStore(
            save: { try self.save($0) },
            newest: { try self.newestSnapshot(atOrBefore: $0, fingerprint: $1, methodVersion: $2) },
            delete: { try self.deleteSnapshots(at: $0) },
            gridPoints: { try self.snapshotGridPoints() })
    }

    package var publicationLog: PublicationLog {
        PublicationLog(entry: { try self.publication(of: $0) }, save: { try self.save($0) })
    }
}
