import Domain
import Operation
import Testing

/// When what is said is said.
struct AlertBookTests {
    private static let kill = AlertCondition(.kill, "aurora", title: "aurora is killed", text: "31.2 >= 30")
    private static let band = AlertCondition(.warningBand, "aurora", title: "aurora is near", text: "21 of 30")

    /// Minutes after the start, and what is so then.
    private final class Play {
        let ledger = AlertLedger()
        var rules: AlertRules
        var observed = Set(AlertKind.allCases)

        init(_ rules: AlertRules) { self.rules = rules }

        /// The identities of what is said, once a message.
        @discardableResult
        func at(_ minute: Int64, _ conditions: [AlertCondition]) throws -> [String] {
            let now = AlertSample.start + .minutes(minute)
            let turn = AlertBook(rules: rules, now: now).turn(
                records: try ledger.log.records(),
                observation: AlertObservation(conditions: conditions, observed: observed),
                recent: try ledger.log.messages(1_000))
            try ledger.log.commit(turn.records, turn.messages)
            #expect(ledger.with { $0.offered == $0.messages.count }, "nothing is offered twice")
            var identities: [String] = []
            for message in turn.messages where !identities.contains(message.identity) {
                identities.append(message.identity)
            }
            return identities
        }

        var newest: AlertMessage? { ledger.with { $0.messages.last } }
    }

    private func rules(
        repeatAfter: Span? = nil, throttle: Int64 = 30, messagesPerHour: Int = 30, clear: Int64 = 60,
        muted: Set<AlertKind> = [], channels: [String] = ["desk"]
    ) -> AlertRules {
        AlertRules(
            channels: channels, muted: muted, repeatAfter: repeatAfter, throttle: .minutes(throttle),
            messagesPerHour: messagesPerHour, clearAfter: .minutes(clear))
    }

