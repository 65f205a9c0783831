#!/usr/bin/env python3
"""Writes the cases that hold `confidence --policy seed` to its oracle, with the oracle's answers.

    python3 scripts/make_seed_cases.py ORACLE_PATH > Tests/SeedCompatibilityTests/seed_cases.jsonl

ORACLE_PATH is the seed's own confidence_decay.py, which is not part of this repository. Each case is one line: its
name, both files before the run (bytes as Latin-1, null: no such file), the limit, and what happened: the printed state,
the state file after the run, or "raises". The time of the run is masked as "NOW".

The answers are those of CPython 3.11 (Unicode 14, at most 4,300 digits an integer, 1,000 frames of recursion).
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RUNNER = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("oracle", sys.argv[1])
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)
# Called from the top level, as from a script of its own: the depth of nesting that it reads depends on that.
state = oracle.update_confidence_multipliers(*map(int, sys.argv[2:3]))
print(json.dumps(state, indent=2))
"""
STATE = "meta_supervisor/state/confidence_multipliers.json"
STAMP = re.compile(rb'"generated_at": "20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"')
FIRST = (b'{"version": 1, "generated_at": "2025-01-01T00:00:00Z", "multipliers": ', b"}")


def place(root, reconciled, state):
    (Path(root) / "alpha").mkdir(parents=True, exist_ok=True)
    if reconciled is not None:
        (Path(root) / "alpha/reconciled.jsonl").write_bytes(reconciled)
    if state is not None:
        (Path(root) / STATE).parent.mkdir(parents=True, exist_ok=True)
        (Path(root) / STATE).write_bytes(state)


def mask(content, before):
    """Masks the time of the run; a stamp that was there before the run is part of the answer."""
    if content is None:
        return None
    return STAMP.sub(lambda m: m[0] if before and m[0] in before else b'"generated_at": "NOW"', content)


def answer(oracle, reconciled, state, limit):
    with tempfile.TemporaryDirectory() as root:
        place(root, reconciled, state)
        arguments = [] if limit is None else [str(limit)]
        run = subprocess.run(
            [sys.executable, "-c", RUNNER, os.path.abspath(oracle), *arguments],
            cwd=root,
            capture_output=True,
            env={
                **os.environ, "PYTHONUTF8": "1"
            },
            timeout=120)
        path = Path(root) / STATE
        after = path.read_bytes() if path.exists() else None
        if run.returncode:
            assert after == state, "a failed run must leave the state"
            return {"raises": run.stderr.decode(errors="replace").strip().splitlines()[-1].split(":")[0]}
        return {
            "printed": mask(run.stdout, state).decode("latin-1"),
            "state": None if after is None else mask(after, state).decode("latin-1"),
        }


def row(**fields):
    base = {"agent": "a", "horizon_hours": 24, "abs_error_bps": 12.5, "realized_pnl_bps": 3.25}
    base.update(fields)
    return json.dumps({k: v for k, v in base.items() if v is not ...}).encode()


def raw(field, text, **others):
    """A row in which one field has exactly this text."""
    base = row(**{field: ...}, **others)
    return base[:-1] + b', "' + field.encode() + b'": ' + text + b"}"


def lines(*rows):
    return b"\n".join(rows) + b"\n"


def state(multipliers):
    return FIRST[0] + multipliers + FIRST[1]


