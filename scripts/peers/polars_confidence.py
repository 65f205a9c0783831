"""The seed's multipliers by Polars: polars_confidence.py FILE.

Prints the seconds of the query, then of every agent its multiplier and the product before the caps, both unrounded.

A lazy scan with a schema of the columns that matter; all cores are used. The newest 250 rows of an agent are the last
ones in the order of the file.
"""
import math
import sys
import time

import polars as pl

begin = time.perf_counter()
rows = pl.scan_ndjson(
    sys.argv[1],
    schema={
        "agent": pl.String,
        "horizon_hours": pl.Int32,
        "realized_pnl_bps": pl.Float64,
        "abs_error_bps": pl.Float64,
    },
)
newest = (
    rows.filter(pl.col("horizon_hours") == 24)
    .select("agent", "realized_pnl_bps", "abs_error_bps")
    .group_by("agent", maintain_order=True)
    .tail(250)
    .collect()
)
age = pl.len() - 1 - pl.int_range(pl.len())
error, realized = pl.col("abs_error_bps"), pl.col("realized_pnl_bps")
penalty = (
    error / (error + 50.0) * 0.08 * (-math.log(2.0) / 80 * age).exp()
    * pl.when(realized < 0).then(1.3).otherwise(1.0)
)
is_steady = (((realized > 0) & (error <= 30)).sum() >= 10) & (((realized < 0) & (error >= 60)).sum() == 0)
raw = (1.0 - penalty).product() * pl.when(is_steady).then(1.02).otherwise(1.0)
answer = newest.group_by("agent", maintain_order=True).agg(raw.alias("raw")).sort("agent")
print("seconds", time.perf_counter() - begin)
for agent, value in answer.iter_rows():
    print(agent, repr(max(0.50, min(1.10, value))), repr(value))
