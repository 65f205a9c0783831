import Domain
import Operation
import Testing

/// What a report and the daemon's own state have to tell.
struct AlertConditionTests {
    private typealias Sample = AlertSample
    private let rules = AlertRules(channels: ["desk"])

    private func conditions(
        _ report: Report?, previous: Report? = nil, _ state: OperationalState = .init(now: Sample.start)
    ) -> [AlertCondition] {
        AlertObservation(report: report, previous: previous, state: state, rules: rules).conditions
    }

    @Test("A quiet fleet has nothing to tell")
    func quiet() {
        let report = Sample.report(
            [Sample.agent("aurora", Sample.verdict(.hold, .candidate))],
            strategies: [Sample.strategy("trend", sigmas: 2.1), Sample.strategy("carry", sigmas: nil)],
            fleetSigmas: 1.5)
        #expect(conditions(report).isEmpty)
    }

    @Test("A kill says who or what killed, with the numbers, what it held and how to undo it")
    func kill() throws {
        let before = Sample.report([], weights: ["aurora": 0.1234])
        let byPolicy = try #require(conditions(Sample.report([Sample.killed("aurora")]), previous: before).first)
        #expect(byPolicy.kind == .kill && byPolicy.subject == "aurora" && byPolicy.title == "aurora is killed")
        #expect(byPolicy.text.contains("by the policy"))
        #expect(byPolicy.text.contains("fell by 31.2 >= 30 sigmas"))
        #expect(byPolicy.text.contains("12.3 % of the capital"))
        #expect(byPolicy.text.contains("agents revive aurora --reason"))
        let byPerson = try #require(conditions(Sample.report([Sample.killed("aurora", byPerson: true)])).first)
        for word in ["by a person", "ada", "broken"] { #expect(byPerson.text.contains(word)) }
    }

    @Test(
        "A name that would run as a command is quoted where a command is proposed, and stays on its line",
        arguments: [
            ("aurora-1.b", "revive aurora-1.b --reason"), ("x; rm -rf ~", "revive 'x; rm -rf ~' --reason"),
            ("it's", #"revive 'it'\''s' --reason"#), ("-h", "revive --reason ... -- -h`"),
        ])
    func hostileNames(name: String, command: String) {
        let found = conditions(Sample.report([Sample.killed(name)]))
        #expect(found.first?.text.contains(command) == true)
        let lines = AlertCondition(.kill, "a", title: "a\n- kill b", text: "one\r\ntwo\u{202E}three\u{1B}[31m")
        #expect(lines.title == "a - kill b" && lines.text == "one two?three?[31m")
    }

    @Test("Of a killed agent its warning band and its silence are not told beside the kill")
    func killAlone() {
        let agent = Sample.agent(
            "aurora", Sample.verdict(.kill, .killed, isNearLimit: true), isAsleep: true,
            card: Sample.card(lastSignalAt: Sample.start - .days(40), open: 0))
        #expect(conditions(Sample.report([agent])).map(\.kind) == [.kill])
    }

    @Test("A promotion that waits says what was compared and how to decide")
    func promotion() throws {
        let agent = Sample.agent("aurora", Sample.verdict(.awaitApproval, .candidate, reason: "every gate is passed"))
        let condition = try #require(conditions(Sample.report([agent])).first)
        #expect(condition.kind == .promotionAwaitingApproval)
        #expect(condition.text.contains("error_rate 0 <= 0"))
        #expect(condition.text.contains("agents promote aurora --reason"))
    }

    @Test(
        "The warning band and probation are told, with the fall",
        arguments: [(Stage.promoted, true), (.probation, false)])
    func warning(stage: Stage, isNearLimit: Bool) throws {
        let agent = Sample.agent("aurora", Sample.verdict(.hold, stage, sigmas: 20.5, isNearLimit: isNearLimit))
        let condition = try #require(conditions(Sample.report([agent])).first)
        #expect(condition.kind == .warningBand && condition.value == 20.5 && condition.text.contains("20.5 daily"))
    }

    @Test(
        "A CVaR is told from the raising level on, holds above the clearing one, and too few outcomes are no breach",
        arguments: [(nil, nil), (3.4, nil), (3.5, false), (3.9, false), (4.0, true), (6.2, true)] as [(Double?, Bool?)])
    func tailRisk(sigmas: Double?, isRaising: Bool?) {
        let found = conditions(Sample.report([], strategies: [Sample.strategy("trend", sigmas: sigmas)]))
        #expect(found.first?.isRaising == isRaising)
        if let condition = found.first {
            #expect(condition.kind == .tailRiskBreach && condition.subject == "trend" && condition.value == sigmas)
            #expect(condition.text.contains("412 outcomes"))
        }
    }

    @Test(
        "The fleet's drawdown has two levels as well",
        arguments: [(nil, nil), (3.9, nil), (4.0, false), (6.0, true)] as [(Double?, Bool?)])
    func fleetDrawdown(sigmas: Double?, isRaising: Bool?) {
        let found = conditions(Sample.report([], fleetSigmas: sigmas))
        #expect(found.first?.isRaising == isRaising)
        #expect(found.first.map { $0.kind == .fleetDrawdown && $0.subject.isEmpty } ?? true)
    }

    @Test("Only a fit that was tried and lost is a refusal")
    func modelRefused() {
        let refused = "score-linear stays in force; ridge at 1: 31,000 bps^2 ...: no better than zero"
        let untried = "score-linear: ridge was tried out of sample on 12 days, 20 are needed"
        func found(_ forecaster: ForecasterReport) -> [AlertKind] {
            conditions(Sample.report([], forecaster: forecaster)).map(\.kind)
        }
        #expect(found(Sample.forecaster(reason: refused, isTried: true)) == [.modelRefused])
        #expect(found(Sample.forecaster(reason: untried, isTried: true)).isEmpty)
        #expect(found(Sample.forecaster(reason: refused, isTried: false)).isEmpty)
        #expect(found(Sample.forecaster(reason: "ridge at 1: better", isTried: true, isRidge: true)).isEmpty)
    }

    @Test(
        "Silence is longer than the policy waits and than twice the agent's own rhythm",
        arguments: [
            // Days since the last signal, hours between signals, open signals, told.
            (2, 1, 0, false), (4, 1, 0, true), (4, 1, 1, false), (8, 168, 0, false), (15, 168, 0, true),
        ] as [(Int64, Int64, Int, Bool)])
    func silence(days: Int64, interval: Int64, open: Int, isTold: Bool) {
        let last = Sample.start - .days(days)
        var card = Sample.card(lastSignalAt: last, signals: 11, open: open)
        card.firstSignalAt = last - .hours(interval * 10)
        let agent = Sample.agent("aurora", Sample.verdict(.hold, .candidate), isAsleep: open == 0, card: card)
        #expect(conditions(Sample.report([agent])).map(\.kind) == (isTold ? [.silentAgent] : []))
    }

    @Test("Who never spoke is not silent, and nobody is where the policy waits for ever")
    func neverSpoke() {
        let mute = Sample.agent(
            "aurora", Sample.verdict(.hold, .candidate), isAsleep: true, card: Sample.card(lastSignalAt: nil, open: 0))
        #expect(conditions(Sample.report([mute])).isEmpty)
        let gone = Sample.agent(
            "boreas", Sample.verdict(.hold, .candidate), isAsleep: true,
            card: Sample.card(lastSignalAt: Sample.start - .days(90), open: 0))
        let patient = AlertRules(channels: ["desk"], silentAfterDays: nil)
        let observation = AlertObservation(
            report: Sample.report([gone]), previous: nil, state: .init(now: Sample.start), rules: patient)
        #expect(observation.conditions.isEmpty)
    }

    @Test(
        "Prices are missed after the set time, at once where the instrument is stopped, and only where they are needed",
        arguments: [
            (2, nil, 2, false), (3, nil, 2, true), (30, nil, 0, false), (0, .halted, 1, true), (0, .delisted, 1, true),
            (0, .trading, 1, false),
        ] as [(Int64, InstrumentState?, Int, Bool)])
    func noPrices(hours: Int64, state: InstrumentState?, open: Int, isTold: Bool) {
        var standing = Sample.prices("ETH/BTC", hours: hours, now: Sample.start, open: open)
        standing.state = state
        standing.venue = .kraken
        let found = conditions(nil, .init(now: Sample.start, prices: [standing]))
        #expect(found.map(\.subject) == (isTold ? ["ETH/BTC"] : []))
        if let state, state != .trading {
            #expect(found.first?.text.contains("\(state.rawValue) at kraken") == true)
        }
    }

    @Test("Failures in a row are counted to the last success; what was interrupted says nothing")
    func jobs() throws {
        let runs = [
            Sample.run(.supervise, .running, at: 9), Sample.run(.supervise, .failed, at: 8, "database is locked"),
            Sample.run(.supervise, .interrupted, at: 7), Sample.run(.supervise, .timedOut, at: 6),
            Sample.run(.supervise, .failed, at: 5), Sample.run(.supervise, .succeeded, at: 4),
            Sample.run(.supervise, .failed, at: 3),
        ]
        let standing = JobStanding(job: .supervise, runs: runs)
        #expect(standing.failureCount == 3)
        #expect(standing.firstFailureAt == Sample.start + .minutes(5))
        #expect(standing.lastFailureAt == Sample.start + .minutes(9))
        let condition = try #require(conditions(nil, .init(now: Sample.start, jobs: [standing])).first)
        #expect(condition.kind == .jobFailing && condition.subject == "supervise")
        #expect(condition.text.contains("3 times in a row") && condition.text.contains("database is locked"))
        let twice = JobStanding(job: .supervise, runs: Array(runs[1...3]))
        #expect(conditions(nil, .init(now: Sample.start, jobs: [twice])).isEmpty)
    }

    @Test("A job that hangs is told at its first failure: it never fails again")
    func hanging() throws {
        let standing = JobStanding(
            job: .train, runs: [Sample.run(.train, .timedOut, at: 2), Sample.run(.train, .succeeded, at: 1)],
            isHanging: true)
        let condition = try #require(conditions(nil, .init(now: Sample.start, jobs: [standing])).first)
        #expect(condition.kind == .jobFailing && condition.subject == "train" && condition.isRaising)
        #expect(condition.title == "The job train hangs" && condition.text.contains("Restart the daemon"))
    }

    @Test("A backup that fails is an alert of its own")
    func backup() {
        let standing = JobStanding(
            job: .backup, runs: [3, 2, 1].map { Sample.run(.backup, .failed, at: $0) })
        let found = conditions(nil, .init(now: Sample.start, jobs: [standing]))
        #expect(found.map(\.kind) == [.backupFailing] && found.first?.subject == "")
        #expect(found.first?.text.contains("disk full") == true)
    }

    @Test("What nobody looked at is not observed")
    func observed() {
        let rules = rules
        func observed(_ report: Report?, _ state: OperationalState) -> Set<AlertKind> {
            AlertObservation(report: report, previous: nil, state: state, rules: rules).observed
        }
        #expect(observed(nil, .init(now: Sample.start)).isEmpty)
        #expect(observed(nil, .init(now: Sample.start, prices: [])) == [.noPrices])
        #expect(observed(nil, .init(now: Sample.start, jobs: [])) == [.jobFailing, .backupFailing])
        let all = observed(Sample.report(), .init(now: Sample.start, prices: [], jobs: []))
        #expect(all == Set(AlertKind.allCases))
    }
}
