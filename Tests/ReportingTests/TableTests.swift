import Domain
import Reporting
import Testing

@Suite("Tables, widths and numbers")
struct TableTests {
    @Test("Text stands left, numbers stand right, trailing spaces are cut")
    func alignment() {
        var table = Table([.text("name"), .number("count"), .text("note")])
        table.add(["a", "1", ""])
        table.add(["bcdef", "1,234", "x"])
        #expect(
            table.lines(indent: 0) == [
                "name   count  note",
                "a          1",
                "bcdef  1,234  x",
            ])
    }

    @Test("The signs of estimates stand one below the other")
    func estimates() {
        var table = Table([.text("name"), .number("mean")])
        table.add([.text("a"), .estimate(value: "+12.3", error: "6.7")])
        table.add([.text("b"), .estimate(value: "-1.0", error: "10.2")])
        table.add([.text("c"), .estimate(value: "+7.0", error: "")])
        table.add([.text("d"), .text("n=3 of 100")])
        #expect(
            table.lines(indent: 0) == [
                "name           mean",
                "a     +12.3 +-  6.7",
                "b      -1.0 +- 10.2",
                "c      +7.0",
                "d        n=3 of 100",
            ])
    }

    @Test("A name wider than its column keeps both ends")
    func cut() {
        #expect(DisplayText.cut("momentum-daily-long-v2", to: 16) == "momentu...ong-v2")
        #expect(DisplayText.cut("short", to: 16) == "short")
        #expect(DisplayText.cut("momentum", to: 4) == "...")
        #expect(DisplayText.width(DisplayText.cut("量化趋势跟踪策略第二版", to: 12)) <= 12)
    }

    @Test("Wide characters take two columns, combining marks none, emoji two")
    func widths() {
        #expect(DisplayText.width("abc") == 3)
        #expect(DisplayText.width("量化") == 4)
        #expect(DisplayText.width("e\u{301}") == 1)
        #expect(DisplayText.width("\u{1F680}") == 2)
        #expect(DisplayText.width("é") == 1)
        #expect(DisplayText.padded("量化", to: 6) + "|" == "量化  |")
    }

    @Test("Prose wraps before names are cut, and numbers are never cut")
    func shrinking() {
        var table = Table([.text("agent", atLeast: 12), .number("n"), .prose("because")])
        table.add(["a-rather-long-name", "123456789012", "one two three four five six"])
        let lines = table.lines(width: 50, indent: 0)
        #expect(lines.allSatisfy { $0.count <= 50 })
        #expect(lines[1].hasPrefix("a-rather-long-name  123456789012  one two three"))
        #expect(lines[2] == String(repeating: " ", count: 34) + "four five six")
        let narrow = table.lines(width: 40, indent: 0)
        #expect(narrow[1].contains("123456789012") && narrow[1].contains("..."))
    }

    @Test("A number and its unit stay on one line")
    func units() {
        #expect(DisplayText.wrapped("it is 2.04 % of all", to: 10) == ["it is", "2.04 % of", "all"])
        #expect(DisplayText.wrapped("a b 1.0 +- 2.0", to: 12) == ["a b", "1.0 +- 2.0"])
        #expect(DisplayText.wrapped("", to: 12) == [""])
        #expect(DisplayText.wrapped("abcdefghij", to: 4) == ["abcd", "efgh", "ij"])
    }

    @Test("Signs and zeros of numbers")
    func numbers() {
        #expect(NumberText.signed(0.04, 1) == "0.0")
        #expect(NumberText.signed(-0.04, 1) == "0.0")
        #expect(NumberText.signed(0.05, 1) == "+0.1")
        #expect(NumberText.signedPercent(-0.1234) == "-12.3")
        #expect(NumberText.signedWhole(7289.8) == "+7,290")
        #expect(NumberText.signedWhole(-0.2) == "0")
        #expect(NumberText.percent(1e308, 0) == "1e+308")
        #expect(NumberText.significant(214.7, 3) == "215")
        #expect(NumberText.significant(-0.333333333) == "-0.333333")
        #expect(NumberText.insufficient(3, 100) == "n=3 of 100")
        #expect(NumberText.insufficient(3, 0) == "n=3")
        #expect(NumberText.estimate(Fixture.estimate(0.5, nil, 4), decimals: 1, factor: 100) == "50.0")
        #expect(NumberText.counted(1, "agent") == "1 agent" && NumberText.counted(2_000, "agent") == "2,000 agents")
        #expect(NumberText.list(["a"]) == "a" && NumberText.list(["a", "b", "c"]) == "a, b and c")
    }
}
