import Dashboard
import Foundation
import JSONText
import Testing

/// The dashboard file names metrics by hand; here they are held against the table.
struct GrafanaDashboardTests {
    /// In the table and on no panel, and why.
    private static let notShown: [String: String] = [:]

    private static func board() throws -> JSONValue {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "deploy/grafana-dashboard.json")
        return try JSONValue.parse(Array(try Data(contentsOf: url)))
    }

    private static func expressions(_ board: JSONValue) -> [String] {
        (board["panels"]?.array ?? []).flatMap { $0["targets"]?.array ?? [] }.compactMap { $0["expr"]?.string }
    }

    /// `a_bucket` of a histogram is `a`.
    private static func families(in expression: String) -> [String] {
        expression.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }.map(String.init)
            .filter { $0.hasPrefix(FleetMetric.prefix) }
            .map { word in
                FleetMetric.all.first { $0.kind == .histogram && $0.sampleNames.contains(word) }?.name ?? word
            }
    }

    @Test("Every metric on the dashboard exists, and every metric that exists is on it or said not to be")
    func metrics() throws {
        let expressions = GrafanaDashboardTests.expressions(try GrafanaDashboardTests.board())
        let shown = Set(expressions.flatMap(GrafanaDashboardTests.families))
        let table = Set(FleetMetric.all.map(\.name))
        #expect(shown.subtracting(table).sorted() == [], "not in the table")
        #expect(table.subtracting(shown).subtracting(GrafanaDashboardTests.notShown.keys).sorted() == [], "not shown")
        #expect(shown.intersection(GrafanaDashboardTests.notShown.keys).sorted() == [], "shown after all")
    }

    @Test("Labels that panels group by or write out are those of the table")
    func labels() throws {
        let board = try GrafanaDashboardTests.board()
        for target in (board["panels"]?.array ?? []).flatMap({ $0["targets"]?.array ?? [] }) {
            let expression = try #require(target["expr"]?.string)
            let known = Set(
                GrafanaDashboardTests.families(in: expression).flatMap { name in
                    FleetMetric.all.first { $0.name == name }?.labels ?? []
                }
            ).union(["le"])
            for group in expression.matches(of: /by \(([^)]*)\)/) {
                let names = group.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                #expect(known.isSuperset(of: names), "\(expression)")
            }
            for name in (target["legendFormat"]?.string ?? "").matches(of: /\{\{(\w+)\}\}/) {
                #expect(known.contains(String(name.1)), "\(expression)")
            }
        }
    }

    @Test("Parentheses and braces of every expression are closed, and each counter is read through a rate")
    func expressions() throws {
        for expression in GrafanaDashboardTests.expressions(try GrafanaDashboardTests.board()) {
            for (open, closed) in [("(", ")"), ("{", "}"), ("[", "]")] {
                #expect(
                    expression.components(separatedBy: open).count == expression.components(separatedBy: closed).count,
                    "\(expression)")
            }
            let names = Set(GrafanaDashboardTests.families(in: expression))
            let isCount = FleetMetric.all.contains { names.contains($0.name) && $0.kind != .gauge }
            // What was refused ever, that is to say since the start, is the news.
            guard isCount, !names.contains(FleetMetric.prefix + "metrics_refused_total") else { continue }
            #expect(expression.contains("rate(") || expression.contains("increase("), "\(expression)")
        }
    }

    @Test("The file is what Grafana imports: schema, source as a variable, panels in the grid and not on others")
    func shape() throws {
        let board = try GrafanaDashboardTests.board()
        #expect(board["schemaVersion"] == .integer("39"))
        let variables = board["templating"]?["list"]?.array ?? []
        #expect(variables.first?["type"]?.string == "datasource" && variables.first?["query"]?.string == "prometheus")
        var taken: Set<[Int]> = []
        var numbers: Set<Double> = []
        for panel in board["panels"]?.array ?? [] {
            let title = try #require(panel["title"]?.string)
            #expect(numbers.insert(try #require(panel["id"]?.double)).inserted, "\(title)")
            let place = try ["x", "y", "w", "h"].map { try #require(Int(exactly: panel["gridPos"]?[$0]?.double ?? -1)) }
            #expect(place[0] >= 0 && place[0] + place[2] <= 24, "\(title)")
            for x in place[0]..<(place[0] + place[2]) {
                for y in place[1]..<(place[1] + place[3]) {
                    #expect(taken.insert([x, y]).inserted, "\(title) lies on another")
                }
            }
            let isRow = panel["type"]?.string == "row"
            #expect(isRow || panel["datasource"]?["uid"]?.string == "${datasource}", "\(title)")
            #expect(isRow || panel["targets"]?.array?.isEmpty == false, "\(title)")
        }
        #expect(!taken.isEmpty)
    }
}
