extension LedgerMigration {
    static let bookkeepingTables = """
        CREATE TABLE recorded_time (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            at INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER recorded_time_ascends BEFORE UPDATE ON recorded_time WHEN NEW.at < OLD.at
            BEGIN SELECT RAISE(ABORT, 'recorded time never runs backwards'); END;
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY,
            source INTEGER NOT NULL REFERENCES source (id),
            sourceKind TEXT NOT NULL,
            sourcePath TEXT,
            mappingPath TEXT,
            symbolText TEXT,
            barLength INTEGER,
            isWatched INTEGER NOT NULL CHECK (isWatched IN (0, 1)),
            generation INTEGER NOT NULL,
            line INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            digest TEXT NOT NULL,
            reason TEXT NOT NULL,
            quarantinedAt INTEGER NOT NULL,
            resolvedAt INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX quarantine_key ON quarantine (source, generation, line, digest);
        CREATE TABLE source_position (
            name TEXT PRIMARY KEY,
            device INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            offset INTEGER NOT NULL CHECK (offset >= 0),
            lineCount INTEGER NOT NULL CHECK (lineCount >= 0),
            headDigest TEXT NOT NULL,
            lookedAt INTEGER NOT NULL,
            header TEXT NOT NULL,
            generation INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ingest_count (
            source INTEGER PRIMARY KEY REFERENCES source (id),
            lines INTEGER NOT NULL CHECK (
                lines = blank + header + ignored + accepted + duplicates + quarantined AND lines >= 0),
            blank INTEGER NOT NULL CHECK (blank >= 0),
            header INTEGER NOT NULL CHECK (header >= 0),
            ignored INTEGER NOT NULL CHECK (ignored >= 0),
            accepted INTEGER NOT NULL CHECK (accepted >= 0),
            late INTEGER NOT NULL CHECK (late >= 0),
            revised INTEGER NOT NULL CHECK (revised >= 0),
            unattested INTEGER NOT NULL CHECK (unattested >= 0),
            duplicates INTEGER NOT NULL CHECK (duplicates >= 0),
            quarantined INTEGER NOT NULL CHECK (quarantined >= 0)
        ) STRICT;
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            runID TEXT NOT NULL UNIQUE,
            command TEXT NOT NULL,
            asOf INTEGER NOT NULL,
            startedAt INTEGER NOT NULL,
            durationMilliseconds INTEGER NOT NULL,
            host TEXT NOT NULL,
            programVersion TEXT NOT NULL,
            methodVersion INTEGER NOT NULL,
            policyFingerprint TEXT NOT NULL,
            factsDigest TEXT NOT NULL,
            reportDigest TEXT NOT NULL,
            lines INTEGER NOT NULL,
            blank INTEGER NOT NULL,
            header INTEGER NOT NULL,
            ignored INTEGER NOT NULL,
            accepted INTEGER NOT NULL,
            late INTEGER NOT NULL,
            revised INTEGER NOT NULL,
            unattested INTEGER NOT NULL,
            duplicates INTEGER NOT NULL,
            quarantined INTEGER NOT NULL,
            outcome TEXT NOT NULL
        ) STRICT;
        CREATE TABLE snapshot (
            gridPoint INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            methodVersion INTEGER NOT NULL,
            checksum TEXT NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (gridPoint, fingerprint, methodVersion)
        ) STRICT;
        CREATE TABLE publication (
            path TEXT PRIMARY KEY,
            length INTEGER NOT NULL CHECK (length >= 0),
            digest TEXT NOT NULL,
            recordCount INTEGER NOT NULL CHECK (recordCount >= 0),
            through INTEGER
        ) STRICT, WITHOUT ROWID;

        """

    /// What was stored stays as it was stored, whoever holds the file open.
    static let appendOnlyTriggers = [
        "agent", "symbol", "strategy", "source", "ingest_batch", "bar", "outcome", "signal", "telemetry", "decision",
        "rename", "policy_change",
    ].map { table in
        """
        CREATE TRIGGER \(table)_is_not_updated BEFORE UPDATE ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END;
        CREATE TRIGGER \(table)_is_not_deleted BEFORE DELETE ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END;

        """
    }.joined()

