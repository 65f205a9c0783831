#!/bin/bash
# How many instructions the program takes for small fixed work, compared with the counts on record.
#
#   scripts/instruction_counts.sh PROGRAM            compares, and fails where a count grew by more than 15 %
#   scripts/instruction_counts.sh PROGRAM --record   puts today's counts on record
#
# Seconds depend on the machine and on what else it does; instructions hardly do, so that a change that makes the
# program slower is seen by whoever makes it. They are counted by valgrind's cachegrind, without simulated caches.
# Counts belong to a compiler: under another than the one on record they are shown and not judged.
set -eu

program=$(realpath "$1")
mode=${2:-}
record=$(realpath "$(dirname "$0")")/instruction_counts.txt
tolerance=15

if ! command -v valgrind > /dev/null; then
    echo "Instruction counts: skipped. valgrind is not installed here (apt-get install valgrind)." >&2
    exit 0
fi
compiler=$(${SWIFT:-swift} --version 2> /dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/Swift \1/p')
compiler="$compiler $(uname -m)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# A name of one length wherever the program was built. Without its debug information, of which valgrind gives up on what
# newer compilers write and counts nothing by.
strip -o program "$program" 2> /dev/null || ln -s "$program" program
mkdir -p system/alpha fleet/alpha fleet/prices

# Whole numbers below 2^53 only, so that every awk draws the same: the minimal standard generator of Park and Miller.
rows='
function draw(n) { state = (state * 16807) % 2147483647; return int(state / 2147483647 * n) }
function date(day,   month) {
    day += 1
    for (month = 1; day > length_of[month]; month++) day -= length_of[month]
    return sprintf("2025-%02d-%02d", month, day)
}
BEGIN {
    split("31 28 31 30 31 30 31 31 30 31 30 31", length_of, " ")
    state = seed
}'

# 20,000 reconciled rows of 40 agents, ten each hour.
awk -v seed=11 "$rows"'
BEGIN {
    for (n = 0; n < 20000; n++) {
        expected = draw(900) - 450
        realized = draw(4000) - 2000
        error = realized - expected
        long = draw(2)
        printf "{\"ts\":\"%sT%02d:00:00Z\",\"agent\":\"agent-%02d\",\"run_id\":\"run-%d\",", \
            date(int(n / 240)), int(n / 10) % 24, draw(40), n
        printf "\"symbol\":\"%s\",\"direction\":\"%s\",", draw(2) ? "BTCUSDT" : "ETHUSDT", long ? "LONG" : "SHORT"
        printf "\"entry_price\":%d.%02d,\"exit_price\":%d.%02d,\"horizon_hours\":24,", \
            60000 + draw(5000), draw(100), 60000 + draw(5000), draw(100)
        printf "\"realized_pnl_bps\":%.1f,\"expected_pnl_bps\":%.1f,\"expected_sigma_bps\":%d.25,", \
            realized / 10, expected / 10, 100 + draw(200)
        printf "\"pnl_error_bps\":%.1f,\"abs_error_bps\":%.1f,\"sim_version\":\"v1\",", \
            error / 10, (error < 0 ? -error : error) / 10
        printf "\"strategy_class\":\"trend\",\"regime\":\"calm\",\"confidence\":0.%03d,\"score_final\":0.%04d}\n", \
            draw(1000), draw(10000)
    }
}' > system/alpha/reconciled.jsonl

# Forty days of two markets, and of nine agents that speak four times a day.
for market in BTCUSDT=31 ETHUSDT=37; do
    awk -v seed=${market#*=} "$rows"'
    BEGIN {
        print "open_time,open,high,low,close,volume"
        price = 10000000
        for (hour = 0; hour < 960; hour++) {
            next_price = price + int(price / 10000) * (draw(161) - 80)
            high = price > next_price ? price : next_price
            low = price < next_price ? price : next_price
            printf "%sT%02d:00:00Z,%d.%03d,%d.%03d,%d.%03d,%d.%03d,%d\n", date(int(hour / 24)), hour % 24, \
                price / 1000, price % 1000, high / 1000, high % 1000, low / 1000, low % 1000, \
                next_price / 1000, next_price % 1000, 1 + draw(500)
            price = next_price
        }
    }' > fleet/prices/${market%=*}_1h.csv
done
awk -v seed=23 "$rows"'
BEGIN {
    for (hour = 3; hour < 960; hour += 6) {
        for (agent = 1; agent <= 9; agent++) {
            printf "{\"ts\":\"%sT%02d:00:00Z\",\"agent\":\"agent-%d\",\"symbol\":\"%s\",\"direction\":\"%s\",", \
                date(int(hour / 24)), hour % 24, agent, draw(2) ? "BTCUSDT" : "ETHUSDT", draw(2) ? "LONG" : "SHORT"
            printf "\"score_final\":0.%04d,\"confidence\":0.%03d,\"strategy_class\":\"class-%d\"}\n", \
                draw(10000), draw(1000), agent % 3
        }
    }
}' > fleet/alpha/events.jsonl

# 2025-02-10T00:00:00Z, in milliseconds: the clock stands still.
echo 1739145600000 > clock

names=()
counts=()
# count NAME ARGUMENT…: the instructions of one whole process, which must end well.
count() {
    local name=$1 code=0
    shift
    env -i PATH=/usr/bin:/bin HOME=/nowhere LC_ALL=C SWIFT_DETERMINISTIC_HASHING=1 META_SUPERVISOR_CLOCK_FILE=clock \
        ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} \
        valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file=log \
        ./program "$@" > out 2> errors < /dev/null || code=$?
    if [ "$code" != 0 ]; then
        echo "Instruction counts: \`$name\` ended with $code under valgrind:" >&2
        tail -n 5 errors log >&2
        exit 1
    fi
    names+=("$name")
    counts+=("$(sed -n 's/.*I  *refs: *//p' log | tr -d ,)")
}

count version --version
count help help
count seed-confidence confidence --policy seed --root system --limit-rows 100000000 --json
count standard-confidence confidence --policy standard --reconciled system/alpha/reconciled.jsonl --json
count ingest ingest --root fleet --as-history --quiet
count first-run run --root fleet --quiet --as-of 2025-02-09T00:00:00Z
count next-run run --root fleet --quiet --as-of 2025-02-10T00:00:00Z
count explain explain agent-4 --root fleet --as-of 2025-02-10T00:00:00Z
count replay replay --root fleet --quiet --policy standard --json

if [ "$mode" = --record ]; then
    {
        echo "# Instructions by work load (scripts/instruction_counts.sh). After a change that is worth its cost, or a"
        echo "# gain that should stay: make record-instructions, and commit with the reason."
        echo "# compiler: $compiler"
        for index in "${!names[@]}"; do echo "${names[$index]} ${counts[$index]}"; done
    } > "$record"
    echo "Recorded in $record:"
fi

if [ ! -e "$record" ]; then
    echo "Instruction counts: nothing is on record; run make record-instructions and commit $record" >&2
    exit 1
fi
recorded_compiler=$(sed -n 's/^# compiler: //p' "$record")
slower=()
printf '%-20s %16s %16s %7s\n' "work load" instructions "on record" ratio
for index in "${!names[@]}"; do
    name=${names[$index]} now=${counts[$index]}
    before=$(awk -v name="$name" '$1 == name { print $2 }' "$record")
    if [ -z "$before" ]; then
        printf '%-20s %16d %16s %7s\n' "$name" "$now" none -
        slower+=("$name (never recorded)")
        continue
    fi
    ratio=$((now * 1000 / before))
    printf '%-20s %16d %16d %3d.%03d\n' "$name" "$now" "$before" $((ratio / 1000)) $((ratio % 1000))
    if [ $ratio -gt $((1000 + 10 * tolerance)) ]; then slower+=("$name"); fi
done

if [ "$recorded_compiler" != "$compiler" ]; then
    echo "Not judged: recorded with $recorded_compiler, and this is $compiler."
elif [ ${#slower[@]} -gt 0 ]; then
    {
        printf 'More than %d %% above the record:' $tolerance
        printf ' %s;' "${slower[@]}"
        echo " find out why (valgrind --tool=callgrind, before and after) and mend it. Where the cost buys something,"
        echo "run make record-instructions and commit the counts with the reason."
    } >&2
    exit 1
fi
