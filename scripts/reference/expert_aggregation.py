"""Makes Tests/StatisticsTests/ExpertReferences.swift and Tests/RecordedDataTests/ElectricityReferences.swift: losses
and weights of the aggregation rules, written down here plainly from where they were published and knowing nothing of
the Swift code.

    pip install numpy
    python scripts/reference/expert_aggregation.py Tests [FOLDER OF opera_experts_electricity]

AdaHedge      de Rooij, van Erven, Grünwald & Koolen 2014: rate ln K / (sum of mixability gaps)
fixed share   Herbster & Warmuth 1998, with R package opera's shares: (1 - z) v + z / K. The rate constant, or ours:
              AdaHedge's, with the cost of switching in place of ln K; when it falls, weights are taken to the power
              of new rate / old rate (Cesa-Bianchi, Gaillard, Lugosi & Stoltz 2012)
ML-Poly       Gaillard, Stoltz & van Erven 2014, rates as in R package opera 1.2, function MLpol
Bernstein     Wintenberger 2017, rates as in R package opera 1.2, function BOA (variances times 2.2)

Forgetting is what it claims to be: the rule without it, on losses that grow by 2^(1 / half-life) a round.
Sleepers are charged the mix's loss. The losses are linear in the weights. For the electric load they are the
linearized square loss, 2 (forecast of the mix - load) x forecast of the expert: opera's defaults (loss.type "square",
loss.gradient TRUE).
"""
import math
import sys
from pathlib import Path

import numpy as np

from xoshiro256 import Xoshiro256


class AdaHedge:
    def __init__(self, masses):
        self.prior = masses / masses.sum()
        self.losses = np.zeros(len(masses))
        self.gaps = 0.0

    def weights(self, awake):
        behind = self.losses - self.losses[awake].min()
        if self.gaps == 0:
            w = np.where(awake & (behind == 0), self.prior, 0.0)
        else:
            self.eta = math.log(max(2, len(self.prior))) / self.gaps
            w = np.where(awake, self.prior * np.exp(-self.eta * behind), 0.0)
        return w / w.sum()

    def learn(self, losses, mix, w, awake):
        before = self.losses[awake].min()
        self.losses = self.losses + np.where(awake, losses, mix)
        if self.gaps == 0:
            self.gaps += mix - (self.losses[awake].min() - before)
        else:
            low = losses[awake].min()
            spread = np.exp(-self.eta * (losses[awake] - low))
            self.gaps += mix - (low - math.log((w[awake] * spread).sum()) / self.eta)


class FixedShare:
    def __init__(self, masses, z, eta=None, discount=1.0):
        self.prior = masses / masses.sum()
        self.p = self.prior.copy()
        self.z, self.constant, self.discount = z, eta, discount
        self.eta = eta
        self.gaps, self.rounds = 0.0, 0.0

    def weights(self, awake):
        w = np.where(awake, self.p, 0.0)
        return w / w.sum()

    def learn(self, losses, mix, w, awake):
        r = np.where(awake, mix - losses, 0.0)
        if self.eta is None:
            # Nothing has moved so far, or this is the first to move: the leaders' loss is the mixability loss.
            self.gaps += r[awake].max()
            v = None
        else:
            top = r[awake].max()
            self.gaps += top + math.log((w[awake] * np.exp(self.eta * (r[awake] - top))).sum()) / self.eta
            v = self.p * np.exp(self.eta * r)
            v /= v.sum()
        self.rounds = self.discount * self.rounds + 1
        K = max(2, len(self.p))
        c = math.log(K) + (self.z * math.log(K / self.z) - math.log(1 - self.z)) * self.rounds
        if self.constant is not None:
            # On losses that grow the constant rate shrinks by as much.
            new = self.eta * self.discount
        else:
            new = None if self.gaps == 0 else c / self.gaps
            if self.eta is not None:
                new = min(self.eta, new)
        if new is None:
            return
        if v is None:
            u = self.prior * np.exp(new * (r - r.max()))
        else:
            u = self.prior * (v / self.prior) ** (new / self.eta)
        u /= u.sum()
        self.p = (1 - self.z) * u + self.z * self.prior
        self.eta = new


class Polynomial:
    def __init__(self, masses):
        self.masses = masses
        n = len(masses)
        self.R, self.inverse, self.B = np.zeros(n), np.zeros(n), 0.0

    def weights(self, awake):
        positive = np.where(awake, np.maximum(self.R, 0), 0.0)
        w = np.where(awake, self.masses, 0.0)
        if positive.max() > 0:
            w = w * positive / self.inverse
        return w / w.sum()

    def learn(self, losses, mix, w, awake):
        r = np.where(awake, mix - losses, 0.0)
        self.R = self.R + r
        newB = max(self.B, (r**2).max())
        self.inverse = self.inverse + r**2 + newB - self.B
        self.B = newB


class Bernstein:
    def __init__(self, masses):
        self.masses = masses
        n = len(masses)
        self.reg, self.V = np.zeros(n), np.zeros(n)

    def weights(self, awake):
        w = np.where(awake, self.masses, 0.0)
        if self.V.max() > 0:
            V = np.where(self.V > 0, self.V, (self.masses * self.V).sum() / self.masses[self.V > 0].sum())
            aux = np.log(self.masses) - np.log(V) / 2 + self.reg / np.sqrt(2.2 * V)
            w = np.where(awake, np.exp(aux - aux[awake].max()), 0.0)
        return w / w.sum()

    def learn(self, losses, mix, w, awake):
        r = np.where(awake, mix - losses, 0.0)
        first = awake & (self.V == 0)
        if self.V.max() > 0 and first.any():
            self.V[first] = (self.masses * self.V).sum() / self.masses[self.V > 0].sum()
        self.V = self.V + r**2
        moved = self.V > 0
        self.reg[moved] += r[moved] - r[moved] ** 2 / np.sqrt(2.2 * self.V[moved])


