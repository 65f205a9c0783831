package import Domain
internal import Statistics

/// Which agents are one bet under several names: whose residual returns move together.
///
/// The similarity of two agents is the correlation of their residuals over the newest days on which both held a
/// position, at most `window` of them; below `minimalCommonDays` it is unknown, and unknown is not similar. On fewer
/// than `fullCommonDays` more is asked of it, up to `youngExtra`: copies are to be known before they are given capital,
/// and a short sample errs by more. Residuals, not returns: in a market with one factor all long books move together,
/// and that is what beta is for.
///
/// Clusters are built by average linkage (Sokal & Michener 1958): the two groups with the greatest mean similarity are
/// joined while it reaches `join`. For two agents that are in one cluster already, `join - leave` is added, so that a
/// cluster falls apart at `leave` and does not flutter at one bound. Single linkage would chain strangers together over
/// common neighbors. Looked at once a week: clusters are slow, and their cost grows with the square of the fleet.
package struct AgentClusters: Equatable, Sendable {
    /// One member's newest days, oldest first; `nil` where it held nothing.
    struct Track: Equatable, Sendable, SnapshotVisitable {
        /// Up to twice as many as count, so that the oldest are moved out once in a while and not every day.
        private var days: [Double?] = []

        var isEmpty: Bool { days.isEmpty }
        var residuals: ArraySlice<Double?> { days.suffix(AgentClusters.window) }

        mutating func append(_ residual: Double?) {
            if days.count == 2 * AgentClusters.window { days.removeFirst(AgentClusters.window) }
            days.append(residual)
        }

        mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
            if !coder.isReading { days = Array(residuals) }
            try coder.visit(&days, blank: nil) { coder, residual throws(SnapshotCoder.Failure) in
                try coder.visit(&residual)
            }
        }

        static func == (left: Track, right: Track) -> Bool { left.residuals == right.residuals }
    }

    private var tracks: [Track] = []
    private var dayCount = 0
    /// What the last look found by itself.
    private var found: [Int?] = []
    /// By place: the smallest place in the member's cluster; `nil` for one that moves with nobody.
    package private(set) var clusters: [Int?] = []

    package init() {}

    static let window = 120
    static let daysBetweenLooks = 7
    static let minimalCommonDays = 20
    static let youngExtra = 0.1
    static let cut = 3.0

    package mutating func join(_ place: Int) {
        while tracks.count <= place {
            tracks.append(Track())
            found.append(nil)
            clusters.append(nil)
        }
        tracks[place] = Track()
        found[place] = nil
        clusters[place] = nil
    }

    /// Takes a complete day. - Complexity: O(members) on most days, O(members^2 window) on one in seven.
    ///
    /// - Parameter scales: By place, the risk known before the day; without one a member is asleep.
    package mutating func take(
        _ round: MarkRound, scales: [Double?], join: Double?, leave: Double, fullCommonDays: Int
    ) {
        guard let join else {
            // A policy without clusters keeps none, so that a later one begins anew.
            if dayCount > 0 { self = AgentClusters(placeCount: tracks.count) }
            return
        }
        var residuals = [Double?](repeating: nil, count: tracks.count)
        for mark in round.marks where mark.isExposed {
            guard let scale = scales[mark.member] else { continue }
            residuals[mark.member] = min(AgentClusters.cut, max(-AgentClusters.cut, mark.residual / scale))
        }
        for place in tracks.indices {
            // Who never held anything costs no memory.
            if residuals[place] != nil || !tracks[place].isEmpty { tracks[place].append(residuals[place]) }
        }
        dayCount += 1
        guard dayCount % AgentClusters.daysBetweenLooks == 0 else { return }
        look(join: join, leave: leave, fullCommonDays: fullCommonDays)
    }

    private init(placeCount: Int) {
        tracks = [Track](repeating: Track(), count: placeCount)
        found = [Int?](repeating: nil, count: placeCount)
        clusters = found
    }

    private mutating func look(join: Double, leave: Double, fullCommonDays: Int) {
        let rows = tracks.map { StandardizedTrack(Array($0.residuals)) }
        let known = tracks.indices.filter { rows[$0].count >= AgentClusters.minimalCommonDays }
        let former = clusters
        func similarity(_ first: Int, _ second: Int) -> Double? {
            let isTogether = former[first] != nil && former[first] == former[second]
            return StandardizedTrack.correlation(rows[first], rows[second]).map { known in
                let missing = Double(max(0, fullCommonDays - known.count))
                let range = Double(max(1, fullCommonDays - AgentClusters.minimalCommonDays))
                return known.value - AgentClusters.youngExtra * missing / range + (isTogether ? join - leave : 0)
            }
        }
        // Two groups join only where some pair of them reaches the bound: what no such pair connects stays apart.
        var parts = DisjointSets(count: tracks.count)
        let screen = TrackScreen(known.map { rows[$0] })
        var ceilings = [Float](repeating: 0, count: known.count)
        for (offset, first) in known.enumerated() {
            screen.fill(&ceilings, of: offset)
            for later in (offset + 1)..<known.count {
                let second = known[later]
                let isTogether = former[first] != nil && former[first] == former[second]
                // Hardly any pair of a fleet comes near the bound, and one that is united already has nothing to prove.
                guard Double(ceilings[later]) + (isTogether ? join - leave : 0) >= join,
                    !parts.areUnited(first, second), (similarity(first, second) ?? -1) >= join
                else { continue }
                parts.unite(first, second)
            }
        }
        let before = found
        found = [Int?](repeating: nil, count: tracks.count)
        clusters = found
        for part in parts.sets where part.count > 1 {
            for group in averageLinkage(part, joinedAt: join, similarity: { similarity($0, $1) ?? 0 })
            where group.count > 1 {
                for member in group { found[member] = group[0] }
                for kept in Dictionary(grouping: group, by: { before[$0] ?? -1 }).values where kept.count > 1 {
                    guard before[kept[0]] != nil else { continue }
                    for member in kept { clusters[member] = kept[0] }
                }
            }
        }
    }
}

