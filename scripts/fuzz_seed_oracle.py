#!/usr/bin/env python3
"""Runs the seed's oracle and `BINARY confidence --policy seed` on random files and compares all they leave behind.

    python3 scripts/fuzz_seed_oracle.py ORACLE_PATH BINARY [--cases 2000] [--seed 1]

Compared are what is printed, the bytes of the state file (only the time of the run is masked), and that the binary
exits with 1 exactly where the oracle raises, leaving the state as it was. A difference is printed with its seed and
both inputs; `--seed N --cases 1` repeats it. Nesting is kept shallow: how deep CPython reads depends on its caller.
"""

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make_seed_cases import STATE, mask, place  # noqa: E402

SPACES = ["", "", "", "", " ", "\t", "\u00a0", "\u2003", "\x1c", "\x0b", "\u0085"]
DIGITS = [
    "0123456789",
    "0123456789",
    "0123456789",
    "٠١٢٣٤٥٦٧٨٩",
    "０１２３４５６７８９",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "𞥐𞥑𞥒𞥓𞥔𞥕𞥖𞥗𞥘𞥙",
    "𑽐𑽑𑽒𑽓𑽔𑽕𑽖𑽗𑽘𑽙",
]
CHARACTERS = list('abcz019_ .-+eE"\\/{}[],:\x00\x01\x1f\x7f') + list("é€😀\u00a0\u2028\u0085\ufeff\ud800\udfff\u200b")


def numeral(r):
    digits = r.choice(DIGITS)
    body = lambda n: "".join(r.choice(digits) for _ in range(r.randrange(1, n)))
    text = r.choice(["", "", "", "-", "+"]) + r.choice([body(4), body(20), "24", "2_4", ""])
    if r.random() < 0.5:
        text += "." + r.choice([body(3), body(20), ""])
    if r.random() < 0.2:
        text += r.choice("eE") + r.choice(["", "-", "+"]) + r.choice([body(3), body(4), ""])
    if r.random() < 0.1:
        i = r.randrange(len(text) + 1)
        text = text[:i] + r.choice(["_", "__", " ", ".", "\x00"]) + text[i:]
    if r.random() < 0.1:
        text = r.choice(["nan", "inf", "-inf", "+Infinity", "NaN", "infinit", "-nan", "İnf", "ınf", "iNfInItY"])
    return r.choice(SPACES) + text + r.choice(SPACES)


def text(r):
    return "".join(r.choice(CHARACTERS) for _ in range(r.randrange(5)))


def number_text(r):
    kind = r.randrange(10)
    if kind < 3:
        return repr(round(r.gauss(0, 40), r.randrange(6)))
    if kind < 5:
        return repr(r.gauss(0, 1) * 10.0**r.randrange(-320, 309))
    if kind < 7:
        return str(
            r.choice(
                [0, 1, 24, 30, 60, -1,
                 r.randrange(-100, 100),
                 r.getrandbits(60),
                 r.getrandbits(r.randrange(1, 1100))]))
    if kind < 8:
        return r.choice(["0", "-"]) * (r.random() < 0.02) + r.choice(
            ["-0", "0.0", "-0.0", "1e400", "-1e999", "5e-324", "1E5", "1e-400", "30.0", "60.0"])
    if kind < 9:
        return str(r.randrange(10**6)) + "." + "".join(r.choice("0123456789") for _ in range(r.randrange(1, 30)))
    return r.choice(["NaN", "Infinity", "-Infinity"])


def quoted(r, value):
    """A JSON string, escaped in one of the many ways."""
    out = []
    for c in value:
        must = c in '"\\' or c < " " or 0xD800 <= ord(c) < 0xE000
        # Raw, these two end a line of Python's: seldom, or hardly any file would be read to its end.
        if must or r.random() < (0.999 if c in "\u2028\u0085" else 0.2):
            out.append(
                json.dumps(c)[1:-1] if r.random() < 0.5 else "".join(
                    f"\\u{u:04x}" if r.random() < 0.5 else f"\\u{u:04X}" for u in units(c)))
        else:
            out.append(c)
    if r.random() < 0.0005:
        out.insert(0, r.choice(["\\x", "\\u12", "\t", "\n", "\u2028", "\\ud83d"]))
    return '"' + "".join(out) + '"'


