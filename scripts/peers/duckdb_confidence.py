"""The seed's multipliers by DuckDB: duckdb_confidence.py FILE.

Prints the seconds of the query, then of every agent its multiplier and the product before the caps, both unrounded.

Only the five columns that matter are named, so that the reader skips the others; all cores are used. The newest 250
rows of an agent are those with the latest times: in the files that are measured every row has a time of its own, in
the order of the file.
"""
import sys
import time

import duckdb

QUERY = """
WITH newest AS (
    SELECT agent, max_by({'error': abs_error_bps, 'realized': realized_pnl_bps}, ts, 250) AS rows
    FROM read_json(?, format = 'newline_delimited', columns = {
        ts: 'TIMESTAMP', agent: 'VARCHAR', horizon_hours: 'INTEGER', realized_pnl_bps: 'DOUBLE',
        abs_error_bps: 'DOUBLE'})
    WHERE horizon_hours = 24
    GROUP BY agent
),
aged AS (
    SELECT agent, unnest(rows, recursive := true), generate_subscripts(rows, 1) - 1 AS age FROM newest
)
SELECT agent,
       product(1 - error / (error + 50.0) * 0.08 * exp(-ln(2.0) / 80 * age)
           * CASE WHEN realized < 0 THEN 1.3 ELSE 1.0 END)
       * CASE WHEN count(*) FILTER (realized > 0 AND error <= 30) >= 10
               AND count(*) FILTER (realized < 0 AND error >= 60) = 0 THEN 1.02 ELSE 1.0 END AS raw
FROM aged GROUP BY agent ORDER BY agent
"""

begin = time.perf_counter()
rows = duckdb.connect().execute(QUERY, [sys.argv[1]]).fetchall()
print("seconds", time.perf_counter() - begin)
for agent, raw in rows:
    print(agent, repr(max(0.50, min(1.10, raw))), repr(raw))
