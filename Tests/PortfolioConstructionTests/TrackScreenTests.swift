import CVectorLoops
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

    @Test("every processor's loops find the same to rounding", arguments: [8, 16, 120])
    func loops(width: Int) {
        var random = Xoshiro256(seed: UInt64(width))
        let count = 11
        func rows() -> [Float] { (0..<(count + 1) * width).map { _ in Float(max(-3, min(3, random.normal()))) } }
        let presence = (0..<(count + 1) * width).map { _ in Float(random.next() % 4 > 0 ? 1 : 0) }
        let values = zip(rows(), presence).map { $0 * $1 }
        let squares = values.map { $0 * $0 }
        var products = [[Float]](repeating: [Float](repeating: 0, count: count), count: 2)
        var pairs = [[track_pair]](repeating: [track_pair](repeating: track_pair(), count: count), count: 2)
        values.withUnsafeBufferPointer { values in
            squares.withUnsafeBufferPointer { squares in
                presence.withUnsafeBufferPointer { presence in
                    guard let values = values.baseAddress, let squares = squares.baseAddress,
                        let presence = presence.baseAddress
                    else { return }
                    track_products(values, values + width, width, count, &products[0])
                    track_products_anywhere(values, values + width, width, count, &products[1])
                    let first = track_rows(values: values, squares: squares, presence: presence)
                    let others = track_rows(
                        values: values + width, squares: squares + width, presence: presence + width)
                    track_sums(first, others, width, count, &pairs[0])
                    track_sums_anywhere(first, others, width, count, &pairs[1])
                }
            }
        }
        for other in 0..<count {
            let days = (0..<width).map { (first: $0, second: (other + 1) * width + $0) }
            func sum(_ value: (Int, Int) -> Float) -> Float { days.reduce(0) { $0 + value($1.first, $1.second) } }
            let product = sum { values[$0] * values[$1] }
            for (found, pair) in zip(products, pairs) {
                #expect(abs(found[other] - product) < 1e-3)
                #expect(abs(pair[other].products - product) < 1e-3)
                #expect(pair[other].common == sum { presence[$0] * presence[$1] })
                #expect(abs(pair[other].first_sum - sum { values[$0] * presence[$1] }) < 1e-3)
                #expect(abs(pair[other].second_sum - sum { presence[$0] * values[$1] }) < 1e-3)
                #expect(abs(pair[other].first_squares - sum { squares[$0] * presence[$1] }) < 1e-3)
                #expect(abs(pair[other].second_squares - sum { presence[$0] * squares[$1] }) < 1e-3)
            }
        }
    }
}
