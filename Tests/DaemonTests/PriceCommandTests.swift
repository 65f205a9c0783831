import Domain
import Glibc
import JSONText
import Ledger
import LocalExchange
import Operation
import ProgramHarness
import Testing

/// `meta-supervisord prices`, against exchanges on the loopback.
@Suite struct PriceCommandTests {
    /// All bars of a symbol in the ledger, with every version, in the order of their openings.
    private static func bars(_ name: String, in scene: Scene) throws -> [Bar] {
        try scene.withLedger { ledger in
            var bars: [Bar] = []
            try ledger.factLog.read(nil, scene.now) { batch in
                for series in batch.bars where series.symbol.name == name { bars += series.bars.map(\.value) }
            }
            return bars.sorted { $0.openAt < $1.openAt }
        }
    }

    @Test("A back-fill killed again and again ends with each bar of the exchange once and none missing")
    func killed() throws {
        let scene = try Scene(["prices.barLength": "\"15m\""])
        let from = Scene.start - .days(28)
        let command = ["prices", "backfill", "--symbols", "BTC,ETH", "--from", "\(from)", "--quiet"]
        scene.exchange.disturb(probability: 1, [.delay(milliseconds: 15)], seed: 1)
        for requestCount in [3, 7, 12, 18] {
            scene.exchange.forgetRequests()
            let running = try scene.start("meta-supervisord", command)
            try eventually("request \(requestCount)") { scene.exchange.requests.count >= requestCount }
            kill(running.process, SIGKILL)
            #expect(try running.wait().wasKilled, "it ended before it was killed: the kill tells nothing")
        }
        scene.exchange.calm()
        let ended = try scene.start("meta-supervisord", command + ["--json"]).wait()
        ended.expect(0)
        let document = try JSONValue.parse(ended.output)
        #expect(document["schema"]?.string == "meta-supervisor/prices-backfill/1")
        #expect(document["bars_missing"]?.double == 0 && document["withdrawn"]?.double == 0, "\(ended.text)")

        for name in ["BTC", "ETH"] {
            let stored = try Self.bars(name, in: scene)
            let length = Span.minutes(15)
            var expected: [Bar] = []
            var opening = from
            // What closes at this very moment is not finished yet.
            while opening + length < scene.now {
                expected.append(
                    try #require(scene.exchange.bar(name, "USDT", at: .binance, opening: opening, length: length)))
                opening = opening + length
            }
            #expect(stored.count == expected.count && expected.count == 28 * 96 - 1, "\(name): \(stored.count)")
            #expect(stored == expected)
        }

        // And nothing is left to ask for.
        scene.exchange.forgetRequests()
        let again = try scene.start("meta-supervisord", command + ["--json"]).wait()
        again.expect(0)
        #expect(try JSONValue.parse(again.output)["bars"]?.double == 0)
    }

    @Test("Bars that no venue has are gaps: listed, counted, never filled, and filled once a venue has them")
    func gaps() throws {
        let scene = try Scene()
        let hole = (Scene.start - .hours(20))..<(Scene.start - .hours(17))
        for venue in Venue.allCases {
            scene.exchange.distort(Distortion(.missing, at: venue, base: "BTC", openings: hole))
        }
        let command = ["prices", "backfill", "--symbols", "BTC", "--from", "\(Scene.start - .days(2))", "--quiet"]
        try scene.start("meta-supervisord", command).wait().expect(0)
        let listed = try scene.run("prices", "gaps", "--json")
        listed.expect(0)
        let gaps = try #require(JSONValue.parse(listed.output)["gaps"]?.array)
        #expect(gaps.count == 1, "\(listed.text)")
        #expect(gaps.first?["from"]?.string == "\(hole.lowerBound)")
        #expect(gaps.first?["through"]?.string == "\(hole.upperBound)")
        #expect(gaps.first?["bars_missing"]?.double == 3)
        let text = try scene.run("prices", "gaps")
        #expect(text.text.contains("1 gap, 3 bars missing"), "\(text.text)")
        let stored = try Self.bars("BTC", in: scene)
        #expect(stored.count == 44 && !stored.contains { hole.contains($0.openAt) })
        #expect(try scene.supervisor("doctor").text.contains("no exchange has 3 bars"))
        #expect(try scene.run("prices", "gaps", "--symbols", "ETH").text.contains("No gaps"))
    }

    @Test("An unknown symbol fails with the nearest ones and does not stop the others")
    func unknownSymbol() throws {
        let scene = try Scene()
        let ended = try scene.run("prices", "backfill", "--symbols", "BTX,ETH", "--quiet")
        let said = ended.text + ended.errorText
        #expect(said.contains("BTX") && said.contains("the nearest") && said.contains("BTC"), "\(said)")
        #expect(try Self.bars("ETH", in: scene).count >= 40, "\(said)")
        #expect(try Self.bars("BTX", in: scene).isEmpty)
    }

    @Test("A venue that lies is shown by a check and outvoted in a back-fill; two alone that disagree withdraw")
    func disagreement() throws {
        let scene = try Scene()
        let lie = (Scene.start - .hours(10))..<(Scene.start - .hours(8))
        scene.exchange.distort(Distortion(.offBy(bps: 900), at: .binance, base: "BTC", openings: lie))
        try scene.supervisor("init").expect(0)
        let checked = try scene.run("prices", "check", "--symbols", "BTC", "--json", "--quiet")
        checked.expect(0)
        let pairs = try #require(JSONValue.parse(checked.output)["pairs"]?.array)
        for pair in pairs {
            let isAboutTheLiar = [pair["venue"]?.string, pair["against"]?.string].contains("binance")
            #expect(pair["disagreements"]?.double == (isAboutTheLiar ? 2 : 0), "\(checked.text)")
        }
        #expect(pairs.contains { $0["disagreements"]?.double == 2 })
        let shown = try scene.run("prices", "check", "--symbols", "BTC", "--quiet")
        #expect(shown.text.contains("binance opened at"), "\(shown.text)")

        // Six venues: five agree.
        try scene.run("prices", "backfill", "--symbols", "BTC", "--quiet").expect(0)
        let stored = try Self.bars("BTC", in: scene)
        for opening in [lie.lowerBound, lie.lowerBound + .hours(1)] {
            let honest = try #require(
                scene.exchange.bar("BTC", "USDT", at: .kraken, opening: opening, length: .hours(1)))
            #expect(stored.first { $0.openAt == opening }?.close == honest.close)
        }

        // Two venues alone: nobody knows who is right.
        let divided = try Scene(["prices.venues": "[\"binance\", \"kraken\"]"])
        divided.exchange.distort(Distortion(.offBy(bps: 900), at: .binance, base: "BTC", openings: lie))
        try divided.signal("aurora", "BTC", at: Scene.start - .hours(12))
        try divided.supervisor("ingest").expect(0)
        let filled = try divided.run("prices", "backfill", "--json", "--quiet")
        filled.expect(0)
        let document = try JSONValue.parse(filled.output)
        #expect(document["withdrawn"]?.double == 2, "\(filled.text)")
        #expect(document["disagreed"]?.array?.isEmpty == false)
        try divided.supervisor("run").expect(0)
        let report = try divided.supervisor("report", "--json")
        #expect(try JSONValue.parse(report.output)["fleet"]?["withdrawn_bar_count"]?.double == 2, "\(filled.text)")
        let page = try divided.supervisor("report")
        #expect(page.text.contains("2 bars were withdrawn"), "\(page.text)")
        #expect(try divided.run("prices", "gaps").code == 0)
    }

