package import Domain
import JSONText

/// A whole file of the drop-in contract: where it lies below the root, and its bytes.
package struct Document: Equatable, Sendable {
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// The paths of the files that we write, relative to the root.
package enum DocumentPath {
    package static let multipliers = "meta_supervisor/state/confidence_multipliers.json"
    package static let allocation = "meta_supervisor/state/allocation.json"
    package static let strategyAttribution = "meta_supervisor/state/strategy_attribution.json"
    package static let promotions = "meta_supervisor/state/promotions.json"
    package static let forecaster = "alpha/models/ridge_h24.json"
    package static let reportJSON = "meta_supervisor/reports/meta_report.json"
    package static let reportHTML = "meta_supervisor/reports/meta_report.html"
    /// These two grow by lines.
    package static let allocationHistory = "meta_supervisor/state/allocation_history.jsonl"
    package static let reconciled = "alpha/reconciled.jsonl"
}

/// The files that a report turns into. JSON is pure ASCII, so that a reader in any locale takes it.
package enum DropIn {
    /// All files that are replaced as a whole, in the order in which they should be written: the report that explains
    /// the others last.
    ///
    /// - Parameter json: `JSONReport.bytes(report)`, where somebody has made it already.
    package static func documents(
        for report: Report, json: [UInt8]? = nil, decisions: [HumanDecision]
    ) -> [Document] {
        [
            Document(path: DocumentPath.multipliers, bytes: multipliers(report)),
            Document(path: DocumentPath.allocation, bytes: allocation(report)),
            Document(path: DocumentPath.strategyAttribution, bytes: strategyAttribution(report)),
            Document(path: DocumentPath.promotions, bytes: promotions(report, decisions: decisions)),
            Document(path: DocumentPath.forecaster, bytes: forecaster(report)),
            Document(path: DocumentPath.reportJSON, bytes: ASCIIText.escaped(json ?? JSONReport.bytes(report))),
            Document(path: DocumentPath.reportHTML, bytes: HTMLReport.bytes(report)),
        ]
    }

    /// Exactly the layout of Python's `json.dumps(state, indent=2)`, without a line end: old readers, and people who
    /// compare with what they had, find nothing new in it.
    package static func multipliers(_ report: Report) -> [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.object { writer in
            writer.field("version", 1)
            writer.field("generated_at", report.asOf)
            writer.object("multipliers") { writer in
                for agent in report.agents { writer.field(agent.agent.name, agent.multiplier.value) }
            }
        }
        return ASCIIText.escaped(writer.bytes)
    }

    package static func allocation(_ report: Report) -> [UInt8] {
        document("allocation/1", report) { JSONReport.allocation(report.allocation, into: &$0) }
    }

    package static func strategyAttribution(_ report: Report) -> [UInt8] {
        document("strategy-attribution/1", report) { writer in
            writer.array("strategies", report.strategies) { JSONReport.strategy($1, into: &$0) }
        }
    }

    /// The verdicts, and what people decided, oldest first.
    package static func promotions(_ report: Report, decisions: [HumanDecision]) -> [UInt8] {
        document("promotions/1", report) { writer in
            writer.array("agents", report.agents) { writer, agent in
                writer.object { writer in
                    writer.field("agent", agent.agent.name)
                    writer.field("strategy_class", agent.strategyClass)
                    JSONReport.verdict(agent.verdict, into: &writer)
                }
            }
            writer.array("decisions", decisions) { decision($1, into: &$0) }
        }
    }

    private static func decision(_ decision: HumanDecision, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("at", decision.at)
            writer.field("decision", decision.kind.rawValue)
            switch decision.scope {
            case .agent(let agent): writer.field("agent", agent.name)
            case .strategy(let strategy): writer.field("strategy_class", strategy)
            }
            writer.field("reason", decision.reason)
            writer.field("author", decision.author)
            writer.field("evidence", decision.evidence)
        }
    }

    package static func forecaster(_ report: Report) -> [UInt8] {
        document("forecaster/1", report) { JSONReport.forecaster(report.forecaster, into: &$0) }
    }

    private static func document(_ schema: String, _ report: Report, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        ASCIIText.escaped(
            JSONWriter.document { writer in
                writer.header(schema, DocumentHeader(report))
                body(&writer)
            })
    }
}

/// JSON bytes with everything beyond printable ASCII as `\uXXXX`.
///
/// Old readers split lines as Python's `splitlines` does, which also breaks at U+0085, U+2028 and U+2029 within a name.
enum ASCIIText {
    static func escaped(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7F }) else { return json }
        var result: [UInt8] = []
        result.reserveCapacity(json.count + json.count / 8)
        // Outside strings JSON is ASCII, so what is beyond it stands in a string, where an escape says the same.
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if unit < 0x7F {
                result.append(UInt8(unit))
            } else {
                let digits = String(unit, radix: 16)
                result += Array(("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
            }
        }
        return result
    }
}
