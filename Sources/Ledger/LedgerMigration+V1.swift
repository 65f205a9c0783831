extension LedgerMigration {
    /// The first schema. Every time and every span is a whole number of milliseconds (times since 1970, UTC), so that
    /// nothing depends on how a text is read; the views show them as text.
    ///
    /// A fact's unique key is its natural key and a version: 0 for the first content stored under the key, 1 and up for
    /// revisions. Bars and outcomes come by the million and are read in the order of `knownAt`: they lie in that order,
    /// so that reading what is new is one walk without look-ups.
    static let factsSchema =
        nameTables + priceTables + signalTables + recordTables + bookkeepingTables + appendOnlyTriggers + views

    private static let nameTables = """
        CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT;
        CREATE TABLE symbol (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT;
        CREATE TABLE strategy (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT;
        CREATE TABLE ingest_batch (
            id INTEGER PRIMARY KEY,
            recordedAt INTEGER NOT NULL,
            source INTEGER REFERENCES source (id)
        ) STRICT;

        """

    private static let priceTables = """
        CREATE TABLE bar (
            knownAt INTEGER NOT NULL,
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            openAt INTEGER NOT NULL,
            closeAt INTEGER NOT NULL CHECK (closeAt > openAt),
            version INTEGER NOT NULL CHECK (version >= 0),
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            open REAL NOT NULL CHECK (open > 0),
            high REAL NOT NULL CHECK (high > 0),
            low REAL NOT NULL CHECK (low > 0),
            close REAL NOT NULL CHECK (close > 0),
            volume REAL,
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            PRIMARY KEY (knownAt, symbol, openAt, closeAt, version)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX bar_key ON bar (symbol, openAt, closeAt, version);
        CREATE TABLE outcome (
            knownAt INTEGER NOT NULL,
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            number INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            line INTEGER NOT NULL,
            agent INTEGER NOT NULL REFERENCES agent (id),
            runID TEXT,
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            generatedAt INTEGER NOT NULL,
            horizon INTEGER NOT NULL CHECK (horizon > 0),
            direction INTEGER NOT NULL CHECK (direction IN (-1, 0, 1)),
            version INTEGER NOT NULL CHECK (version >= 0),
            realizedReturnBps REAL NOT NULL,
            expectedReturnBps REAL NOT NULL,
            expectedSigmaBps REAL,
            entryPrice REAL,
            exitPrice REAL,
            score REAL,
            confidence REAL,
            strategy INTEGER REFERENCES strategy (id),
            regime TEXT,
            forecasterVersion TEXT,
            PRIMARY KEY (knownAt, batch, number)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX outcome_key_with_run
            ON outcome (agent, symbol, generatedAt, horizon, direction, runID, version) WHERE runID IS NOT NULL;
        CREATE UNIQUE INDEX outcome_key_without_run
            ON outcome (agent, symbol, generatedAt, horizon, direction, version) WHERE runID IS NULL;

        """

    private static let signalTables = """
        CREATE TABLE signal (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            agent INTEGER NOT NULL REFERENCES agent (id),
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            generatedAt INTEGER NOT NULL,
            horizon INTEGER NOT NULL CHECK (horizon > 0),
            signalID TEXT,
            direction INTEGER NOT NULL CHECK (direction IN (-1, 0, 1)),
            score REAL,
            confidence REAL CHECK (confidence BETWEEN 0 AND 1),
            probabilityUp REAL CHECK (probabilityUp BETWEEN 0 AND 1),
            runID TEXT,
            strategy INTEGER REFERENCES strategy (id),
            regime TEXT,
            agentVersion TEXT,
            unknownFields TEXT NOT NULL
        ) STRICT;
        CREATE INDEX signal_known ON signal (knownAt);
        CREATE UNIQUE INDEX signal_key_by_id ON signal (agent, signalID, version) WHERE signalID IS NOT NULL;
        CREATE UNIQUE INDEX signal_key_by_time
            ON signal (agent, symbol, generatedAt, horizon, version) WHERE signalID IS NULL;
        CREATE TABLE telemetry (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            agent INTEGER NOT NULL REFERENCES agent (id),
            runID TEXT NOT NULL,
            at INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            latencyMilliseconds REAL,
            costUSD REAL,
            tokensIn INTEGER,
            tokensOut INTEGER
        ) STRICT;
        CREATE INDEX telemetry_known ON telemetry (knownAt);
        CREATE UNIQUE INDEX telemetry_key ON telemetry (agent, at, runID, version);

        """

    private static let recordTables = """
        CREATE TABLE decision (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            kind TEXT NOT NULL CHECK (kind IN ('promote', 'veto', 'kill', 'revive')),
            scopeKind TEXT NOT NULL CHECK (scopeKind IN ('agent', 'strategy')),
            scopeName TEXT NOT NULL,
            at INTEGER NOT NULL,
            reason TEXT NOT NULL,
            author TEXT NOT NULL,
            evidence TEXT NOT NULL
        ) STRICT;
        CREATE INDEX decision_known ON decision (knownAt);
        CREATE UNIQUE INDEX decision_key ON decision (kind, scopeKind, scopeName, at, version);
        CREATE TABLE rename (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            oldAgent INTEGER NOT NULL REFERENCES agent (id),
            at INTEGER NOT NULL,
            newAgent INTEGER NOT NULL REFERENCES agent (id)
        ) STRICT;
        CREATE INDEX rename_known ON rename (knownAt);
        CREATE UNIQUE INDEX rename_key ON rename (oldAgent, at, version);
        CREATE TABLE policy_change (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation IN (0, 1, 2)),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            at INTEGER NOT NULL,
            policyText TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX policy_change_known ON policy_change (knownAt);
        CREATE UNIQUE INDEX policy_change_key ON policy_change (at, version);

        """
}
