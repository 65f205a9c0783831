extension LedgerMigration {
    /// What an unattended daemon needs: withdrawals of bars (facts like the others), what is known of prices beside the
    /// facts, runs of jobs, and alerts with their outbox.
    ///
    /// `price_need` is filled from the signals that are there and is kept up with every signal stored later; the daemon
    /// asks it each minute, which of ten million signals it could not. Numbers of requests, runs and messages are never
    /// given out twice (AUTOINCREMENT): whoever still holds an old one must not mean a new row by it.
    static let daemonSchema = withdrawalTable + priceLogTables + jobTables + alertTables

    private static let withdrawalTable = """
        CREATE TABLE bar_withdrawal (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            openAt INTEGER NOT NULL,
            closeAt INTEGER NOT NULL CHECK (closeAt > openAt),
            at INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX bar_withdrawal_known ON bar_withdrawal (knownAt);
        CREATE UNIQUE INDEX bar_withdrawal_key ON bar_withdrawal (symbol, openAt, closeAt, version);
        CREATE TRIGGER bar_withdrawal_is_not_updated BEFORE UPDATE ON bar_withdrawal
            BEGIN SELECT RAISE(ABORT, 'bar_withdrawal is append-only'); END;
        CREATE TRIGGER bar_withdrawal_is_not_deleted BEFORE DELETE ON bar_withdrawal
            BEGIN SELECT RAISE(ABORT, 'bar_withdrawal is append-only'); END;
        CREATE VIEW bar_withdrawal_view AS SELECT symbol.name AS symbol, \(iso("fact.openAt", as: "openAt")),
            \(iso("fact.closeAt", as: "closeAt")), \(iso("fact.at", as: "at")), fact.reason, \(provenance)
            FROM bar_withdrawal AS fact JOIN symbol ON symbol.id = fact.symbol \(origin);

        """

    private static let priceLogTables = """
        CREATE TABLE price_need (
            symbol INTEGER PRIMARY KEY REFERENCES symbol (id),
            firstSignalAt INTEGER NOT NULL,
            lastCloseAt INTEGER NOT NULL CHECK (lastCloseAt > firstSignalAt)
        ) STRICT;
        INSERT INTO price_need (symbol, firstSignalAt, lastCloseAt)
            SELECT symbol, min(generatedAt), max(generatedAt + horizon) FROM signal
            WHERE direction <> 0 GROUP BY symbol;
        CREATE TABLE price_watch (
            symbol INTEGER PRIMARY KEY REFERENCES symbol (id),
            firstLookedAt INTEGER NOT NULL,
            lookedAt INTEGER NOT NULL CHECK (lookedAt >= firstLookedAt),
            state TEXT NOT NULL CHECK (state IN ('trading', 'halted', 'delisted')),
            venue TEXT NOT NULL CHECK (venue <> '')
        ) STRICT;
        CREATE TABLE price_gap (
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            barLength INTEGER NOT NULL CHECK (barLength > 0),
            fromOpenAt INTEGER NOT NULL CHECK (fromOpenAt % barLength = 0),
            throughOpenAt INTEGER NOT NULL CHECK (throughOpenAt > fromOpenAt AND throughOpenAt % barLength = 0),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            firstAskedAt INTEGER NOT NULL,
            lastAskedAt INTEGER NOT NULL,
            nextAskAt INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (symbol, barLength, fromOpenAt)
        ) STRICT, WITHOUT ROWID;
        CREATE VIEW price_gap_view AS SELECT symbol.name AS symbol,
            \(iso("fromOpenAt", as: "fromOpenAt")), \(iso("throughOpenAt", as: "throughOpenAt")),
            barLength / 60000.0 AS barMinutes, attempts, \(iso("firstAskedAt", as: "firstAskedAt")),
            \(iso("lastAskedAt", as: "lastAskedAt")), \(iso("nextAskAt", as: "nextAskAt")), reason
            FROM price_gap JOIN symbol ON symbol.id = price_gap.symbol;

        """

    private static let jobTables = """
        CREATE TABLE job_run (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL CHECK (job <> ''),
            dueAt INTEGER NOT NULL,
            coversFrom INTEGER NOT NULL,
            isRequested INTEGER NOT NULL CHECK (isRequested IN (0, 1)),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            startedAt INTEGER NOT NULL,
            endedAt INTEGER,
            outcome TEXT NOT NULL CHECK (outcome <> ''),
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX job_run_by_job ON job_run (job);
        CREATE INDEX job_run_running ON job_run (outcome) WHERE outcome = 'running';
        CREATE TABLE job_request (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL CHECK (job <> ''),
            requestedAt INTEGER NOT NULL,
            author TEXT NOT NULL
        ) STRICT;
        CREATE VIEW job_run_view AS SELECT id, job, \(iso("dueAt", as: "dueAt")),
            \(iso("coversFrom", as: "coversFrom")), isRequested, attempt, \(iso("startedAt", as: "startedAt")),
            \(iso("endedAt", as: "endedAt")), outcome, detail FROM job_run;

        """

    private static let alertTables = """
        CREATE TABLE alert (
            kind TEXT NOT NULL CHECK (kind <> ''),
            subject TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('raised', 'resolved')),
            episode INTEGER NOT NULL CHECK (episode >= 0),
            raisedAt INTEGER NOT NULL,
            resolvedAt INTEGER,
            toldAt INTEGER,
            clearSince INTEGER,
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (kind, subject)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alert_message (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            identity TEXT NOT NULL CHECK (identity <> ''),
            kind TEXT,
            subject TEXT NOT NULL,
            isResolved INTEGER NOT NULL CHECK (isResolved IN (0, 1)),
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            at INTEGER NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            nextAttemptAt INTEGER NOT NULL,
            deliveredAt INTEGER,
            lastFailure TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX alert_message_key ON alert_message (channel, identity);
        CREATE INDEX alert_message_waiting ON alert_message (nextAttemptAt) WHERE deliveredAt IS NULL;
        CREATE VIEW alert_message_view AS SELECT id, channel, identity, kind, subject, isResolved, title, text,
            \(iso("at", as: "at")), attempts, \(iso("nextAttemptAt", as: "nextAttemptAt")),
            \(iso("deliveredAt", as: "deliveredAt")), lastFailure FROM alert_message;

        """
}
