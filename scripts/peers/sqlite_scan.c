/* A bare scan of a ledger's outcomes by SQLite's own C interface, every column of every row: sqlite_scan DATABASE
 *
 * Prints the count and a sum over all columns, so that no read can be left out. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

int main(int count, char **arguments) {
    sqlite3 *database;
    sqlite3_stmt *scan;
    if (count != 2) {
        fprintf(stderr, "sqlite_scan DATABASE\n");
        return 2;
    }
    if (sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, "SELECT * FROM outcome", -1, &scan, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", arguments[1], sqlite3_errmsg(database));
        return 1;
    }
    const int columns = sqlite3_column_count(scan);
    int64_t rows = 0, integers = 0, bytes = 0;
    double reals = 0;
    int code;
    while ((code = sqlite3_step(scan)) == SQLITE_ROW) {
        rows++;
        for (int column = 0; column < columns; column++) {
            switch (sqlite3_column_type(scan, column)) {
            case SQLITE_INTEGER: integers += sqlite3_column_int64(scan, column); break;
            case SQLITE_FLOAT: reals += sqlite3_column_double(scan, column); break;
            case SQLITE_TEXT:
                sqlite3_column_text(scan, column);
                bytes += sqlite3_column_bytes(scan, column);
                break;
            default: break;
            }
        }
    }
    if (code != SQLITE_DONE) {
        fprintf(stderr, "%s: %s\n", arguments[1], sqlite3_errmsg(database));
        return 1;
    }
    printf("%lld rows, %lld, %.17g, %lld\n", (long long)rows, (long long)integers, reals, (long long)bytes);
    sqlite3_finalize(scan);
    sqlite3_close(database);
    return 0;
}
