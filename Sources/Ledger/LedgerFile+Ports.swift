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

    package var priceLog: PriceLog {
        PriceLog(
            needs: { try self.priceNeeds() },
            openings: { try self.openings(of: $0, in: $1) },
            newestBars: { try self.newestBars(of: $0, atOrBefore: $1, limit: $2) },
            watch: { try self.priceWatch(of: $0) },
            watches: { try self.priceWatches() },
            gaps: { try self.priceGaps(of: $0) },
            store: { try self.store($0) })
    }

    package var jobLog: JobLog {
        JobLog(
            begin: { try self.begin($0, taking: $1) },
            finish: { try self.finish($0) },
            recent: { try self.jobRuns(of: $0, limit: $1) },
            request: { try self.add($0) },
            requests: { try self.jobRequests() },
            running: { try self.runningJobs() },
            prune: { try self.pruneJobRuns(endedBefore: $0, keeping: $1) })
    }

    package var alertLog: AlertLog {
        AlertLog(
            records: { try self.alertRecords() },
            commit: { try self.commit($0, telling: $1) },
            due: { try self.dueMessages(at: $0, limit: $1) },
            update: { try self.update($0) },
            messages: { try self.messages(limit: $0) },
            undeliveredCount: { try self.undeliveredMessageCount() },
            prune: { try self.pruneMessages(deliveredBefore: $0) })
    }
}
