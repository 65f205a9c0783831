extension LedgerMigration {
    /// The first schema. Every time and every span is a whole number of milliseconds (times since 1970, UTC), so that
    /// nothing depends on how a text is read; the views show them as text.
    ///
    /// A fact's unique key is its natural key and a version: 0 for the first content stored under the key, 1 and up for
    /// revisions. Rows lie in the order in which they came (a batch comes sorted by `knownAt`), so that storing history
    /// symbol by symbol appends and does not rewrite what is there; the index on `knownAt` finds what is new.
    ///
    /// Ranges of small numbers are checked with BETWEEN: for a list of three, SQLite builds a table each time, which
    /// cost as much as the whole insertion.
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
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            openAt INTEGER NOT NULL,
            closeAt INTEGER NOT NULL CHECK (closeAt > openAt),
            open REAL NOT NULL CHECK (open > 0),
            high REAL NOT NULL CHECK (high > 0),
            low REAL NOT NULL CHECK (low > 0),
            close REAL NOT NULL CHECK (close > 0),
            volume REAL
        ) STRICT;
        CREATE INDEX bar_known ON bar (knownAt);
        CREATE UNIQUE INDEX bar_key ON bar (symbol, openAt, closeAt, version);
        CREATE TABLE outcome (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            agent INTEGER NOT NULL REFERENCES agent (id),
            runID TEXT,
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            generatedAt INTEGER NOT NULL,
            horizon INTEGER NOT NULL CHECK (horizon > 0),
            direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1),
            realizedReturnBps REAL NOT NULL,
            expectedReturnBps REAL NOT NULL,
            expectedSigmaBps REAL,
            entryPrice REAL,
            exitPrice REAL,
            score REAL,
            confidence REAL,
            strategy INTEGER REFERENCES strategy (id),
            regime TEXT,
            forecasterVersion TEXT
        ) STRICT;
        CREATE INDEX outcome_known ON outcome (knownAt);
        CREATE UNIQUE INDEX outcome_key_with_run
            ON outcome (agent, symbol, generatedAt, horizon, direction, runID, version) WHERE runID IS NOT NULL;
        CREATE UNIQUE INDEX outcome_key_without_run
            ON outcome (agent, symbol, generatedAt, horizon, direction, version) WHERE runID IS NULL;

        """

    private static let signalTables = """
        CREATE TABLE signal (
            id INTEGER PRIMARY KEY,
            knownAt INTEGER NOT NULL,
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 0),
            agent INTEGER NOT NULL REFERENCES agent (id),
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            generatedAt INTEGER NOT NULL,
            horizon INTEGER NOT NULL CHECK (horizon > 0),
            signalID TEXT,
            direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1),
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
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
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
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
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
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
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
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
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
