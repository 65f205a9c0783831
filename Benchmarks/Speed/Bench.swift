import Foundation
import Glibc

/// What every row needs.
struct Bench {
    /// The program that is measured.
    var program: String
    var cache: DataCache
    var peers: Peers
    /// 1, or less to be quick.
    var scale: Double
    var rounds: Int
    var tell: (String) -> Void

    /// So many of the things that the whole table takes.
    func count(_ whole: Int) -> Int { max(1, Int((Double(whole) * scale).rounded())) }

    func process(_ arguments: [String], clock: SimulatedClock? = nil) -> ChildProcess {
        ChildProcess(
            program, arguments, variables: clock.map { ["META_SUPERVISOR_CLOCK_FILE": $0.path] } ?? [:])
    }

    static let rows: [(number: Int, measure: @Sendable (Bench) throws -> SpeedResult)] = [
        (1, { try $0.seedConfidence() }), (2, { try $0.standardConfidence() }), (3, { try $0.firstIngest() }),
        (4, { try $0.cycle() }), (5, { try $0.rebuild() }), (6, { try $0.replay() }), (7, { try $0.ridge() }),
        (8, { try $0.startUp() }),
    ]
}

/// The clock of a simulation, in a file that the program reads.
struct SimulatedClock {
    let path: String

    func set(_ seconds: Int) throws {
        try DataFile.make(path) { try DataFile.write(Array("\(seconds * 1_000)\n".utf8), to: $0) }
    }

    /// `nil` where it was never set.
    var seconds: Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 / 1_000 }
    }
}