def state_cases(plain):
    yield "no files", None, None, None
    yield "an empty file", b"", None, None
    yield "one row", lines(plain), None, None
    yield "no line end at the end", plain, None, None
    yield "no row of the horizon and no state", lines(row(horizon_hours=4)), None, None
    stamped = state(b'{"z": 0.7, "a": 1e-5}')
    yield "no row of the horizon and a stamped state", lines(row(horizon_hours=4)), stamped, None
    yield "no row and an unstamped state", b"", b'{"generated_at": null, "b": [], "a": {}}', None
    yield "no row and a state without stamp", b"", b'{"x": [1, {"y": 2.50}], "multipliers": null}', None
    yield "no row and a stamp that is false", b"", b'{"generated_at": false}', None
    yield "no row and a state of numbers", b"", b'[1, 2]', None
    for text in (b"{", b"", b"nul", b"\xef\xbb\xbf{}", b"\xff", b'{"multipliers": {"a": 0.5}} x', b'{"a": 01}'):
        yield f"a broken state {text!r}", lines(plain), text, None
    for text in (b"[]", b"1", b"null", b'"x"', b"true", b"NaN"):
        yield f"a state that is no object: {text!r}", lines(plain), text, None


def multiplier_cases(plain):
    for text in (b"null", b"false", b"0", b'""', b"[]", b"{}", b"0.0"):
        yield f"falsy multipliers {text!r}", lines(plain), state(text), None
    for text in (b"[1]", b"5", b'"x"', b"true", b'[["a", 1]]', b'["ab"]'):
        yield f"multipliers that are no object: {text!r}", lines(plain), state(text), None
    for text in (b'[["b", 1], ["a", 2], ["b", 3]]', b'["ab", "cd", "ae"]', b'[[1, 2], [true, 3], [1.0, 4]]',
                 b'[[null, 1]]', b'[{"x": 1, "y": 2}]', b'[[[], 1]]', b'["abc"]', b"5", b'"ab"',
                 b'[["\\ud83d\\ude00", 1]]', b'["\\ud83d\\ude00"]', b'[[NaN, 1], [NaN, 2]]',
                 b'[[1.5, 1], [Infinity, 2]]', b'["\\ud800x"]', b'[[1e22, 1], [10000000000000000000000, 2]]'):
        yield f"pairs and no agent left: {text!r}", lines(plain), state(text), -5
    for text in (b"0.9", b'"0.9"', b'" 1_0.5e-1 "', b"true", b"false", b"1", b"null", b"[]", b"{}", b'"x"', b"NaN",
                 b"Infinity", b"-Infinity", b'"nan"', b"1e400", b"-3", b"9" * 400, b"9" * 4301, b'"\\u0661.\\uff12"',
                 b'""', b'"\\u00a00.75\\u2003"', b"0.78125", b"0.50005", b"1.1", b"1.09995", b"0.99995", b"0.5",
                 b"1e-400"):
        yield f"a previous multiplier {text[:20]!r}", lines(row(abs_error_bps=0)), state(b'{"a": ' + text + b"}"), None
    kept = (b'{"z": 0.50, "n": null, "i": ' + b"7" * 60 +
            b', "-": -0, "f": [1e16, 1e-5, 123456789012345680.0, 1e22, 0.0001, '
            b'9007199254740993.0, 1e15, 5e-324, -0.0, 1E400, -1e400, NaN, 2.50, 1e21], '
            b'"s": "\\u00e9\xf0\x9f\x98\x80\\u2028\\"\\\\\\/\\b\\f\\n\\r\\t'
            b'\\u0001\\u007f\\ud800", "o": {"a": {}, "b": [], "c": [[]], "a": 2}, "z": 0.6}')
    yield "multipliers of other agents are kept", lines(plain), state(kept), None
    yield "a stamped state is printed as it was read", b"", state(kept), None
    yield "keys twice in the state", lines(
        plain), b'{"multipliers": {"a": 0.6}, "version": 2, "multipliers": {"a": 0.9}}', None


