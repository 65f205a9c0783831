import Statistics
import Testing

@testable import PortfolioConstruction

@Suite("A screen of tracks")
struct TrackScreenTests {
    /// Tracks of any length with gaps, some of them near copies of others, some that hardly move or do not move at all.
    private static func tracks(_ random: inout Xoshiro256) -> [StandardizedTrack] {
        var all: [[Double?]] = []
        for number in 0..<24 {
            let length = number % 3 == 0 ? 120 : 20 + Int(random.next() % 101)
            let gap = number % 4 == 0 ? 0 : Double(random.next() % 80) / 100
            let leader = number > 2 && number % 5 < 2 ? all[Int(random.next() % UInt64(number))] : []
            all.append(
                (0..<length).map { day in
                    let back = leader.count - length + day
                    let own = max(-3, min(3, random.normal()))
                    guard Double(random.next() % 1_000) / 1_000 >= gap else { return nil }
                    let followed = back >= 0 && back < leader.count ? leader[back] : nil
                    switch number {
                    case 7: return 0.1
                    case 8: return 1 + 1e-9 * own
                    case 9: return day == length / 2 ? 3 : 1e-7 * own
                    default: return followed.map { $0 + 0.4 * own } ?? own
                    }
                })
        }
        return all.map { StandardizedTrack($0) }
    }

    @Test("lets no pair slip that might reach a bound, and stops nearly all that do not")
    func ceilings() {
        var (asked, similar, pairs) = (0, 0, 0)
        for seed in 1...20 as ClosedRange<UInt64> {
            var random = Xoshiro256(seed: seed)
            let tracks = Self.tracks(&random)
            let screen = TrackScreen(tracks)
            var ceilings = [Float](repeating: 0, count: tracks.count)
            for first in tracks.indices {
                screen.fill(&ceilings, of: first)
                for second in tracks.indices.dropFirst(first + 1) {
                    let exact = StandardizedTrack.correlation(tracks[first], tracks[second])?.value
                    let ceiling = Double(ceilings[second])
                    #expect(ceiling >= exact ?? -1 || exact == nil, "seed \(seed), \(first) and \(second)")
                    pairs += 1
                    if ceiling >= 0.75 { asked += 1 }
                    if let exact, exact >= 0.75 { similar += 1 }
                }
            }
        }
        #expect(similar > 50 && asked < pairs / 4, "\(similar) similar, \(asked) asked of \(pairs)")
    }

    @Test("of nothing says nothing")
    func empty() {
        var ceilings: [Float] = [5]
        TrackScreen([StandardizedTrack([])]).fill(&ceilings, of: 0)
        #expect(ceilings == [5])
    }
}
