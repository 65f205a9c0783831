import Domain
import Statistics
import Testing

@testable import PortfolioConstruction

/// A fleet of books without prices: daily returns with a mean, a volatility and, for copies, a leader.
private struct Days {
    var generator: Xoshiro256
    private(set) var day = 0

    init(seed: UInt64) { generator = Xoshiro256(seed: seed) }

    mutating func round(_ make: (Int, () -> Double) -> Double, count: Int, isExposed: (Int) -> Bool = { _ in true })
        -> MarkRound
    {
        var source = generator
        let marks = (0..<count).map { member in
            let value = make(member) { source.normal() }
            return MarkRound.Mark(
                member: member, netReturn: isExposed(member) ? value : 0, residual: isExposed(member) ? value : 0,
                isExposed: isExposed(member))
        }
        generator = source
        defer { day += 1 }
        return MarkRound(start: Timestamp(seconds: 0) + .days(Int64(day)), marks: marks)
    }
}

struct CapitalStateTests {
    private func state(_ count: Int) -> CapitalState {
        var state = CapitalState()
        for place in 0..<count { state.join(place, priorMass: 1) }
        return state
    }

    private func run(
        _ state: inout CapitalState, _ days: inout Days, _ count: Int, _ round: (inout Days) -> MarkRound
    ) {
        for _ in 0..<count {
            state.take(round(&days), mixNetReturn: 0.001, fleetNetReturn: 0, policy: AllocationPolicy())
        }
    }

    @Test(arguments: PriorRule.allCases)
    func `a rule that learns gives more to who earns, and a rule that does not says nothing`(rule: PriorRule) {
        var policy = AllocationPolicy()
        policy.prior = rule
        var state = state(3)
        var days = Days(seed: 7)
        for _ in 0..<400 {
            let round = days.round({ member, normal in 0.01 * ([-0.15, 0, 0.25][member] + normal()) }, count: 3)
            state.take(round, mixNetReturn: nil, fleetNetReturn: 0, policy: policy)
        }
        let weights = state.readings(policy).map(\.learnedWeight)
        if rule == .equal || rule == .inverseVolatility {
            #expect(weights == [nil, nil, nil])
        } else {
            #expect((weights[2] ?? 0) > (weights[1] ?? 1), "\(weights)")
            #expect((weights[2] ?? 0) > (weights[0] ?? 1), "\(weights)")
        }
    }

    @Test func `copies become a cluster, strangers at one half do not, and both are told again when they part`() {
        var state = state(4)
        var days = Days(seed: 11)
        var shared = 0
        let round: (inout Days) -> MarkRound = { days in
            var leader = 0.0
            return days.round(
                { member, normal in
                    let own = normal()
                    if member == 0 { leader = own }
                    // 1 copies 0 almost, 2 follows it by one half, 3 is alone.
                    let share = [1, 0.95, 0.5, 0][member]
                    return 0.01 * (share * leader + (1 - share * share).squareRoot() * (member == 0 ? 0 : own))
                }, count: 4)
        }
        run(&state, &days, 56, round)
        #expect(state.movingWith(0) == [1] && state.movingWith(3) == [])
        for _ in 0..<80 {
            run(&state, &days, 7, round)
            #expect(state.cluster(of: 0) != nil && state.cluster(of: 0) == state.cluster(of: 1))
            shared += state.cluster(of: 2) != nil ? 1 : 0
        }
        #expect(shared <= 2, "\(shared) of 80 weeks")
        run(&state, &days, 140) { days in days.round({ _, normal in 0.01 * normal() }, count: 4) }
        #expect(state.cluster(of: 0) == nil)
    }