def agent_cases(plain):
    for text in (b'"b"', b'""', b"null", b"false", b"true", b"0", b"-0", b"0.0", b"-0.0", b"1e-400", b"1", b"1.0",
                 b"1.5", b"1e22", b"1e400", b"NaN", b"-Infinity", b"[]", b"{}", b"[ ]", b"{ }", b"[1]", b'{"a": 1}',
                 b"12345678901234567890", b'" "', b'"\\u00e9"', b'"\xc3\xa9"', b'"\\ud83d\\ude00"', b'"\\ud800"',
                 b'"a\\u0000b"', b'"unknown"', b"1e16", b"0.00001", b"9" * 4301):
        yield f"an agent {text[:20]!r}", lines(raw("agent", text)), None, None
    yield "no agent", lines(row(agent=...), row(agent="unknown"), row(agent="")), None, None
    for group in (b"1 1.0 true \"1\"", b"true 1 1.0", b"1.0 true", b"NaN NaN", b"2 2.0 2e0",
                  b"1e22 10000000000000000000000", b"1e23 100000000000000000000000",
                  b"9007199254740993 9007199254740992.0", b"Infinity 1e999", b"1.5 15e-1"):
        yield f"agents that may be one: {group!r}", lines(*[raw("agent", t) for t in group.split()]), None, None
    yield "the first form within the limit counts", lines(raw("agent", b"true"), raw("agent", b"1.0"),
                                                          raw("agent", b"1")), None, 2
    yield "an unhashable agent outside the limit", lines(raw("agent", b"[1]"), plain), None, 1
    yield "an unhashable agent of another horizon", lines(raw("agent", b"[1]", horizon_hours=4), plain), None, None


def horizon_cases(plain):
    for text in (b"24", b"24.0", b"24.9", b"24.999999999999999999", b"23.9", b"-24", b"2.4e1", b'"24"', b'" 24 "',
                 b'"+24"', b'"2_4"', b'"0_24"', b'"024"', b'"24.0"', b'"2__4"', b'"_24"', b'"24_"', b'""', b'"x"',
                 b'"- 24"', b'"\\uff12\\uff14"', b'"\\u00a024\\u2003"', b'"\\u001c24"', b'"24\\u0000"', b"true",
                 b"false", b"null", b"[]", b"{}", b"[24]", b"NaN", b"Infinity", b"1e400", b"-Infinity", b"240",
                 b"9" * 400, b'"' + b"0" * 4300 + b'"', b'"' + b"0" * 4301 + b'"', b"1e-400", b"0", b'"\\ud800"',
                 b'"2\\t4"', b'"24\\n"'):
        yield f"a horizon {text[:24]!r}", lines(raw("horizon_hours", text)), None, None
    yield "no horizon", lines(row(horizon_hours=...)), None, None


def number_cases(plain):
    for name, other in (("abs_error_bps", "realized_pnl_bps"), ("realized_pnl_bps", "abs_error_bps")):
        for text in (b'" 1.5 "', b'"1_000"', b'"nan"', b'"inf"', b'"-Infinity"', b'"1e400"', b'"x"', b'""', b'"0"',
                     b"null", b"true", b"false", b"[]", b"{}", b"[1]", b"NaN", b"Infinity", b"-Infinity", b"1e400",
                     b"9" * 400, b"-5", b"-0.0", b'".5"', b'"5."', b'"1e"', b'"\\u0663.5"'):
            yield f"{name} {text[:20]!r}", lines(raw(name, text, **{other: -40}), plain), None, None
        yield f"no {name}", lines(row(**{name: ...}), plain), None, None