/// The groups of `members` by average linkage, each in ascending order, cut where the mean similarity of two groups
/// falls below `joinedAt`.
///
/// By chains of nearest neighbors (Murtagh 1983): exact for average linkage, whose joins never come nearer to others
/// than their parts were. - Complexity: O(n^2).
func averageLinkage(
    _ members: [Int], joinedAt join: Double, similarity: (Int, Int) -> Double
) -> [[Int]] {
    let count = members.count
    var nearness = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for first in 0..<count {
        for second in 0..<count where second > first {
            nearness[first][second] = similarity(members[first], members[second])
            nearness[second][first] = nearness[first][second]
        }
    }
    var sizes = [Double](repeating: 1, count: count)
    var active = Array(0..<count)
    var joined = DisjointSets(count: count)
    var chain: [Int] = []
    while active.count > 1 {
        if chain.isEmpty { chain.append(active[0]) }
        let last = chain[chain.count - 1]
        let before = chain.count > 1 ? chain[chain.count - 2] : nil
        // Of equals the one before in the chain, else the first: or the chain would run in a circle.
        var nearest = before ?? active.first { $0 != last } ?? last
        for other in active where other != last && nearness[last][other] > nearness[last][nearest] { nearest = other }
        guard nearest == before else {
            chain.append(nearest)
            continue
        }
        chain.removeLast(2)
        let (kept, gone) = (min(last, nearest), max(last, nearest))
        if nearness[kept][gone] >= join { joined.unite(kept, gone) }
        for other in active where other != kept && other != gone {
            let sum = sizes[kept] * nearness[kept][other] + sizes[gone] * nearness[gone][other]
            nearness[kept][other] = sum / (sizes[kept] + sizes[gone])
            nearness[other][kept] = nearness[kept][other]
        }
        sizes[kept] += sizes[gone]
        active.removeAll { $0 == gone }
    }
    return joined.sets.map { $0.map { members[$0] } }
}

/// Sets that are united until asked for; each is named by its smallest member.
private struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    private mutating func root(of member: Int) -> Int {
        var member = member
        while parents[member] != member {
            parents[member] = parents[parents[member]]
            member = parents[member]
        }
        return member
    }

    mutating func unite(_ one: Int, _ two: Int) {
        let (first, second) = (root(of: one), root(of: two))
        parents[max(first, second)] = min(first, second)
    }

    mutating func areUnited(_ one: Int, _ two: Int) -> Bool { root(of: one) == root(of: two) }

    /// All sets, each in ascending order, in the order of their smallest members.
    var sets: [[Int]] {
        var copy = self
        var byRoot: [[Int]] = parents.map { _ in [] }
        for member in parents.indices { byRoot[copy.root(of: member)].append(member) }
        return byRoot.filter { !$0.isEmpty }
    }
}

extension AgentClusters: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&dayCount)
        try coder.visit(&tracks)
        try AgentClusters.visit(&found, &coder)
        try AgentClusters.visit(&clusters, &coder)
        guard clusters.count == tracks.count, found.count == tracks.count else { throw .malformed }
    }

    private static func visit(_ labels: inout [Int?], _ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&labels, blank: nil) { coder, label throws(SnapshotCoder.Failure) in
            var number = label ?? -1
            try coder.visit(&number)
            label = number < 0 ? nil : number
        }
    }
}
