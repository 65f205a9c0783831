import Testing

/// The house as it is drawn: who may import whom, and what the pure modules may not touch.
struct HouseTests {
    private static let stages: Set<String> = [
        "Reconciliation", "Books", "Forecasting", "Scoring", "PromotionGates", "PortfolioConstruction",
    ]
    private static let quantities: Set<String> = ["Domain", "Statistics", "StatisticsState"]

    /// Module to what it may import, beside the standard library's own modules.
    private static let allowed: [String: Set<String>] = {
        var table: [String: Set<String>] = [
            "Domain": [],
            "JSONText": [],
            "Statistics": ["RealModule", "CVectorLoops"],
            "StatisticsState": ["Domain", "Statistics"],
            "Supervision": quantities.union(stages),
            "Reporting": ["Domain", "JSONText"],
            "Swarm": ["Domain", "Statistics"],
            "Operation": ["Domain", "JSONText", "Supervision", "Reporting"],
            "Files": ["Domain", "JSONText", "Operation", "CZlib"],
            "Ledger": ["Domain", "Operation", "GRDB", "GRDBSQLite"],
            "Settings": ["Domain", "JSONText"],
            "SeedCompatibility": ["Domain", "JSONText"],
            "crash-probe": ["Domain", "Files", "Ledger", "Operation", "Reporting", "Supervision"],
            "meta-supervisor": [
                "Domain", "JSONText", "Statistics", "Supervision", "Reporting", "Swarm", "Operation", "Files",
                "Ledger", "Settings", "SeedCompatibility", "Composition", "ArgumentParser", "Logging",
            ],
            "Composition": [
                "Domain", "JSONText", "Supervision", "Reporting", "Operation", "Files", "Ledger", "Settings",
                "ArgumentParser", "Logging",
            ],
            "HTTPPort": ["Domain"],
            "HTTPTransport": ["Domain", "HTTPPort", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOHTTPCompression"],
            "MarketData": ["Domain", "JSONText", "Operation", "HTTPPort"],
            "Webhooks": ["Domain", "JSONText", "Operation", "HTTPPort"],
            "Scheduling": ["Domain", "Operation", "ServiceLifecycle", "Logging"],
            "Dashboard": [
                "Domain", "JSONText", "Operation", "Hummingbird", "HummingbirdCore", "Metrics", "CoreMetrics",
                "Logging", "ServiceLifecycle",
            ],
            "meta-supervisord": [
                "Domain", "JSONText", "Supervision", "Reporting", "Operation", "Files", "Ledger", "Settings",
                "Composition", "HTTPPort", "MarketData", "Webhooks", "HTTPTransport", "Scheduling", "Dashboard",
                "ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals", "Metrics",
            ],
        ]
        for stage in stages { table[stage] = quantities }
        table["PortfolioConstruction"] = quantities.union(["CVectorLoops"])
        return table
    }()

    private static let pure: Set<String> = stages.union(quantities).union([
        "JSONText", "Supervision", "Reporting", "Swarm", "Operation",
    ])
    /// What belongs to the language and its platform. `Synchronization` is locks: for edges only.
    private static let platform: Set<String> = [
        "Foundation", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization",
    ]
    private static let edges: Set<String> = [
        "Files", "Ledger", "Settings", "SeedCompatibility", "MarketData", "Webhooks", "HTTPTransport", "Scheduling",
        "Dashboard",
    ]

    /// The module that an import line names; `nil` for any other line.
    static func imported(by line: String) -> String? {
        var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        while let first = words.first,
            ["package", "internal", "private", "fileprivate", "public"].contains(first) || first.hasPrefix("@")
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }

    @Test("Import lines are recognized whatever stands before the word")
    func importLines() {
        #expect(HouseTests.imported(by: "import Domain") == "Domain")
        #expect(HouseTests.imported(by: "package import Domain") == "Domain")
        #expect(HouseTests.imported(by: "@testable import Ledger") == "Ledger")
        #expect(HouseTests.imported(by: "import struct Foundation.Data") == "Foundation")
        #expect(HouseTests.imported(by: "    let imported = 1") == nil)
        #expect(HouseTests.imported(by: "// import Domain") == nil)
    }

    @Test("A module imports only what stands below it in the house")
    func imports() {
        for file in SourceTree.shared.sources {
            guard let allowed = HouseTests.allowed[file.module] else {
                Issue.record("\(file.path): the module \(file.module) has no place in the house; give it one here")
                continue
            }
            for (index, line) in file.code.enumerated() {
                guard let name = HouseTests.imported(by: line) else { continue }
                let isPlatform = HouseTests.platform.contains(name) && !HouseTests.pure.contains(file.module)
                #expect(
                    allowed.contains(name) || isPlatform,
                    "\(file.path):\(index + 1): \(file.module) may not import \(name)")
            }
        }
    }

