import Foundation

/// Row 6: replay.
extension Bench {
    struct ReplayLedger {
        var root: String
        var fleet: ReplayFleet
        var clock: SimulatedClock
    }

    func replayLedger(_ fleet: ReplayFleet) throws -> ReplayLedger {
        let root = try cache.folder(fleet.name, bytes: fleet.outcomeCount * 600 + 50_000_000) { root in
            try fleet.write(below: root)
            let clock = SimulatedClock(path: root + "/clock")
            try clock.set(ReplayFleet.startSeconds + (fleet.dayCount + 3) * MadeRows.daySeconds)
            _ = try process(["ingest", "--as-history", "--root", root, "--quiet"], clock: clock).run()
        }
        return ReplayLedger(root: root, fleet: fleet, clock: SimulatedClock(path: root + "/clock"))
    }

    func replayProcess(_ ledger: ReplayLedger, policies: [String] = []) -> ChildProcess {
        process(
            ["replay", "--root", ledger.root, "--quiet"] + policies.flatMap { ["--policy", $0] }, clock: ledger.clock)
    }

    func replay() throws -> SpeedResult {
        let large = try replayLedger(ReplayFleet(agentCount: count(1_000), years: 3))
        let small = try replayLedger(ReplayFleet(agentCount: count(250), years: 3))
        let samples = try Contender.race(
            [
                Contender("standard", replayProcess(large, policies: ["standard"])),
                Contender("smaller", replayProcess(small, policies: ["standard"])),
                Contender("five", replayProcess(large)),
            ], rounds: min(rounds, 2), warmUp: false)
        let work = "replay, \(Markdown.grouped(large.fleet.agentCount)) agents, 3 years, 6 instruments, hourly bars, "
            + "a decision a day"
        let perOutcome = { (samples: Samples, ledger: ReplayLedger) in
            samples.medianSeconds / Double(ledger.fleet.outcomeCount)
        }
        let growth = perOutcome(samples[0], large) / perOutcome(samples[1], small)
        return SpeedResult(lines: [
            SpeedLine(
                work + ", `--policy standard` and the equal weights it is compared with",
                asked: "at most 60 s and 256 MB", measured: samples[0].text,
                verdict: samples[0].medianSeconds <= 60 && samples[0].peakMegabytes <= 256 ? .met : .missed),
            SpeedLine(
                "the same, cost of an outcome", asked: "linear in outcomes",
                measured: Markdown.text(perOutcome(samples[0], large) * 1e6, 1) + " us",
                peer: "a quarter of the agents: \(Markdown.text(perOutcome(samples[1], small) * 1e6, 1)) us",
                ratio: Markdown.text(growth, 2), verdict: growth <= 1.15 ? .met : .missed),
            SpeedLine(
                "the same, all five policies of a plain `replay`", measured: samples[2].text,
                peer: "two policies", ratio: Markdown.text(samples[2].medianSeconds / samples[0].medianSeconds, 2)),
        ])
    }
}
