// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Warnings are errors where a machine judges (CI), never where a user builds with a newer compiler.
let isStrict = ProcessInfo.processInfo.environment["META_SUPERVISOR_STRICT"] == "1"

// The daemon's network stack takes ten minutes to build; the supervisor itself opens no socket and needs none of it.
let isCore = ProcessInfo.processInfo.environment["META_SUPERVISOR_CORE"] == "1"

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

let real: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: settings)
}

let stages: [Target.Dependency] = [
    "Reconciliation", "Books", "Forecasting", "Scoring", "PromotionGates", "PortfolioConstruction",
]

let package = Package(
    name: "meta-supervisor",
    products: [.executable(name: "meta-supervisor", targets: ["meta-supervisor"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        // Pure: standard library and RealModule only.
        module("Domain"),
        module("JSONText"),
        module("Statistics", [real, "CVectorLoops"]),
        // Loops in C, compiled for several processors.
        .target(name: "CVectorLoops"),
        module("StatisticsState", ["Domain", "Statistics"]),
        module("Reconciliation", ["Domain"]),
        module("Books", ["Domain", "Statistics", "StatisticsState"]),
        module("Forecasting", ["Domain", "Statistics", "StatisticsState"]),
        module("Scoring", ["Domain", "Statistics", "StatisticsState"]),
        module("PromotionGates", ["Domain", "Statistics", "StatisticsState"]),
        module("PortfolioConstruction", ["Domain", "Statistics", "StatisticsState", "CVectorLoops"]),
        module("Supervision", ["Domain", "Statistics", "StatisticsState"] + stages),
        module("Reporting", ["Domain", "JSONText"]),
        module("Swarm", ["Domain", "Statistics"]),

        // The use cases, between pure and world.
        module("Operation", ["Domain", "JSONText", "Supervision", "Reporting"]),

        // Edges: each wraps one outside thing; an edge never imports an edge.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        module("Files", ["Domain", "JSONText", "Operation", "CZlib"]),
        module("Ledger", ["Domain", "Operation", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        module("Settings", ["Domain", "JSONText"]),
        module("SeedCompatibility", ["Domain", "JSONText"]),
        // What both programs are put together from: a fleet's folder, the terminal.
        module(
            "Composition",
            [
                "Domain", "JSONText", "Supervision", "Reporting", "Operation", "Files", "Ledger", "Settings",
                argumentParser, log,
            ]),
        .executableTarget(
            name: "meta-supervisor",
            dependencies: [
                "Domain", "JSONText", "Statistics", "Supervision", "Reporting", "Swarm", "Operation", "Files",
                "Ledger", "Settings", "SeedCompatibility", "Composition", argumentParser, log,
            ],
            swiftSettings: settings),
        // For tests only: dies at the n-th call of a port.
        .executableTarget(
            name: "crash-probe",
            dependencies: ["Domain", "Files", "Ledger", "Operation", "Reporting", "Supervision"],
            swiftSettings: settings),

        // For tests only: starts the programs that were built beside the tests, in folders of their own.
        .target(
            name: "ProgramHarness", dependencies: ["CZlib"], path: "Tests/ProgramHarness", swiftSettings: settings),
        // For tests only: the ledger's side of prices in memory.
        .target(
            name: "PriceShelf", dependencies: ["Domain", "Operation"], path: "Tests/PriceShelf",
            swiftSettings: settings),
        tests("Domain", []),
        tests("JSONText", []),
        tests("Statistics", ["CVectorLoops"]),
        tests("Reconciliation", ["Domain", "Statistics"]),
        tests("Books", ["Domain", "Statistics", "StatisticsState"]),
        tests("Forecasting", ["Domain", "Statistics"]),
        tests("Scoring", ["Domain", "Statistics", "StatisticsState"]),
        tests("PromotionGates", ["Domain", "Statistics", "StatisticsState"]),
        tests("PortfolioConstruction", ["Domain", "Statistics", "StatisticsState", "CVectorLoops"]),
        tests("Supervision", ["Domain", "Statistics", "Reporting", "Swarm"], exclude: ["Frozen"]),
        tests("Reporting", ["Domain", "JSONText"], exclude: ["Frozen"]),
        tests("Swarm", ["Domain", "Statistics"]),
        tests("Files", ["Domain", "JSONText", "Operation", "CZlib"]),
        tests("Ledger", ["Domain", "Operation", grdb]),
        tests("Settings", ["Domain", "JSONText"]),
        tests("SeedCompatibility", ["JSONText"], exclude: ["seed_cases.jsonl"]),
        tests("Operation", ["Domain", "Reporting", "Supervision", "PriceShelf"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Domain", "JSONText", "Ledger", "Operation", "ProgramHarness"],
            swiftSettings: settings),
        .testTarget(
            name: "RecordedDataTests",
            dependencies: ["Domain", "Statistics", "Supervision", "Swarm", "Operation", "Files"],
            swiftSettings: settings),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)

// Measures what the decisions reach where the truth is known, whole processes beside their peers, and the inner loops:
// `make bench-quality`, `make bench` and `make bench-kernels`. Nobody else fetches or builds it.
if ProcessInfo.processInfo.environment["META_SUPERVISOR_BENCHMARKS"] == "1" {
    // Without its traits: they bring an allocator of their own.
    package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
    package.targets += [
        .executableTarget(
            name: "quality-benchmark",
            dependencies: [
                "Domain", "Statistics", "Books", "Scoring", "PortfolioConstruction", "Supervision", "Swarm",
                "Operation", "Files", argumentParser,
            ],
            path: "Benchmarks/Quality", swiftSettings: settings),
        .executableTarget(
            name: "speed-benchmark", dependencies: ["Statistics", "Swarm", argumentParser], path: "Benchmarks/Speed",
            swiftSettings: settings),
        .executableTarget(
            name: "kernel-benchmark",
            dependencies: [
                "Domain", "JSONText", "Statistics", "Supervision", "Operation", "Ledger",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Kernels", swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
}

// The daemon, and everything that opens a socket or waits for one.
if !isCore {
    let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
    let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
    let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
    let compression: Target.Dependency = .product(name: "NIOHTTPCompression", package: "swift-nio-extras")
    let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
    let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
    let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
    let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")

    package.products.append(.executable(name: "meta-supervisord", targets: ["meta-supervisord"]))
    package.dependencies += [
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    ]
    package.targets += [
        // What is sent and what comes back; who sends it is for the edges to be given.
        module("HTTPPort", ["Domain"]),
        module("MarketData", ["Domain", "JSONText", "Operation", "HTTPPort"]),
        module("Webhooks", ["Domain", "JSONText", "Operation", "HTTPPort"]),
        module("HTTPTransport", ["Domain", "HTTPPort", asyncHTTPClient, nio, nioHTTP, compression]),
        module("Scheduling", ["Domain", "Operation", lifecycle, log]),
        module(
            "Dashboard",
            ["Domain", "JSONText", "Operation", hummingbird, hummingbirdCore, metrics, coreMetrics, lifecycle, log]),
        .executableTarget(
            name: "meta-supervisord",
            dependencies: [
                "Domain", "JSONText", "Supervision", "Reporting", "Operation", "Files", "Ledger", "Settings",
                "Composition", "HTTPPort", "MarketData", "Webhooks", "HTTPTransport", "Scheduling", "Dashboard",
                argumentParser, log, lifecycle, signals, metrics,
            ],
            swiftSettings: settings),
        // For tests only: a server on the loopback that answers as exchanges and webhooks do, and as they do not.
        .target(
            name: "LocalExchange", dependencies: ["Domain"], path: "Tests/LocalExchange", swiftSettings: settings),
        tests("MarketData", ["Domain", "JSONText", "Operation", "HTTPPort", "PriceShelf"]),
        tests("Webhooks", ["Domain", "JSONText", "Operation", "HTTPPort"]),
        tests("HTTPTransport", ["Domain", "HTTPPort", "MarketData", "LocalExchange", "Operation"]),
        tests("Scheduling", ["Domain", "Operation", lifecycle, log]),
        tests("Dashboard", ["Domain", "JSONText", "Operation", hummingbird, metrics, coreMetrics, lifecycle, log]),
        .testTarget(
            name: "DaemonTests",
            dependencies: ["Domain", "JSONText", "Ledger", "Operation", "LocalExchange", "ProgramHarness"],
            swiftSettings: settings),
    ]
}