    @Test("Every module of the table exists: the picture is not ahead of the house")
    func modules() {
        let found = Set(SourceTree.shared.sources.map(\.module))
        for module in HouseTests.allowed.keys.sorted() {
            #expect(found.contains(module), "there is no Swift file in Sources/\(module)")
        }
    }

    @Test("An edge never imports an edge")
    func edges() {
        for (module, allowed) in HouseTests.allowed.sorted(by: { $0.key < $1.key })
        where HouseTests.edges.contains(module) {
            #expect(allowed.isDisjoint(with: HouseTests.edges), "\(module) may import another edge")
        }
    }

    @Test("Nothing is public: the project is a program, not a library")
    func access() {
        for file in SourceTree.shared.files {
            for (index, line) in file.code.enumerated() {
                let words = line.split(separator: " ").map(String.init)
                let isOpen = zip(words, words.dropFirst()).contains { pair in
                    pair.0 == "open" && ["class", "func", "var", "subscript"].contains(pair.1)
                }
                if words.prefix(3).contains("public") || isOpen {
                    Issue.record("\(file.path):\(index + 1): \(line)")
                }
            }
        }
    }

    @Test("No type carries the name of its module")
    func typeNames() {
        let kinds = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        for file in SourceTree.shared.sources {
            let module = file.module.replacing("-", with: "").lowercased()
            // The program's root command is called as the program is.
            if ["metasupervisor", "crashprobe"].contains(module) { continue }
            for (index, line) in file.code.enumerated() {
                let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }).map(String.init)
                for (kind, name) in zip(words, words.dropFirst()) where kinds.contains(kind) {
                    #expect(name.lowercased() != module, "\(file.path):\(index + 1): type \(name) in \(file.module)")
                }
            }
        }
    }

    @Test("Pure modules touch no clock, no chance, no screen and no process-dependent hash")
    func purity() {
        let banned = [
            "Date()", "UUID()", ".random(", ".randomElement(", ".shuffled()", ".shuffle()",
            "SystemRandomNumberGenerator", "print(", "debugPrint(", "dump(", "Hasher", ".hashValue", "DispatchTime",
            "ContinuousClock", "FileManager", "ProcessInfo", ") async", "Task {",
        ]
        for file in SourceTree.shared.sources where HouseTests.pure.contains(file.module) {
            for (index, line) in file.code.enumerated() {
                for word in banned where contains(line, word: word) {
                    Issue.record("\(file.path):\(index + 1): \(word) in the pure module \(file.module): \(line)")
                }
            }
        }
    }

    @Test("Edges read the clock and chance nowhere but through their ports")
    func edgesAreQuiet() {
        let banned = ["Date()", "UUID()", ".random(", "print(", "Hasher", ".hashValue"]
        for file in SourceTree.shared.sources
        where HouseTests.edges.contains(file.module) {
            for (index, line) in file.code.enumerated() {
                for word in banned where contains(line, word: word) {
                    Issue.record("\(file.path):\(index + 1): \(word): \(line)")
                }
            }
        }
    }
}