def units(c):
    code = ord(c)
    return [code] if code < 0x10000 else [0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)]


def value(r, depth=0):
    kind = r.randrange(14 if depth < 3 else 10)
    if kind < 4:
        return number_text(r)
    if kind < 6:
        return quoted(r, text(r))
    if kind < 7:
        return quoted(r, numeral(r))
    if kind < 10:
        return r.choice(["null", "true", "false"])
    if kind < 12:
        return "[" + r.choice(["", " "]) + ",".join(value(r, depth + 1) for _ in range(r.randrange(3))) + "]"
    return ("{" + r.choice(["", " "]) +
            ", ".join(quoted(r, text(r)) + ":" + value(r, depth + 1) for _ in range(r.randrange(3))) + "}")


def row(r, wild):
    fields = []
    add = lambda key, text: fields.append((key, text))
    if r.random() > wild / 4:
        horizon = r.choice(["24", "24", "24", "24", "24.0", "4", "1"])
        if r.random() < wild / 3:
            horizon = r.choice(["24.7", '"24"', '" 2_4 "', "true", "23.999", '"２４"', "2.4e1", '"4"', "1e-400", "240"])
        if r.random() < wild / 60:
            horizon = value(r)
        add("horizon_hours", horizon)
    names = ["a", "a", "b", "c", "agent_7"]
    add("agent", value(r) if r.random() < wild / 4 and (r.random() < 0.7 or wild > 0.9) else quoted(r, r.choice(names)))
    for key in ("abs_error_bps", "realized_pnl_bps"):
        if r.random() > wild / 10:
            scale = r.choice([0.05, 1, 40])
            number = r.gauss(0, scale) if key[0] == "r" else abs(r.gauss(0, scale))
            add(key, value(r) if r.random() < wild / 3 else repr(number if r.random() < 0.5 else round(number, 2)))
    while r.random() < 0.3:
        add(
            r.choice(["x", "agent", "horizon_hours", "abs_error_bps", "", "é"]) if r.random() < wild / 5 else "ts",
            value(r),
        )
    if wild > 0:
        r.shuffle(fields)
    gap = lambda: r.choice(["", " ", "", " ", "\t"])
    return ("{" + ",".join(f"{gap()}{quoted(r, k) if r.random() < wild / 5 else json.dumps(k)}{gap()}:{gap()}{v}"
                           for k, v in fields) + "}")


def reconciled(r):
    if r.random() < 0.03:
        return None
    wild = r.choice([0, 0, 0.1, 0.3, 1])
    end = r.choice(["\n", "\n", "\n", "\r\n", "\r", "\u2028", "\x1c", "\u0085"]) if wild else "\n"
    parts = []
    for _ in range(r.choice([0, 1, 2, 5, 20, 60, 60, 700])):
        parts.append(row(r, wild))
        if r.random() < wild / 20:
            parts.append(r.choice(["", " ", "\t", "\u00a0", "\u3000", "\x1f", "\u200b" if r.random() < 0.1 else ""]))
        if r.random() < wild / 500:
            parts.append(value(r))
    content = end.join(parts) + r.choice(["", end])
    data = content.encode("utf-8", "surrogatepass")
    return damaged(r, data, 0.08 * (wild > 0))


def damaged(r, data, chance):
    if data and r.random() < chance:
        data = bytearray(data)
        for _ in range(r.randrange(1, 3)):
            i = r.randrange(len(data))
            data[i:i + r.randrange(2)] = r.choice(
                [b"", b"\xff", b"\x00", b'"', b"}", b",", b"\n", b"\x85", b"1", b"\\", b"\xe2\x80\xa8"])
        data = bytes(data)
    return data


