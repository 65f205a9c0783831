extension LedgerMigration {
    /// What ten million outcomes ask for: facts lie where they are stored next and read next.
    ///
    /// **Outcomes** become one tree in the order of `knownAt`. An outcome is known when it closes, so `knownAt` is
    /// `generatedAt + horizon` and a part of its natural key: one tree refuses a second row under a key *and* gives
    /// what became known since a moment by reading straight on. The first schema had three indexes beside the rows: a
    /// history was stored at 60 thousand rows a second, now at several times that, and reading looked up every row by
    /// itself. What it costs: a history that comes agent by agent writes into the middle of the tree.
    ///
    /// A key of a tree cannot be absent, so that a run that was not named is an empty `runID` with `hasRun` 0.
    ///
    /// **Signals and telemetry** keep their rows; their unique keys begin with the time instead of the agent. New facts
    /// are recent, so that a thousand of them touch the same few pages at the end, however many there are before them.
    static let clusteredSchema = outcomeTree + keysByTime

    private static let outcomeColumns = """
        knownAt, agent, symbol, horizon, direction, hasRun, runID, version, generatedAt, attestation, batch, line,
            realizedReturnBps, expectedReturnBps, expectedSigmaBps, entryPrice, exitPrice, score, confidence, strategy,
            regime, forecasterVersion
        """

    private static let outcomeTree = """
        DROP VIEW outcome_view;
        DROP TRIGGER outcome_is_not_updated;
        DROP TRIGGER outcome_is_not_deleted;
        ALTER TABLE outcome RENAME TO outcome_by_arrival;
        CREATE TABLE outcome (
            knownAt INTEGER NOT NULL,
            agent INTEGER NOT NULL REFERENCES agent (id),
            symbol INTEGER NOT NULL REFERENCES symbol (id),
            horizon INTEGER NOT NULL CHECK (horizon > 0),
            direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1),
            hasRun INTEGER NOT NULL CHECK (hasRun BETWEEN 0 AND 1),
            runID TEXT NOT NULL CHECK (hasRun OR runID = ''),
            version INTEGER NOT NULL CHECK (version >= 0),
            generatedAt INTEGER NOT NULL CHECK (generatedAt + horizon = knownAt),
            attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2),
            batch INTEGER NOT NULL REFERENCES ingest_batch (id),
            line INTEGER NOT NULL,
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
            PRIMARY KEY (knownAt, agent, symbol, horizon, direction, hasRun, runID, version)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO outcome (\(outcomeColumns))
            SELECT knownAt, agent, symbol, horizon, direction, runID IS NOT NULL, ifnull(runID, ''), version,
            generatedAt, attestation, batch, line, realizedReturnBps, expectedReturnBps, expectedSigmaBps, entryPrice,
            exitPrice, score, confidence, strategy, regime, forecasterVersion
            FROM outcome_by_arrival ORDER BY knownAt;
        DROP TABLE outcome_by_arrival;
        CREATE TRIGGER outcome_is_not_updated BEFORE UPDATE ON outcome
            BEGIN SELECT RAISE(ABORT, 'outcome is append-only'); END;
        CREATE TRIGGER outcome_is_not_deleted BEFORE DELETE ON outcome
            BEGIN SELECT RAISE(ABORT, 'outcome is append-only'); END;
        CREATE VIEW outcome_view AS SELECT agent.name AS agent, symbol.name AS symbol, \(direction),
            \(iso("fact.generatedAt", as: "generatedAt")), fact.horizon / 3600000.0 AS horizonHours,
            fact.realizedReturnBps, fact.expectedReturnBps, fact.expectedSigmaBps, fact.entryPrice, fact.exitPrice,
            fact.score, fact.confidence, iif(fact.hasRun, fact.runID, NULL) AS runID, strategy.name AS strategyClass,
            fact.regime, fact.forecasterVersion, \(provenance)
            FROM outcome AS fact JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol
            LEFT JOIN strategy ON strategy.id = fact.strategy \(origin);

        """

    private static let keysByTime = """
        DROP INDEX signal_key_by_time;
        CREATE UNIQUE INDEX signal_key_by_time
            ON signal (generatedAt, agent, symbol, horizon, version) WHERE signalID IS NULL;
        DROP INDEX telemetry_key;
        CREATE UNIQUE INDEX telemetry_key ON telemetry (at, agent, runID, version);

        """
}