def make(rule, masses, discount, z, eta):
    if rule == "adaHedge":
        return AdaHedge(masses)
    if rule == "fixedShare":
        return FixedShare(masses, z, None, discount)
    if rule == "fixedShareConstant":
        return FixedShare(masses, z, eta, discount)
    return Polynomial(masses) if rule == "polynomial" else Bernstein(masses)


def run(rule, rounds, awake, masses, half_life, losses_of, z=0.02, eta=0.5, shown=()):
    discount = 2 ** (-1 / half_life) if half_life else 1.0
    # With growing losses a constant rate is stated for the first round.
    model = make(rule, masses, discount, z, eta)
    total, weights = 0.0, []
    for t in range(rounds):
        w = model.weights(awake[t])
        losses = losses_of(t, w)
        mix = float((w * np.where(awake[t], losses, 0.0)).sum())
        total += mix
        growth = discount ** (-t)
        model.learn(losses * growth, mix * growth, w, awake[t])
        if t + 1 in shown:
            weights.append([float(x) for x in model.weights(awake[t])])
    return total, weights


def generated(seed, rounds, n):
    """Losses of changing scale, heavy tails and a leader that changes; in the first round nobody sleeps."""
    g = Xoshiro256(seed)
    losses, awake = np.zeros((rounds, n)), np.ones((rounds, n), dtype=bool)
    for t in range(rounds):
        for i in range(n):
            u = 2 * g.uniform() - 1
            drift = 0.3 if i != (t // 70) % n else -0.2
            losses[t, i] = drift + u / (1.02 - abs(u))
            awake[t, i] = g.uniform() > 0.25 or t == 0 or i == n - 1
    return losses, awake


RULES = ("adaHedge", "fixedShare", "fixedShareConstant", "polynomial", "bernstein")
CASES = [(rule, half_life) for rule in RULES for half_life in (None, 40)]


def entry(rule, half_life, sleeping, total, weights):
    lines = ["        Run(", f'            rule: "{rule}", halfLife: {half_life if half_life else "nil"}, '
             f"sleeping: {str(sleeping).lower()},", f"            mixLoss: {total!r},", "            weights: ["]
    lines += [" " * 16 + "[" + ", ".join(repr(x) for x in row) + "]," for row in weights]
    return lines + ["            ]),"]


STRUCT = """    struct Run {
        let rule: String
        let halfLife: Double?
        let sleeping: Bool
        let mixLoss: Double
        let weights: [[Double]]
    }
"""


def table(name, doc, shown, extra, entries):
    head = [f"// Generated by scripts/reference/expert_aggregation.py with numpy {np.__version__}.", ""]
    head += [f"enum {name} {{"]
    head += STRUCT.split("\n") + extra + [f"    static let shown = {list(shown)}", "", f"    /// {doc}",
                                         "    static let runs: [Run] = ["]
    return "\n".join(head + entries + ["    ]", "}", ""])


def main(folder, electricity=None):
    seed, rounds, n, shown = 83, 240, 4, (1, 10, 71, 240)
    losses, awake = generated(seed, rounds, n)
    masses = np.array([1.0, 2.0, 0.5, 1.0])
    entries = []
    for rule, half_life in CASES:
        for sleeping in (False, True):
            who = awake if sleeping else np.ones_like(awake)
            total, weights = run(rule, rounds, who, masses, half_life, lambda t, w: losses[t], shown=shown)
            entries += entry(rule, half_life, sleeping, total, weights)
    extra = [f"    static let seed: UInt64 = {seed}", f"    static let rounds = {rounds}",
             f"    static let masses = {[float(m) for m in masses]}"]
    doc = "The sum of the mix's losses; the weights after the rounds shown."
    path = Path(folder, "StatisticsTests", "ExpertReferences.swift")
    path.write_text(table("ExpertReferences", doc, shown, extra, entries))
    if electricity is None:
        return
    experts = np.loadtxt(Path(electricity, "experts.csv"), delimiter=",", skiprows=1)
    load = np.loadtxt(Path(electricity, "targets.csv"), delimiter=",", skiprows=1)
    shown, entries = (1, 2, 10, 50, 112), []
    for rule, half_life in CASES:
        squares = []

        def linearized(t, w):
            forecast = float((w * experts[t]).sum())
            squares.append((forecast - load[t]) ** 2)
            return 2 * (forecast - load[t]) * experts[t]

        everybody = np.ones(experts.shape, dtype=bool)
        _, weights = run(rule, len(load), everybody, np.ones(3), half_life, linearized, eta=1e-8, shown=shown)
        entries += entry(rule, half_life, False, float(np.mean(squares)) ** 0.5, weights)
        print(rule, half_life, float(np.mean(squares)) ** 0.5, weights[-1])
    doc = "mixLoss: the root of the mean square error of the mix, in MW."
    path = Path(folder, "RecordedDataTests", "ElectricityReferences.swift")
    path.write_text(table("ElectricityReferences", doc, shown, [], entries))


if __name__ == "__main__":
    main(*sys.argv[1:])
