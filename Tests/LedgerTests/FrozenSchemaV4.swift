/// `sqlite_master` of a ledger of schema version 4, white space collapsed, one object a line.
let frozenSchemaV4 = """
    CREATE UNIQUE INDEX alert_message_key ON alert_message (channel, identity)
    CREATE INDEX alert_message_waiting ON alert_message (nextAttemptAt) WHERE deliveredAt IS NULL
    CREATE UNIQUE INDEX bar_key ON bar (symbol, openAt, closeAt, version)
    CREATE INDEX bar_known ON bar (knownAt)
    CREATE UNIQUE INDEX bar_withdrawal_key ON bar_withdrawal (symbol, openAt, closeAt, version)
    CREATE INDEX bar_withdrawal_known ON bar_withdrawal (knownAt)
    CREATE UNIQUE INDEX decision_key ON decision (kind, scopeKind, scopeName, at, version)
    CREATE INDEX decision_known ON decision (knownAt)
    CREATE INDEX job_run_by_job ON job_run (job)
    CREATE INDEX job_run_running ON job_run (outcome) WHERE outcome = 'running'
    CREATE UNIQUE INDEX policy_change_key ON policy_change (at, version)
    CREATE INDEX policy_change_known ON policy_change (knownAt)
    CREATE UNIQUE INDEX quarantine_key ON quarantine (source, generation, line, digest)
    CREATE UNIQUE INDEX rename_key ON rename (oldAgent, at, version)
    CREATE INDEX rename_known ON rename (knownAt)
    CREATE UNIQUE INDEX signal_key_by_id ON signal (agent, signalID, version) WHERE signalID IS NOT NULL
    CREATE UNIQUE INDEX signal_key_by_time ON signal (generatedAt, agent, symbol, horizon, version) WHERE \
    signalID IS NULL
    CREATE INDEX signal_known ON signal (knownAt)
    CREATE UNIQUE INDEX telemetry_key ON telemetry (at, agent, runID, version)
    CREATE INDEX telemetry_known ON telemetry (knownAt)
    CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT
    CREATE TABLE alert ( kind TEXT NOT NULL CHECK (kind <> ''), subject TEXT NOT NULL, state TEXT NOT NULL \
    CHECK (state IN ('raised', 'resolved')), episode INTEGER NOT NULL CHECK (episode >= 0), raisedAt INTEGER \
    NOT NULL, resolvedAt INTEGER, toldAt INTEGER, clearSince INTEGER, title TEXT NOT NULL, text TEXT NOT NULL, \
    PRIMARY KEY (kind, subject) ) STRICT, WITHOUT ROWID
    CREATE TABLE alert_message ( id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, identity TEXT \
    NOT NULL CHECK (identity <> ''), kind TEXT, subject TEXT NOT NULL, isResolved INTEGER NOT NULL CHECK \
    (isResolved IN (0, 1)), title TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT \
    NULL CHECK (attempts >= 0), nextAttemptAt INTEGER NOT NULL, deliveredAt INTEGER, lastFailure TEXT NOT NULL \
    ) STRICT
    CREATE TABLE bar ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT NULL CHECK \
    (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT NULL, \
    version INTEGER NOT NULL CHECK (version >= 0), symbol INTEGER NOT NULL REFERENCES symbol (id), openAt \
    INTEGER NOT NULL, closeAt INTEGER NOT NULL CHECK (closeAt > openAt), open REAL NOT NULL CHECK (open > 0), \
    high REAL NOT NULL CHECK (high > 0), low REAL NOT NULL CHECK (low > 0), close REAL NOT NULL CHECK (close > \
    0), volume REAL ) STRICT
    CREATE TABLE bar_withdrawal ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT \
    NULL CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line \
    INTEGER NOT NULL, version INTEGER NOT NULL CHECK (version >= 0), symbol INTEGER NOT NULL REFERENCES symbol \
    (id), openAt INTEGER NOT NULL, closeAt INTEGER NOT NULL CHECK (closeAt > openAt), at INTEGER NOT NULL, \
    reason TEXT NOT NULL ) STRICT
    CREATE TABLE decision ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT NULL \
    CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT \
    NULL, version INTEGER NOT NULL CHECK (version >= 0), kind TEXT NOT NULL CHECK (kind IN ('promote', 'veto', \
    'kill', 'revive')), scopeKind TEXT NOT NULL CHECK (scopeKind IN ('agent', 'strategy')), scopeName TEXT NOT \
    NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, evidence TEXT NOT NULL ) STRICT
    CREATE TABLE ingest_batch ( id INTEGER PRIMARY KEY, recordedAt INTEGER NOT NULL, source INTEGER REFERENCES \
    source (id) ) STRICT
    CREATE TABLE ingest_count ( source INTEGER PRIMARY KEY REFERENCES source (id), lines INTEGER NOT NULL \
    CHECK ( lines = blank + header + ignored + accepted + duplicates + quarantined AND lines >= 0), blank \
    INTEGER NOT NULL CHECK (blank >= 0), header INTEGER NOT NULL CHECK (header >= 0), ignored INTEGER NOT NULL \
    CHECK (ignored >= 0), accepted INTEGER NOT NULL CHECK (accepted >= 0), late INTEGER NOT NULL CHECK (late \
    >= 0), revised INTEGER NOT NULL CHECK (revised >= 0), unattested INTEGER NOT NULL CHECK (unattested >= 0), \
    duplicates INTEGER NOT NULL CHECK (duplicates >= 0), quarantined INTEGER NOT NULL CHECK (quarantined >= 0) \
    ) STRICT
    CREATE TABLE job_request ( id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL CHECK (job <> ''), \
    requestedAt INTEGER NOT NULL, author TEXT NOT NULL ) STRICT
    CREATE TABLE job_run ( id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL CHECK (job <> ''), dueAt \
    INTEGER NOT NULL, coversFrom INTEGER NOT NULL, isRequested INTEGER NOT NULL CHECK (isRequested IN (0, 1)), \
    attempt INTEGER NOT NULL CHECK (attempt >= 0), startedAt INTEGER NOT NULL, endedAt INTEGER, outcome TEXT \
    NOT NULL CHECK (outcome <> ''), detail TEXT NOT NULL ) STRICT
    CREATE TABLE outcome ( knownAt INTEGER NOT NULL, agent INTEGER NOT NULL REFERENCES agent (id), symbol \
    INTEGER NOT NULL REFERENCES symbol (id), horizon INTEGER NOT NULL CHECK (horizon > 0), direction INTEGER \
    NOT NULL CHECK (direction BETWEEN -1 AND 1), hasRun INTEGER NOT NULL CHECK (hasRun BETWEEN 0 AND 1), runID \
    TEXT NOT NULL CHECK (hasRun OR runID = ''), version INTEGER NOT NULL CHECK (version >= 0), generatedAt \
    INTEGER NOT NULL CHECK (generatedAt + horizon = knownAt), attestation INTEGER NOT NULL CHECK (attestation \
    BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT NULL, \
    realizedReturnBps REAL NOT NULL, expectedReturnBps REAL NOT NULL, expectedSigmaBps REAL, entryPrice REAL, \
    exitPrice REAL, score REAL, confidence REAL, strategy INTEGER REFERENCES strategy (id), regime TEXT, \
    forecasterVersion TEXT, PRIMARY KEY (knownAt, agent, symbol, horizon, direction, hasRun, runID, version) ) \
    STRICT, WITHOUT ROWID
    CREATE TABLE policy_change ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT \
    NULL CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line \
    INTEGER NOT NULL, version INTEGER NOT NULL CHECK (version >= 0), at INTEGER NOT NULL, policyText TEXT NOT \
    NULL, reason TEXT NOT NULL ) STRICT
    CREATE TABLE price_gap ( symbol INTEGER NOT NULL REFERENCES symbol (id), barLength INTEGER NOT NULL CHECK \
    (barLength > 0), fromOpenAt INTEGER NOT NULL CHECK (fromOpenAt % barLength = 0), throughOpenAt INTEGER NOT \
    NULL CHECK (throughOpenAt > fromOpenAt AND throughOpenAt % barLength = 0), attempts INTEGER NOT NULL CHECK \
    (attempts >= 0), firstAskedAt INTEGER NOT NULL, lastAskedAt INTEGER NOT NULL, nextAskAt INTEGER NOT NULL, \
    reason TEXT NOT NULL, PRIMARY KEY (symbol, barLength, fromOpenAt) ) STRICT, WITHOUT ROWID
    CREATE TABLE price_need ( symbol INTEGER PRIMARY KEY REFERENCES symbol (id), firstSignalAt INTEGER NOT \
    NULL, lastCloseAt INTEGER NOT NULL CHECK (lastCloseAt > firstSignalAt) ) STRICT
    CREATE TABLE price_watch ( symbol INTEGER PRIMARY KEY REFERENCES symbol (id), firstLookedAt INTEGER NOT \
    NULL, lookedAt INTEGER NOT NULL CHECK (lookedAt >= firstLookedAt), state TEXT NOT NULL CHECK (state IN \
    ('trading', 'halted', 'delisted')), venue TEXT NOT NULL CHECK (venue <> '') ) STRICT
    CREATE TABLE publication ( path TEXT PRIMARY KEY, length INTEGER NOT NULL CHECK (length >= 0), digest TEXT \
    NOT NULL, recordCount INTEGER NOT NULL CHECK (recordCount >= 0), through INTEGER ) STRICT, WITHOUT ROWID
    CREATE TABLE quarantine ( id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source (id), \
    sourceKind TEXT NOT NULL, sourcePath TEXT, mappingPath TEXT, symbolText TEXT, barLength INTEGER, isWatched \
    INTEGER NOT NULL CHECK (isWatched IN (0, 1)), generation INTEGER NOT NULL, line INTEGER NOT NULL, bytes \
    BLOB NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL, quarantinedAt INTEGER NOT NULL, resolvedAt \
    INTEGER ) STRICT
    CREATE TABLE recorded_time ( id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL ) STRICT
    CREATE TABLE rename ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT NULL CHECK \
    (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT NULL, \
    version INTEGER NOT NULL CHECK (version >= 0), oldAgent INTEGER NOT NULL REFERENCES agent (id), at INTEGER \
    NOT NULL, newAgent INTEGER NOT NULL REFERENCES agent (id) ) STRICT
    CREATE TABLE run ( id INTEGER PRIMARY KEY, runID TEXT NOT NULL UNIQUE, command TEXT NOT NULL, asOf INTEGER \
    NOT NULL, startedAt INTEGER NOT NULL, durationMilliseconds INTEGER NOT NULL, host TEXT NOT NULL, \
    programVersion TEXT NOT NULL, methodVersion INTEGER NOT NULL, policyFingerprint TEXT NOT NULL, factsDigest \
    TEXT NOT NULL, reportDigest TEXT NOT NULL, lines INTEGER NOT NULL, blank INTEGER NOT NULL, header INTEGER \
    NOT NULL, ignored INTEGER NOT NULL, accepted INTEGER NOT NULL, late INTEGER NOT NULL, revised INTEGER NOT \
    NULL, unattested INTEGER NOT NULL, duplicates INTEGER NOT NULL, quarantined INTEGER NOT NULL, outcome TEXT \
    NOT NULL ) STRICT
    CREATE TABLE signal ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT NULL CHECK \
    (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT NULL, \
    version INTEGER NOT NULL CHECK (version >= 0), agent INTEGER NOT NULL REFERENCES agent (id), symbol \
    INTEGER NOT NULL REFERENCES symbol (id), generatedAt INTEGER NOT NULL, horizon INTEGER NOT NULL CHECK \
    (horizon > 0), signalID TEXT, direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1), score REAL, \
    confidence REAL CHECK (confidence BETWEEN 0 AND 1), probabilityUp REAL CHECK (probabilityUp BETWEEN 0 AND \
    1), runID TEXT, strategy INTEGER REFERENCES strategy (id), regime TEXT, agentVersion TEXT, unknownFields \
    TEXT NOT NULL ) STRICT
    CREATE TABLE snapshot ( gridPoint INTEGER NOT NULL, fingerprint TEXT NOT NULL, methodVersion INTEGER NOT \
    NULL, length INTEGER NOT NULL CHECK (length >= 0), checksum TEXT NOT NULL CHECK (checksum <> ''), PRIMARY \
    KEY (gridPoint, fingerprint, methodVersion) ) STRICT, WITHOUT ROWID
    CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT
    CREATE TABLE source_position ( name TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, \
    offset INTEGER NOT NULL CHECK (offset >= 0), lineCount INTEGER NOT NULL CHECK (lineCount >= 0), headDigest \
    TEXT NOT NULL, lookedAt INTEGER NOT NULL, header TEXT NOT NULL, generation INTEGER NOT NULL ) STRICT, \
    WITHOUT ROWID
    CREATE TABLE sqlite_sequence(name,seq)
    CREATE TABLE strategy (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT
    CREATE TABLE symbol (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> '')) STRICT
    CREATE TABLE telemetry ( id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL, attestation INTEGER NOT NULL \
    CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL REFERENCES ingest_batch (id), line INTEGER NOT \
    NULL, version INTEGER NOT NULL CHECK (version >= 0), agent INTEGER NOT NULL REFERENCES agent (id), runID \
    TEXT NOT NULL, at INTEGER NOT NULL, errors INTEGER NOT NULL, latencyMilliseconds REAL, costUSD REAL, \
    tokensIn INTEGER, tokensOut INTEGER ) STRICT
    CREATE TRIGGER agent_is_not_deleted BEFORE DELETE ON agent BEGIN SELECT RAISE(ABORT, 'agent is \
    append-only'); END
    CREATE TRIGGER agent_is_not_updated BEFORE UPDATE ON agent BEGIN SELECT RAISE(ABORT, 'agent is \
    append-only'); END
    CREATE TRIGGER bar_is_not_deleted BEFORE DELETE ON bar BEGIN SELECT RAISE(ABORT, 'bar is append-only'); \
    END
    CREATE TRIGGER bar_is_not_updated BEFORE UPDATE ON bar BEGIN SELECT RAISE(ABORT, 'bar is append-only'); \
    END
    CREATE TRIGGER bar_withdrawal_is_not_deleted BEFORE DELETE ON bar_withdrawal BEGIN SELECT RAISE(ABORT, \
    'bar_withdrawal is append-only'); END
    CREATE TRIGGER bar_withdrawal_is_not_updated BEFORE UPDATE ON bar_withdrawal BEGIN SELECT RAISE(ABORT, \
    'bar_withdrawal is append-only'); END
    CREATE TRIGGER decision_is_not_deleted BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decision is \
    append-only'); END
    CREATE TRIGGER decision_is_not_updated BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decision is \
    append-only'); END
    CREATE TRIGGER ingest_batch_is_not_deleted BEFORE DELETE ON ingest_batch BEGIN SELECT RAISE(ABORT, \
    'ingest_batch is append-only'); END
    CREATE TRIGGER ingest_batch_is_not_updated BEFORE UPDATE ON ingest_batch BEGIN SELECT RAISE(ABORT, \
    'ingest_batch is append-only'); END
    CREATE TRIGGER outcome_is_not_deleted BEFORE DELETE ON outcome BEGIN SELECT RAISE(ABORT, 'outcome is \
    append-only'); END
    CREATE TRIGGER outcome_is_not_updated BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'outcome is \
    append-only'); END
    CREATE TRIGGER policy_change_is_not_deleted BEFORE DELETE ON policy_change BEGIN SELECT RAISE(ABORT, \
    'policy_change is append-only'); END
    CREATE TRIGGER policy_change_is_not_updated BEFORE UPDATE ON policy_change BEGIN SELECT RAISE(ABORT, \
    'policy_change is append-only'); END
    CREATE TRIGGER recorded_time_ascends BEFORE UPDATE ON recorded_time WHEN NEW.at < OLD.at BEGIN SELECT \
    RAISE(ABORT, 'recorded time never runs backwards'); END
    CREATE TRIGGER rename_is_not_deleted BEFORE DELETE ON rename BEGIN SELECT RAISE(ABORT, 'rename is \
    append-only'); END
    CREATE TRIGGER rename_is_not_updated BEFORE UPDATE ON rename BEGIN SELECT RAISE(ABORT, 'rename is \
    append-only'); END
    CREATE TRIGGER signal_is_not_deleted BEFORE DELETE ON signal BEGIN SELECT RAISE(ABORT, 'signal is \
    append-only'); END
    CREATE TRIGGER signal_is_not_updated BEFORE UPDATE ON signal BEGIN SELECT RAISE(ABORT, 'signal is \
    append-only'); END
    CREATE TRIGGER source_is_not_deleted BEFORE DELETE ON source BEGIN SELECT RAISE(ABORT, 'source is \
    append-only'); END
    CREATE TRIGGER source_is_not_updated BEFORE UPDATE ON source BEGIN SELECT RAISE(ABORT, 'source is \
    append-only'); END
    CREATE TRIGGER strategy_is_not_deleted BEFORE DELETE ON strategy BEGIN SELECT RAISE(ABORT, 'strategy is \
    append-only'); END
    CREATE TRIGGER strategy_is_not_updated BEFORE UPDATE ON strategy BEGIN SELECT RAISE(ABORT, 'strategy is \
    append-only'); END
    CREATE TRIGGER symbol_is_not_deleted BEFORE DELETE ON symbol BEGIN SELECT RAISE(ABORT, 'symbol is \
    append-only'); END
    CREATE TRIGGER symbol_is_not_updated BEFORE UPDATE ON symbol BEGIN SELECT RAISE(ABORT, 'symbol is \
    append-only'); END
    CREATE TRIGGER telemetry_is_not_deleted BEFORE DELETE ON telemetry BEGIN SELECT RAISE(ABORT, 'telemetry is \
    append-only'); END
    CREATE TRIGGER telemetry_is_not_updated BEFORE UPDATE ON telemetry BEGIN SELECT RAISE(ABORT, 'telemetry is \
    append-only'); END
    CREATE VIEW alert_message_view AS SELECT id, channel, identity, kind, subject, isResolved, title, text, \
    strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at, attempts, strftime('%Y-%m-%dT%H:%M:%fZ', \
    nextAttemptAt / 1000.0, 'unixepoch') AS nextAttemptAt, strftime('%Y-%m-%dT%H:%M:%fZ', deliveredAt / \
    1000.0, 'unixepoch') AS deliveredAt, lastFailure FROM alert_message
    CREATE VIEW bar_view AS SELECT symbol.name AS symbol, strftime('%Y-%m-%dT%H:%M:%fZ', fact.openAt / 1000.0, \
    'unixepoch') AS openAt, strftime('%Y-%m-%dT%H:%M:%fZ', fact.closeAt / 1000.0, 'unixepoch') AS closeAt, \
    fact.open, fact.high, fact.low, fact.close, fact.volume, strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / \
    1000.0, 'unixepoch') AS knownAt, strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, \
    'unixepoch') AS recordedAt, CASE fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE \
    'late' END AS attestation, source.name AS source, fact.line AS line, fact.version AS version FROM bar AS \
    fact JOIN symbol ON symbol.id = fact.symbol JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN \
    source ON source.id = ingest_batch.source
    CREATE VIEW bar_withdrawal_view AS SELECT symbol.name AS symbol, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.openAt / 1000.0, 'unixepoch') AS openAt, strftime('%Y-%m-%dT%H:%M:%fZ', fact.closeAt / 1000.0, \
    'unixepoch') AS closeAt, strftime('%Y-%m-%dT%H:%M:%fZ', fact.at / 1000.0, 'unixepoch') AS at, fact.reason, \
    strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / 1000.0, 'unixepoch') AS knownAt, \
    strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, 'unixepoch') AS recordedAt, CASE \
    fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation, \
    source.name AS source, fact.line AS line, fact.version AS version FROM bar_withdrawal AS fact JOIN symbol \
    ON symbol.id = fact.symbol JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id \
    = ingest_batch.source
    CREATE VIEW decision_view AS SELECT fact.kind, fact.scopeKind, fact.scopeName, \
    strftime('%Y-%m-%dT%H:%M:%fZ', fact.at / 1000.0, 'unixepoch') AS at, fact.reason, fact.author, \
    fact.evidence, strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / 1000.0, 'unixepoch') AS knownAt, \
    strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, 'unixepoch') AS recordedAt, CASE \
    fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation, \
    source.name AS source, fact.line AS line, fact.version AS version FROM decision AS fact JOIN ingest_batch \
    ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id = ingest_batch.source
    CREATE VIEW job_run_view AS SELECT id, job, strftime('%Y-%m-%dT%H:%M:%fZ', dueAt / 1000.0, 'unixepoch') AS \
    dueAt, strftime('%Y-%m-%dT%H:%M:%fZ', coversFrom / 1000.0, 'unixepoch') AS coversFrom, isRequested, \
    attempt, strftime('%Y-%m-%dT%H:%M:%fZ', startedAt / 1000.0, 'unixepoch') AS startedAt, \
    strftime('%Y-%m-%dT%H:%M:%fZ', endedAt / 1000.0, 'unixepoch') AS endedAt, outcome, detail FROM job_run
    CREATE VIEW outcome_view AS SELECT agent.name AS agent, symbol.name AS symbol, CASE fact.direction WHEN 1 \
    THEN 'LONG' WHEN -1 THEN 'SHORT' ELSE 'FLAT' END AS direction, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.generatedAt / 1000.0, 'unixepoch') AS generatedAt, fact.horizon / 3600000.0 AS horizonHours, \
    fact.realizedReturnBps, fact.expectedReturnBps, fact.expectedSigmaBps, fact.entryPrice, fact.exitPrice, \
    fact.score, fact.confidence, iif(fact.hasRun, fact.runID, NULL) AS runID, strategy.name AS strategyClass, \
    fact.regime, fact.forecasterVersion, strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / 1000.0, 'unixepoch') AS \
    knownAt, strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, 'unixepoch') AS recordedAt, CASE \
    fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation, \
    source.name AS source, fact.line AS line, fact.version AS version FROM outcome AS fact JOIN agent ON \
    agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol LEFT JOIN strategy ON strategy.id = \
    fact.strategy JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id = \
    ingest_batch.source
    CREATE VIEW policy_change_view AS SELECT strftime('%Y-%m-%dT%H:%M:%fZ', fact.at / 1000.0, 'unixepoch') AS \
    at, fact.reason, fact.policyText, strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / 1000.0, 'unixepoch') AS \
    knownAt, strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, 'unixepoch') AS recordedAt, CASE \
    fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation, \
    source.name AS source, fact.line AS line, fact.version AS version FROM policy_change AS fact JOIN \
    ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id = ingest_batch.source
    CREATE VIEW price_gap_view AS SELECT symbol.name AS symbol, strftime('%Y-%m-%dT%H:%M:%fZ', fromOpenAt / \
    1000.0, 'unixepoch') AS fromOpenAt, strftime('%Y-%m-%dT%H:%M:%fZ', throughOpenAt / 1000.0, 'unixepoch') AS \
    throughOpenAt, barLength / 60000.0 AS barMinutes, attempts, strftime('%Y-%m-%dT%H:%M:%fZ', firstAskedAt / \
    1000.0, 'unixepoch') AS firstAskedAt, strftime('%Y-%m-%dT%H:%M:%fZ', lastAskedAt / 1000.0, 'unixepoch') AS \
    lastAskedAt, strftime('%Y-%m-%dT%H:%M:%fZ', nextAskAt / 1000.0, 'unixepoch') AS nextAskAt, reason FROM \
    price_gap JOIN symbol ON symbol.id = price_gap.symbol
    CREATE VIEW quarantine_view AS SELECT fact.id, source.name AS source, fact.line, fact.reason, \
    CAST(fact.bytes AS TEXT) AS content, strftime('%Y-%m-%dT%H:%M:%fZ', fact.quarantinedAt / 1000.0, \
    'unixepoch') AS quarantinedAt, strftime('%Y-%m-%dT%H:%M:%fZ', fact.resolvedAt / 1000.0, 'unixepoch') AS \
    resolvedAt FROM quarantine AS fact JOIN source ON source.id = fact.source
    CREATE VIEW rename_view AS SELECT former.name AS oldAgent, latter.name AS newAgent, \
    strftime('%Y-%m-%dT%H:%M:%fZ', fact.at / 1000.0, 'unixepoch') AS at, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.knownAt / 1000.0, 'unixepoch') AS knownAt, strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / \
    1000.0, 'unixepoch') AS recordedAt, CASE fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' \
    ELSE 'late' END AS attestation, source.name AS source, fact.line AS line, fact.version AS version FROM \
    rename AS fact JOIN agent AS former ON former.id = fact.oldAgent JOIN agent AS latter ON latter.id = \
    fact.newAgent JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id = \
    ingest_batch.source
    CREATE VIEW run_view AS SELECT runID, command, strftime('%Y-%m-%dT%H:%M:%fZ', asOf / 1000.0, 'unixepoch') \
    AS asOf, strftime('%Y-%m-%dT%H:%M:%fZ', startedAt / 1000.0, 'unixepoch') AS startedAt, \
    durationMilliseconds, host, programVersion, methodVersion, lines, accepted, quarantined, outcome, \
    policyFingerprint, factsDigest, reportDigest FROM run
    CREATE VIEW signal_view AS SELECT agent.name AS agent, symbol.name AS symbol, CASE fact.direction WHEN 1 \
    THEN 'LONG' WHEN -1 THEN 'SHORT' ELSE 'FLAT' END AS direction, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.generatedAt / 1000.0, 'unixepoch') AS generatedAt, fact.horizon / 3600000.0 AS horizonHours, \
    fact.score, fact.confidence, fact.probabilityUp, fact.signalID, fact.runID, strategy.name AS \
    strategyClass, fact.regime, fact.agentVersion, fact.unknownFields, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.knownAt / 1000.0, 'unixepoch') AS knownAt, strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / \
    1000.0, 'unixepoch') AS recordedAt, CASE fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' \
    ELSE 'late' END AS attestation, source.name AS source, fact.line AS line, fact.version AS version FROM \
    signal AS fact JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol LEFT JOIN \
    strategy ON strategy.id = fact.strategy JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source \
    ON source.id = ingest_batch.source
    CREATE VIEW telemetry_view AS SELECT agent.name AS agent, fact.runID, strftime('%Y-%m-%dT%H:%M:%fZ', \
    fact.at / 1000.0, 'unixepoch') AS at, fact.errors, fact.latencyMilliseconds, fact.costUSD, fact.tokensIn, \
    fact.tokensOut, strftime('%Y-%m-%dT%H:%M:%fZ', fact.knownAt / 1000.0, 'unixepoch') AS knownAt, \
    strftime('%Y-%m-%dT%H:%M:%fZ', ingest_batch.recordedAt / 1000.0, 'unixepoch') AS recordedAt, CASE \
    fact.attestation WHEN 0 THEN 'attested' WHEN 1 THEN 'unattested' ELSE 'late' END AS attestation, \
    source.name AS source, fact.line AS line, fact.version AS version FROM telemetry AS fact JOIN agent ON \
    agent.id = fact.agent JOIN ingest_batch ON ingest_batch.id = fact.batch LEFT JOIN source ON source.id = \
    ingest_batch.source

    """