    @Test func `the record of the mix opens the gate, and silence ages it`() {
        var state = state(1)
        var days = Days(seed: 3)
        let policy = AllocationPolicy()
        #expect(state.condition(policy).edge.value == nil)
        for _ in 0..<200 {
            let value = 0.005 + 0.01 * days.generator.normal()
            state.take(
                days.round({ _, _ in value }, count: 1), mixNetReturn: value, fleetNetReturn: value, policy: policy)
        }
        let open = state.condition(policy).edge.value?.sharpeRatio ?? 0
        #expect(open > 3)
        for _ in 0..<500 {
            state.take(
                days.round({ _, _ in 0 }, count: 1) { _ in false }, mixNetReturn: nil, fleetNetReturn: 0,
                policy: policy)
        }
        #expect((state.condition(policy).edge.value?.sharpeRatio ?? 9) < 1.5)
    }

    @Test func `all that come later weigh no more than the first fleet, and a new version begins anew`() {
        let first = 40
        let masses = (1...2_000).map { CapitalState.newcomerMass(rank: $0, firstFleetCount: first) }
        #expect(masses.prefix(first).allSatisfy { $0 == 1 })
        #expect(masses.dropFirst(first).reduce(0, +) <= Double(first))
        #expect(zip(masses, masses.dropFirst()).allSatisfy { $1 <= $0 })
        var state = state(2)
        var days = Days(seed: 5)
        run(&state, &days, 300) { days in
            days.round({ member, normal in 0.01 * (0.3 * Double(member) + normal()) }, count: 2)
        }
        let before = state.readings(AllocationPolicy()).map { $0.learnedWeight ?? 0 }
        #expect(before[1] > 2)
        state.join(1, priorMass: 0.2)
        let after = state.readings(AllocationPolicy()).map { $0.learnedWeight ?? 0 }
        #expect(after[0] == before[0] && (after[1] - 0.1 * 0.2).magnitude < 1e-12)
    }

    @Test(arguments: PriorRule.allCases)
    func `a snapshot goes on to the last bit`(rule: PriorRule) throws {
        var policy = AllocationPolicy()
        policy.prior = rule
        var state = state(5)
        var days = Days(seed: 13)
        let round: (inout Days) -> MarkRound = { days in
            let day = days.day
            return days.round({ member, normal in 0.01 * (0.1 * Double(member) + normal()) }, count: 5) {
                $0 != 2 || day % 3 > 0
            }
        }
        for _ in 0..<90 { state.take(round(&days), mixNetReturn: 0.001, fleetNetReturn: 0.0005, policy: policy) }
        state.retire(4)
        state.beginDecision()
        state.putIntoForce([(0, 0.2), (3, 0.4)])
        var writer = SnapshotCoder.writer()
        try state.visit(&writer)
        var reader = SnapshotCoder.reader(writer.bytes)
        var restored = CapitalState()
        try restored.visit(&reader)
        #expect(reader.isAtEnd)
        for _ in 0..<60 {
            let next = round(&days)
            state.take(next, mixNetReturn: -0.001, fleetNetReturn: 0, policy: policy)
            restored.take(next, mixNetReturn: -0.001, fleetNetReturn: 0, policy: policy)
        }
        #expect(state.readings(policy) == restored.readings(policy))
        #expect(state.condition(policy) == restored.condition(policy))
        var (one, two) = (SnapshotCoder.writer(), SnapshotCoder.writer())
        try state.visit(&one)
        try restored.visit(&two)
        #expect(one.bytes == two.bytes)
    }

    @Test func `average linkage joins by the mean, not by the nearest`() {
        // 0-1 near, 1-2 near, 0-2 far: single linkage would join all three.
        let near: [[Double]] = [[1, 0.9, 0.1], [0.9, 1, 0.8], [0.1, 0.8, 1]]
        #expect(averageLinkage([0, 1, 2], joinedAt: 0.75) { near[$0][$1] } == [[0, 1], [2]])
        #expect(averageLinkage([0, 1, 2], joinedAt: 0.4) { near[$0][$1] } == [[0, 1, 2]])
        #expect(averageLinkage([4], joinedAt: 0.5) { _, _ in 0 } == [[4]])
        // All alike: ties end.
        #expect(averageLinkage(Array(0..<9), joinedAt: 0.5) { _, _ in 1 } == [Array(0..<9)])
    }
}