    static func iso(_ column: String, as name: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%fZ', \(column) / 1000.0, 'unixepoch') AS \(name)"
    }

    static let provenance = """
        \(iso("fact.knownAt", as: "knownAt")),
            \(iso("ingest_batch.recordedAt", as: "recordedAt")),
            CASE fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation,
            source.name AS source, fact.line AS line, fact.version AS version
        """

    static let origin = """
        JOIN ingest_batch ON ingest_batch.id = fact.batch
            LEFT JOIN source ON source.id = ingest_batch.source
        """

    static let direction =
        "CASE fact.direction WHEN 1 THEN 'LONG' WHEN -1 THEN 'SHORT' ELSE 'FLAT' END AS direction"

    /// The facts as a person reads them in the `sqlite3` shell; no statement of this program uses them.
    static let views = """
        CREATE VIEW bar_view AS SELECT symbol.name AS symbol, \(iso("fact.openAt", as: "openAt")),
            \(iso("fact.closeAt", as: "closeAt")), fact.open, fact.high, fact.low, fact.close, fact.volume,
            \(provenance)
            FROM bar AS fact JOIN symbol ON symbol.id = fact.symbol \(origin);
        CREATE VIEW signal_view AS SELECT agent.name AS agent, symbol.name AS symbol, \(direction),
            \(iso("fact.generatedAt", as: "generatedAt")), fact.horizon / 3600000.0 AS horizonHours, fact.score,
            fact.confidence, fact.probabilityUp, fact.signalID, fact.runID, strategy.name AS strategyClass,
            fact.regime, fact.agentVersion, fact.unknownFields, \(provenance)
            FROM signal AS fact JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol
            LEFT JOIN strategy ON strategy.id = fact.strategy \(origin);
        CREATE VIEW outcome_view AS SELECT agent.name AS agent, symbol.name AS symbol, \(direction),
            \(iso("fact.generatedAt", as: "generatedAt")), fact.horizon / 3600000.0 AS horizonHours,
            fact.realizedReturnBps, fact.expectedReturnBps, fact.expectedSigmaBps, fact.entryPrice, fact.exitPrice,
            fact.score, fact.confidence, fact.runID, strategy.name AS strategyClass, fact.regime,
            fact.forecasterVersion, \(provenance)
            FROM outcome AS fact JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol
            LEFT JOIN strategy ON strategy.id = fact.strategy \(origin);
        CREATE VIEW telemetry_view AS SELECT agent.name AS agent, fact.runID, \(iso("fact.at", as: "at")), fact.errors,
            fact.latencyMilliseconds, fact.costUSD, fact.tokensIn, fact.tokensOut, \(provenance)
            FROM telemetry AS fact JOIN agent ON agent.id = fact.agent \(origin);
        CREATE VIEW decision_view AS SELECT fact.kind, fact.scopeKind, fact.scopeName, \(iso("fact.at", as: "at")),
            fact.reason, fact.author, fact.evidence, \(provenance)
            FROM decision AS fact \(origin);
        CREATE VIEW rename_view AS SELECT former.name AS oldAgent, latter.name AS newAgent,
            \(iso("fact.at", as: "at")), \(provenance)
            FROM rename AS fact JOIN agent AS former ON former.id = fact.oldAgent
            JOIN agent AS latter ON latter.id = fact.newAgent \(origin);
        CREATE VIEW policy_change_view AS SELECT \(iso("fact.at", as: "at")), fact.reason, fact.policyText,
            \(provenance)
            FROM policy_change AS fact \(origin);
        CREATE VIEW quarantine_view AS SELECT fact.id, source.name AS source, fact.line, fact.reason,
            CAST(fact.bytes AS TEXT) AS content, \(iso("fact.quarantinedAt", as: "quarantinedAt")),
            \(iso("fact.resolvedAt", as: "resolvedAt"))
            FROM quarantine AS fact JOIN source ON source.id = fact.source;
        CREATE VIEW run_view AS SELECT runID, command, \(iso("asOf", as: "asOf")),
            \(iso("startedAt", as: "startedAt")), durationMilliseconds, host, programVersion, methodVersion, lines,
            accepted, quarantined, outcome, policyFingerprint, factsDigest, reportDigest FROM run;

        """
}