def line_cases(plain):
    for text in (b"[]", b"1", b"null", b'"x"', b"NaN", b"true"):
        yield f"a row that is no object: {text!r}", lines(plain, text), None, None
    for text in (b"{", b"x", b"{'a': 1}", b"{} {}", b"\xef\xbb\xbf" + plain, b"\xff", b'{"a": "\t"}', b'{"a": 1,}',
                 b"\xc2\xa0" + plain, b"\x00", b'{"a": -}', b'{"a": 1.}', b'{"a": "\xed\xa0\x80"}',
                 b'{"x": ' + b"9" * 4301 + b"}", b"-", b'{"a" 1}'):
        yield f"a broken line {text[:20]!r}", lines(plain, text, plain), None, None
    yield "a broken line after a bad horizon", lines(raw("horizon_hours", b"null"), b"{"), None, None
    for name, end in (("LF", b"\n"), ("CR LF", b"\r\n"), ("CR", b"\r"), ("VT", b"\x0b"), ("FF", b"\x0c"),
                      ("FS", b"\x1c"), ("GS", b"\x1d"), ("RS", b"\x1e"), ("US, which is no line end", b"\x1f"),
                      ("NEL", b"\xc2\x85"), ("LS", b"\xe2\x80\xa8"), ("PS", b"\xe2\x80\xa9")):
        yield f"lines that end in {name}", end.join([plain, row(agent="b"), plain]) + end, None, None
        yield f"{name} within a string", b'{"agent": "x' + end + b'y", "horizon_hours": 24}', None, None
    for blank in (b"", b" ", b"\t", b"\xc2\xa0", b"\xe3\x80\x80 \xe2\x80\x83", b"\x1f", b"\xe2\x80\x8b",
                  b"\xe1\xa0\x8e"):
        yield f"a blank line {blank!r}", lines(plain, blank, plain), None, None
    yield "spaces around a row", b" \t" + plain + b" \t\n", None, None
    twice = b'{"horizon_hours": 1, "agent": "a", "horizon_hours": 24, "agent": "b", "abs_error_bps": 9}'
    yield "keys twice in a row", twice, None, None
    yield "an escaped key", b'{"horizon\\u005fhours": 24, "\\u0061gent": "k", "abs_error_bps": 9}', None, None
    deep = lambda n: b'{"horizon_hours": 24, "x": ' + b"[" * n + b"]" * n + b"}"
    yield "a row as deep as can be read", deep(991), None, None
    yield "a row that is too deep", deep(992), None, None
    deep = lambda n: state(b'{"x": ' + b"[" * n + b"]" * n + b"}")
    yield "a state that is too deep", lines(plain), deep(992), None


def window_cases(plain):
    many = [
        row(agent="ab"[i % 3 == 0], abs_error_bps=(i * 37 % 101) / 100, realized_pnl_bps=i % 7 - 2.5)
        for i in range(400)
    ]
    for limit in (None, 0, 1, 2, 249, 399, 400, 401, 10**12, -1, -150, -399, -400, -10**12):
        yield f"four hundred rows, limit {limit}", lines(*many), None, limit
    good = row(abs_error_bps=0.01, realized_pnl_bps=5)
    for count in (9, 10, 11, 252):
        yield f"{count} good rows", lines(*[good] * count), state(b'{"a": 0.9}'), None
        yield f"{count} good rows and a bad one", lines(row(abs_error_bps=60, realized_pnl_bps=-1),
                                                        *[good] * count), None, None
    yield "a row that cannot be read still ages the others", lines(plain, *[row(abs_error_bps="x")] * 120), None, None
    yield "the edges of good and bad", lines(
        *[row(abs_error_bps=e, realized_pnl_bps=r) for e in (30, 30.000001, 59.999, 60)
          for r in (-1, 0, 1)]), None, None
    yield "an error that is no number hides the row's penalty", lines(plain, raw("abs_error_bps", b"NaN")), None, None
    yield "an infinite error makes the multiplier its ceiling", lines(raw("abs_error_bps", b"Infinity")), None, None
    yield "a byte that is no UTF-8 after a broken line", lines(b"{", plain, b"\xff"), None, None


def cases():
    sections = (state_cases, multiplier_cases, agent_cases, horizon_cases, number_cases, line_cases, window_cases)
    for section in sections:
        yield from section(row())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, reconciled, before, limit in cases():
        print(
            json.dumps({
                "name": name,
                "reconciled": None if reconciled is None else reconciled.decode("latin-1"),
                "before": None if before is None else before.decode("latin-1"),
                "limit": limit,
                **answer(sys.argv[1], reconciled, before, limit),
            }))


if __name__ == "__main__":
    main()