    @Test("A halted and a delisted instrument are states that a back-fill tells and the doctor too")
    func halted() throws {
        let scene = try Scene(["prices.venues": "[\"binance\", \"kraken\"]"])
        let end = Scene.start - .hours(12)
        for quote in ["USDT", "USD", "USDC"] {
            scene.exchange.list(Listing("SOL", quote, venue: .binance, state: .halted, until: end))
            scene.exchange.list(Listing("SOL", quote, venue: .kraken, state: .halted, until: end))
        }
        let filled = try scene.run("prices", "backfill", "--symbols", "SOL", "--quiet")
        filled.expect(0)
        #expect(filled.text.contains("halted"), "\(filled.text)")
        let doctor = try scene.supervisor("doctor")
        #expect(doctor.text.contains("SOL") && doctor.text.contains("halted at"), "\(doctor.text)")
    }

    @Test("With every venue down a back-fill fails in words, and what was there before stays")
    func down() throws {
        let scene = try Scene()
        try scene.run("prices", "backfill", "--symbols", "BTC", "--quiet").expect(0)
        let before = try Self.bars("BTC", in: scene)
        try scene.move(to: Scene.start + .hours(5))
        scene.exchange.script(.status(503), count: 100_000)
        let ended = try scene.run("prices", "backfill", "--symbols", "BTC", "--quiet")
        #expect(ended.code == 1 && ended.errorText.contains("no venue answered"), "\(ended.errorText)\(ended.text)")
        #expect(try Self.bars("BTC", in: scene) == before)
    }
}
