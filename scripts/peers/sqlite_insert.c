/* SQLite's own C interface storing outcomes: sqlite_insert DATABASE ROWS AGENTS MODE
 *
 * MODE is what the table gets: `bare` (no index), `after` (the ledger's indexes, made once the rows are in: the
 * fastest way to them) or `live` (indexes kept up while the rows come). One transaction, write-ahead log, full
 * synchronization, one prepared statement; the columns, checks and indexes of the ledger's table `outcome`. Rows are
 * made in memory: nothing is read and nothing parsed. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *TABLE =
    "CREATE TABLE outcome (id INTEGER PRIMARY KEY, knownAt INTEGER NOT NULL,"
    " attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL,"
    " line INTEGER NOT NULL, version INTEGER NOT NULL CHECK (version >= 0), agent INTEGER NOT NULL, runID TEXT,"
    " symbol INTEGER NOT NULL, generatedAt INTEGER NOT NULL, horizon INTEGER NOT NULL CHECK (horizon > 0),"
    " direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1), realizedReturnBps REAL NOT NULL,"
    " expectedReturnBps REAL NOT NULL, expectedSigmaBps REAL, entryPrice REAL, exitPrice REAL, score REAL,"
    " confidence REAL, strategy INTEGER, regime TEXT, forecasterVersion TEXT) STRICT;";

static const char *INDEXES =
    "CREATE INDEX outcome_known ON outcome (knownAt);"
    "CREATE UNIQUE INDEX outcome_key_with_run ON outcome"
    " (agent, symbol, generatedAt, horizon, direction, runID, version) WHERE runID IS NOT NULL;"
    "CREATE UNIQUE INDEX outcome_key_without_run ON outcome"
    " (agent, symbol, generatedAt, horizon, direction, version) WHERE runID IS NULL;";

static sqlite3 *database;

static void check(int code, const char *what) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL), sql); }

/* xorshift64* (Vigna 2016). */
static uint64_t state = 88172645463325252ull;
static uint64_t draw(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ull;
}
static double number(double scale) { return (double)((int64_t)(draw() >> 11) - (1ll << 52)) * 0x1p-52 * scale; }

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "sqlite_insert DATABASE ROWS AGENTS bare|after|live\n");
        return 2;
    }
    const int64_t rows = atoll(arguments[2]), agents = atoll(arguments[3]);
    const char *mode = arguments[4];
    check(sqlite3_open(arguments[1], &database), "open");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;");
    run(TABLE);
    if (strcmp(mode, "live") == 0) run(INDEXES);
    run("BEGIN IMMEDIATE");
    sqlite3_stmt *insert;
    check(
        sqlite3_prepare_v3(
            database,
            "INSERT INTO outcome (knownAt, attestation, batch, line, version, agent, runID, symbol, generatedAt,"
            " horizon, direction, realizedReturnBps, expectedReturnBps, expectedSigmaBps, entryPrice, exitPrice,"
            " score, confidence, strategy, regime, forecasterVersion)"
            " VALUES (?, 2, ?, ?, 0, ?, NULL, ?, ?, 86400000, ?, ?, ?, ?, NULL, NULL, NULL, NULL, ?, NULL, NULL)",
            -1, SQLITE_PREPARE_PERSISTENT, &insert, NULL),
        "prepare");
    const int64_t start = 1640995200000ll, step = 4ll * 365 * 86400000 / (rows > 0 ? rows : 1);
    for (int64_t row = 0; row < rows; row++) {
        const int64_t at = start + row * step, agent = (int64_t)(draw() % (uint64_t)agents);
        const double expected = number(40), error = number(200);
        sqlite3_bind_int64(insert, 1, at + 86400000);
        sqlite3_bind_int64(insert, 2, row / 20000 + 1);
        sqlite3_bind_int64(insert, 3, row + 1);
        sqlite3_bind_int64(insert, 4, agent + 1);
        sqlite3_bind_int64(insert, 5, (int64_t)(draw() % 6) + 1);
        sqlite3_bind_int64(insert, 6, at);
        sqlite3_bind_int64(insert, 7, draw() & 1 ? 1 : -1);
        sqlite3_bind_double(insert, 8, expected + error);
        sqlite3_bind_double(insert, 9, expected);
        sqlite3_bind_double(insert, 10, 180 + number(120));
        sqlite3_bind_int64(insert, 11, agent % 4 + 1);
        check(sqlite3_step(insert), "insert");
        sqlite3_reset(insert);
    }
    check(sqlite3_finalize(insert), "finalize");
    if (strcmp(mode, "after") == 0) run(INDEXES);
    run("COMMIT");
    check(sqlite3_close(database), "close");
    return 0;
}
