/* SQLite's own C interface storing outcomes: sqlite_insert DATABASE ROWS AGENTS MODE
 *
 * MODE is what the table is: `same` (the ledger's own: one tree in the order of its key) or `bare` (rows as they come,
 * with no key that could refuse one). The ledger's columns and checks, one transaction, write-ahead log, full
 * synchronization, one prepared statement. Rows are made in memory: nothing is read and nothing parsed. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS \
    "knownAt INTEGER NOT NULL, agent INTEGER NOT NULL, symbol INTEGER NOT NULL," \
    " horizon INTEGER NOT NULL CHECK (horizon > 0)," \
    " direction INTEGER NOT NULL CHECK (direction BETWEEN -1 AND 1)," \
    " hasRun INTEGER NOT NULL CHECK (hasRun BETWEEN 0 AND 1)," \
    " runID TEXT NOT NULL CHECK (hasRun OR runID = '')," \
    " version INTEGER NOT NULL CHECK (version >= 0)," \
    " generatedAt INTEGER NOT NULL CHECK (generatedAt + horizon = knownAt)," \
    " attestation INTEGER NOT NULL CHECK (attestation BETWEEN 0 AND 2), batch INTEGER NOT NULL," \
    " line INTEGER NOT NULL, realizedReturnBps REAL NOT NULL, expectedReturnBps REAL NOT NULL," \
    " expectedSigmaBps REAL, entryPrice REAL, exitPrice REAL, score REAL, confidence REAL, strategy INTEGER," \
    " regime TEXT, forecasterVersion TEXT"

static const char *SAME =
    "CREATE TABLE outcome (" COLUMNS
    ", PRIMARY KEY (knownAt, agent, symbol, horizon, direction, hasRun, runID, version)) STRICT, WITHOUT ROWID;";
static const char *BARE = "CREATE TABLE outcome (" COLUMNS ") STRICT;";

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
        fprintf(stderr, "sqlite_insert DATABASE ROWS AGENTS same|bare\n");
        return 2;
    }
    const int64_t rows = atoll(arguments[2]), agents = atoll(arguments[3]);
    const char *mode = arguments[4];
    check(sqlite3_open(arguments[1], &database), "open");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;");
    run(strcmp(mode, "same") == 0 ? SAME : BARE);
    run("BEGIN IMMEDIATE");
    sqlite3_stmt *insert;
    check(
        sqlite3_prepare_v3(
            database,
            "INSERT INTO outcome (knownAt, batch, line, agent, symbol, generatedAt, direction, realizedReturnBps,"
            " expectedReturnBps, expectedSigmaBps, strategy, horizon, hasRun, runID, version, attestation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 86400000, 0, '', 0, 2)",
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
    run("COMMIT");
    check(sqlite3_close(database), "close");
    return 0;
}