def multipliers(r):
    if r.random() < 0.1:
        return value(r)
    if r.random() < 0.1:
        return ("[" + ",".join(
            r.choice([f"[{value(r)},{value(r)}]", quoted(r, text(r)),
                      value(r)]) for _ in range(r.randrange(3))) + "]")
    keys = ["a", "b", "c", "unknown", "agent_7", "old", "1", text(r)]
    entry = lambda: r.choice([repr(round(r.uniform(0.4, 1.2), 4)), repr(r.uniform(0, 2)), number_text(r)])
    return ("{" + ",".join(
        quoted(r, r.choice(keys)) + ": " + (value(r) if r.random() < 0.06 else entry())
        for _ in range(r.randrange(6))) + "}")


def prior(r):
    if r.random() < 0.3:
        return None
    if r.random() < 0.08:
        return damaged(r, value(r).encode("utf-8", "surrogatepass"), 0.2)
    fields = []
    if r.random() < 0.9:
        fields.append('"version": ' + r.choice(["1", "1", value(r)]))
    if r.random() < 0.9:
        fields.append('"generated_at": ' + r.choice(['"2025-01-01T00:00:00Z"', "null", "null", value(r)]))
    if r.random() < 0.9:
        fields.append('"multipliers": ' + multipliers(r))
    if r.random() < 0.2:
        fields.append(quoted(r, text(r)) + ": " + value(r))
    if r.random() < 0.2:
        r.shuffle(fields)
    return damaged(r, ("{" + ", ".join(fields) + "}").encode("utf-8", "surrogatepass"), 0.08)


def run_oracle(oracle, limit):
    try:
        state = oracle.update_confidence_multipliers(*([] if limit is None else [limit]))
        return (json.dumps(state, indent=2) + "\n").encode(), None
    except Exception as error:  # the point is to see which ones
        return None, f"{type(error).__name__}: {error}"


def run_binary(binary, limit):
    # With `=`, so that a negative limit is not taken for another option.
    arguments = [] if limit is None else [f"--limit-rows={limit}"]
    run = subprocess.run([binary, "confidence", "--policy", "seed", "--root", ".", "--json", *arguments],
                         capture_output=True,
                         timeout=60)
    if run.returncode not in (0, 1):
        return None, f"exit {run.returncode}: {run.stderr.decode(errors='replace')[:300]}", True
    return (run.stdout if run.returncode == 0 else None), run.stderr.decode(errors="replace").strip(), False


def content_of_state():
    return Path(STATE).read_bytes() if Path(STATE).exists() else None


def compare(oracle, binary, seed):
    """Returns (did the oracle raise, a description of the difference or None)."""
    r = random.Random(seed)
    rows, before = reconciled(r), prior(r)
    limit = r.choice([None, None, None, 1, 5, 30, 300, 0, -1, -3, -40, -(10**6), 10**6])
    results = []
    for side in ("oracle", "binary"):
        with tempfile.TemporaryDirectory() as root:
            os.chdir(root)
            place(root, rows, before)
            if side == "oracle":
                printed, message = run_oracle(oracle, limit)
                broken = False
            else:
                printed, message, broken = run_binary(binary, limit)
            results.append((mask(printed, before), mask(content_of_state(), before), message, broken))
            os.chdir("/")
    (printed, state, message, _), (our_printed, our_state, our_message, broken) = results
    if broken or printed != our_printed or state != our_state:
        return printed is None, (
            f"seed {seed}, limit {limit}\n rows   {rows!r:.3000}\n before {before!r:.2000}\n"
            f" oracle {printed!r:.2000}\n        {message}\n ours   {our_printed!r:.2000}\n        {our_message}\n"
            f" states {state!r:.1500}\n        {our_state!r:.1500}"
        )
    return printed is None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("oracle")
    parser.add_argument("binary")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    spec = importlib.util.spec_from_file_location("oracle", arguments.oracle)
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    binary = os.path.abspath(arguments.binary)
    raised = differences = 0
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        did_raise, difference = compare(oracle, binary, seed)
        raised += did_raise
        if difference:
            differences += 1
            print(difference, flush=True)
            if differences == 20:
                break
    print(f"seeds {arguments.seed}..{seed}: the oracle raised in {raised}, {differences} differences")
    sys.exit(differences > 0)


if __name__ == "__main__":
    main()