    @Test("What is raised is told once, however often it is looked at")
    func once() throws {
        let play = Play(rules())
        #expect(try play.at(0, [Self.band]) == ["warning-band/aurora/1/raised"])
        for minute in [0, 1, 60, 6_000] as [Int64] { #expect(try play.at(minute, [Self.band]) == []) }
        #expect(play.newest?.title == "aurora is near" && play.newest?.text == "21 of 30")
    }

    @Test("A condition is over when it has been gone for long enough, and its return is another episode")
    func resolved() throws {
        let play = Play(rules())
        try play.at(0, [Self.band])
        #expect(try play.at(100, []) == [])
        #expect(try play.at(159, []) == [])
        #expect(try play.at(160, []) == ["warning-band/aurora/1/resolved"])
        #expect(play.newest?.isResolved == true && play.newest?.title == "Resolved: aurora is near")
        #expect(play.newest?.text.contains("Raised at 2025-10-25T00:00:00Z, over since 2025-10-25T01:40:00Z") == true)
        #expect(try play.at(161, []) == [])
        #expect(try play.at(300, [Self.band]) == ["warning-band/aurora/2/raised"])
    }

    @Test("A condition that flutters is told once, and its last silence resolves it")
    func flutters() throws {
        let play = Play(rules())
        try play.at(0, [Self.band])
        for minute in stride(from: 1, to: 600, by: 2) as StrideTo<Int64> {
            #expect(try play.at(minute, []) == [])
            #expect(try play.at(minute + 1, [Self.band]) == [])
        }
        #expect(try play.at(700, []) == [])
        #expect(try play.at(760, []) == ["warning-band/aurora/1/resolved"])
    }

    @Test("Between two messages about the same thing lies the throttle, and what it holds back is told late")
    func throttled() throws {
        let play = Play(rules(clear: 0))
        try play.at(0, [Self.band])
        #expect(try play.at(1, []) == [])
        #expect(try play.at(30, []) == ["warning-band/aurora/1/resolved"])
        #expect(try play.at(31, [Self.band]) == [])
        #expect(try play.at(32, []) == [])
        #expect(try play.at(60, []) == ["warning-band/aurora/2/raised"])
        #expect(play.newest?.text.contains("Raised at 2025-10-25T00:31:00Z, over since 2025-10-25T00:32:00Z") == true)
        #expect(try play.at(90, []) == ["warning-band/aurora/2/resolved"])
    }

    @Test("A level holds between raising and clearing only what was raised")
    func levels() throws {
        func fall(_ sigmas: Double) -> [AlertCondition] {
            [
                AlertCondition(
                    .fleetDrawdown, "", title: "fall", text: "\(sigmas)", value: sigmas, raisesAt: 6, clearsBelow: 4)
            ]
        }
        let play = Play(rules(throttle: 0, clear: 0))
        #expect(try play.at(0, fall(5)) == [])
        #expect(try play.at(1, fall(6)) == ["fleet-drawdown//1/raised"])
        #expect(try play.at(2, fall(4.5)) == [])
        #expect(try play.at(3, fall(6.5)) == [])
        #expect(try play.at(4, []) == ["fleet-drawdown//1/resolved"])
        #expect(try play.at(5, fall(5)) == [])
    }

    @Test("A kill is over when a person revives, without a wait but for the throttle")
    func killEnds() throws {
        let play = Play(rules())
        try play.at(0, [Self.kill])
        #expect(try play.at(29, []) == [])
        #expect(try play.at(30, []) == ["kill/aurora/1/resolved"])
        #expect(play.newest?.text.hasPrefix("It is not killed any more") == true)
    }

    @Test("What waits for somebody is told again, what has happened is not")
    func repeated() throws {
        let play = Play(rules(repeatAfter: .hours(24)))
        try play.at(0, [Self.kill, Self.band])
        #expect(try play.at(1_439, [Self.kill, Self.band]) == [])
        let again = try play.at(1_440, [Self.kill, Self.band])
        #expect(again == ["warning-band/aurora/1/repeated/2025-10-26T00:00:00Z"])
        #expect(play.newest?.title == "Still so: aurora is near")
        #expect(try play.at(1_440, [Self.kill, Self.band]) == [])
        #expect(try play.at(2_000, [Self.kill]) == [])
        #expect(try play.at(2_059, [Self.kill]) == [], "what is gone is not repeated")
    }

    private static func silent(_ count: Int) -> [AlertCondition] {
        (0..<count).map {
            AlertCondition(.jobFailing, "S\($0 + 100)", title: "The job fails: S\($0 + 100)", text: "since then")
        }
    }

    @Test("What comes beyond the limit of an hour is told in one message that names all of it")
    func digest() throws {
        let play = Play(rules(messagesPerHour: 5))
        let told = try play.at(0, Self.silent(12))
        #expect(told.count == 5 && told.prefix(4).allSatisfy { $0.hasSuffix("/1/raised") })
        #expect(told.last?.hasPrefix("digest/") == true)
        let text = play.newest?.text ?? ""
        for number in 104...111 { #expect(text.contains("job-failing S\(number): The job fails: S\(number)")) }
        #expect(!text.contains("S103") && play.newest?.title == "8 alerts at once" && play.newest?.kind == nil)
        // The hour is full: what follows waits for the next digest, and no longer.
        #expect(try play.at(1, Self.silent(12) + [Self.kill]) == [])
        #expect(try play.at(9, Self.silent(12) + [Self.kill]) == [])
        let late = try play.at(10, Self.silent(12) + [Self.kill])
        #expect(late.count == 1 && late.first?.hasPrefix("digest/") == true)
        #expect(play.newest?.text.contains("kill aurora") == true)
        // An hour later there is room again, for each by itself.
        #expect(try play.at(80, [Self.kill, Self.band] + Self.silent(12)) == ["warning-band/aurora/1/raised"])
    }

    @Test("Resolved messages are held back and gathered like the others, and none is lost")
    func digestOfResolved() throws {
        let play = Play(rules(throttle: 0, messagesPerHour: 3, clear: 0))
        try play.at(0, Self.silent(8))
        let ends = try play.at(100, [])
        #expect(ends.count == 3 && ends[0] == "job-failing/S100/1/resolved" && ends[2].hasPrefix("digest/"))
        #expect(play.newest?.isResolved == true && play.newest?.text.contains("resolved job-failing S107") == true)
        #expect(play.ledger.with { $0.records.allSatisfy { $0.state == .resolved } })
    }

    @Test("At the first look at an old fleet everything in the report is told together")
    func firstLook() throws {
        let play = Play(rules())
        let standing = (1...50).map { AlertCondition(.silentAgent, "a\($0)", title: "a\($0) is silent", text: "") }
        let told = try play.at(0, standing + [Self.kill] + Self.silent(1))
        #expect(told.count == 2 && told[0] == "job-failing/S100/1/raised" && told[1].hasPrefix("digest/"))
        #expect(play.newest?.title == "51 alerts at once")
        #expect(play.newest?.text.hasPrefix("1 kill, 50 silent-agent. ") == true)
        #expect(play.newest?.text.contains("\n- kill aurora: aurora is killed\n") == true)
        #expect(try play.at(1, standing + [Self.kill] + Self.silent(1)) == [])
        #expect(try play.at(2, standing + [Self.kill, Self.band]) == ["warning-band/aurora/1/raised"])
    }

    @Test("The first look is the first report's, even if a job was told of before; a few alerts are told one by one")
    func firstReport() throws {
        let job = AlertCondition(.jobFailing, "report", title: "The job report fails", text: "disk full")
        let standing = (1...5).map { AlertCondition(.silentAgent, "a\($0)", title: "a\($0) is silent", text: "") }
        let play = Play(rules())
        #expect(try play.at(0, [job]) == ["job-failing/report/1/raised"])
        #expect(try play.at(1, [job] + standing).first?.hasPrefix("digest/") == true)
        let few = Play(rules())
        let told = try few.at(0, Array(standing.prefix(4)))
        #expect(told == (1...4).map { "silent-agent/a\($0)/1/raised" })
    }

    @Test("What nobody looked at is neither raised nor over")
    func unobserved() throws {
        let play = Play(rules(throttle: 0, clear: 0))
        try play.at(0, [Self.band])
        play.observed = [.jobFailing]
        #expect(try play.at(500, []) == [])
        play.observed = Set(AlertKind.allCases)
        #expect(try play.at(501, []) == ["warning-band/aurora/1/resolved"])
    }

    @Test("Prices that lack only until they are fetched are nothing; those that stay away are told after a while")
    func settles() throws {
        let lack = AlertCondition(.noPrices, "BTC", title: "No prices of BTC", text: "for 70 hours")
        let play = Play(rules(throttle: 0, clear: 0))
        #expect(try play.at(0, [lack]) == [])
        #expect(try play.at(14, [lack]) == [])
        #expect(try play.at(14, []) == [])
        #expect(play.ledger.with { $0.records.map(\.state) } == [.resolved])
        #expect(try play.at(20, [lack]) == [])
        #expect(try play.at(35, [lack]) == ["no-prices/BTC/2/raised"])
        #expect(play.newest?.text == "Raised at 2025-10-25T00:20:00Z. for 70 hours")
        #expect(try play.at(36, []) == ["no-prices/BTC/2/resolved"])
    }

    @Test("Muted kinds are not told, and what stood when they were muted ends in silence")
    func muted() throws {
        let play = Play(rules(throttle: 0, clear: 0))
        try play.at(0, [Self.band])
        play.rules.muted = [.warningBand]
        #expect(try play.at(1, [Self.band]) == [])
        #expect(play.ledger.with { $0.records.map(\.state) } == [.resolved])
        play.rules.muted = []
        #expect(try play.at(2, [Self.band]) == ["warning-band/aurora/2/raised"])
    }

    @Test("Without a channel alerts are kept on record, and who comes later is told what stands")
    func withoutChannels() throws {
        let play = Play(rules(clear: 10, channels: []))
        #expect(try play.at(0, [Self.kill, Self.band]) == [])
        #expect(try play.at(1, [Self.kill]) == [])
        #expect(try play.at(11, [Self.kill]) == [])
        #expect(play.ledger.with { $0.records.map(\.state) } == [.raised, .resolved])
        play.rules.channels = ["desk", "phone"]
        #expect(try play.at(12, [Self.kill]) == ["kill/aurora/1/raised"])
        #expect(play.ledger.with { $0.messages.map(\.channel) } == ["desk", "phone"])
    }

    @Test("A clock that is set back resends nothing, and nothing waits for it to catch up")
    func clockSetBack() throws {
        let play = Play(rules(repeatAfter: .hours(24)))
        let year: Int64 = 365 * 1_440
        try play.at(year, [Self.band])
        #expect(try play.at(0, [Self.band]) == [])
        #expect(try play.at(1, [Self.band, Self.kill]) == ["kill/aurora/1/raised"])
        #expect(try play.at(2, [Self.kill]) == [])
        #expect(try play.at(62, [Self.kill]) == ["warning-band/aurora/1/resolved"])
        #expect(try play.at(3, [Self.kill]) == [])
        #expect(try play.at(100, [Self.kill, Self.band]) == ["warning-band/aurora/2/raised"])
    }

    @Test("Two names that Unicode holds to be equal are two agents")
    func spellings() throws {
        let play = Play(rules())
        let names = ["caf\u{E9}", "cafe\u{301}"]
        try play.at(0, [Self.kill])
        let told = try play.at(1, [Self.kill] + names.map { AlertCondition(.warningBand, $0, title: $0, text: "") })
        #expect(!told.isEmpty)
        #expect(play.ledger.with { $0.messages.count } == 3)
    }
}
