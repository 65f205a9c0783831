// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Warnings are errors where a machine judges (CI), never where a user builds with a newer compiler.
let isStrict = ProcessInfo.processInfo.environment["META_SUPERVISOR_STRICT"] == "1"

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
        module("Statistics", [real]),
        module("StatisticsState", ["Domain", "Statistics"]),
        module("Reconciliation", ["Domain"]),
        module("Books", ["Domain", "Statistics", "StatisticsState"]),
        module("Forecasting", ["Domain", "Statistics", "StatisticsState"]),
        module("Scoring", ["Domain", "Statistics", "StatisticsState"]),
        module("PromotionGates", ["Domain", "Statistics", "StatisticsState"]),
        module("PortfolioConstruction", ["Domain", "Statistics", "StatisticsState"]),
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
        .executableTarget(
            name: "meta-supervisor",
            dependencies: [
                "Domain", "JSONText", "Statistics", "Supervision", "Reporting", "Swarm", "Operation", "Files",
                "Ledger", "Settings", "SeedCompatibility", argumentParser, log,
            ],
            swiftSettings: settings),
        // For tests only: dies at the n-th call of a port.
        .executableTarget(
            name: "crash-probe",
            dependencies: ["Domain", "Files", "Ledger", "Operation", "Reporting", "Supervision"],
            swiftSettings: settings),

        tests("Domain", []),
        tests("JSONText", []),
        tests("Statistics", []),
        tests("Reconciliation", ["Domain", "Statistics"]),
        tests("Books", ["Domain", "Statistics", "StatisticsState"]),
        tests("Forecasting", ["Domain", "Statistics"]),
        tests("Scoring", ["Domain", "Statistics", "StatisticsState"]),
        tests("PromotionGates", ["Domain", "Statistics", "StatisticsState"]),
        tests("PortfolioConstruction", ["Domain", "Statistics", "StatisticsState"]),
        tests("Supervision", ["Domain", "Statistics", "Reporting", "Swarm"], exclude: ["Frozen"]),
        tests("Reporting", ["Domain", "JSONText"], exclude: ["Frozen"]),
        tests("Swarm", ["Domain", "Statistics"]),
        tests("Files", ["Domain", "JSONText", "Operation", "CZlib"]),
        tests("Ledger", ["Domain", "Operation", grdb]),
        tests("Settings", ["Domain", "JSONText"]),
        tests("SeedCompatibility", ["JSONText"], exclude: ["seed_cases.jsonl"]),
        tests("Operation", ["Domain", "Reporting", "Supervision"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Domain", "JSONText", "Ledger", "Operation", "CZlib"],
            swiftSettings: settings),
        .testTarget(
            name: "RecordedDataTests",
            dependencies: ["Domain", "Statistics", "Supervision", "Swarm", "Operation", "Files"],
            swiftSettings: settings),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)

// Measures what the decisions reach where the truth is known: `make bench-quality`. Nobody else builds it.
if ProcessInfo.processInfo.environment["META_SUPERVISOR_BENCHMARKS"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "quality-benchmark",
            dependencies: [
                "Domain", "Statistics", "Books", "Scoring", "PortfolioConstruction", "Supervision", "Swarm",
                "Operation", "Files", argumentParser,
            ],
            path: "Benchmarks/Quality", swiftSettings: settings))
}
