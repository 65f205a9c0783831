import Books
import Domain
import PortfolioConstruction
import Supervision
import Swarm

/// What to keep of a fleet's run besides its returns.
struct Watch: Sendable {
    /// Members whose weights are wanted, day by day.
    var weightsOf: [Int] = []
    /// Members of which it is wanted how many pairs share a cluster.
    var clustersOf: [Int] = []
    /// Stop as soon as somebody was promoted.
    var stopsAtPromotion = false
}

/// Daily marks of a fleet, wherever they come from.
struct MarkHistory: Sendable {
    var memberCount: Int
    var dayCount: Int
    /// 00:00 UTC at which the first day begins.
    var start: Timestamp
    var standings: [DecisionState.Standing]
    /// The mark that ends the day, as BookMark; `nil` while the member has no book.
    var mark: @Sendable (_ member: Int, _ day: Int, _ at: Timestamp) -> BookMark?
}

/// Marks driven through the part of the supervisor that decides, a day at a time.
///
/// Everybody joins on the first day; every mark is attested; nothing is known of forecasts, so that multipliers are
/// neutral.
struct FleetRun: Sendable {
    /// By settled day.
    var netReturns: [Double] = []
    var invested: [Double] = []
    var turnover: [Double] = []
    var equalWeightReturns: [Double] = []
    var mixReturns: [Double] = []
    /// By watched member and day.
    var weights: [[Double]] = []
    /// Mean share of pairs of `clustersOf` that share a cluster, over days.
    var sharedPairs = 0.0
    /// Days until it was promoted first, by member; infinite for never.
    var promotedAfter: [Double]
    /// The same until it was killed.
    var killedAfter: [Double]

    static let start = Timestamp(seconds: 1_577_836_800)  // 2020-01-01T00:00:00Z

    init(_ panel: RegimePanel, policy: Policy, watch: Watch = Watch()) {
        self.init(panel.history, policy: policy, watch: watch)
    }

    init(_ history: MarkHistory, policy: Policy, watch: Watch = Watch()) {
        promotedAfter = [Double](repeating: .infinity, count: history.memberCount)
        killedAfter = promotedAfter
        weights = watch.weightsOf.map { _ in [] }
        var state = DecisionState()
        state.add(count: history.memberCount)
        state.events.areKept = true
        let order = Array(0..<history.memberCount)
        state.register(order, at: history.start)
        var standings = history.standings
        var sharedSum = 0.0
        state.decide(at: history.start, standings: standings, order: order, news: [], policy: policy)
        for day in 0..<history.dayCount {
            let time = history.start + .days(Int64(day + 1))
            for member in order {
                guard let mark = history.mark(member, day, time) else { continue }
                standings[member].hasBook = true
                state.take(mark, of: member, policy: policy)
            }
            state.closeDays(through: time, policy: policy)
            state.register([], at: time)
            state.decide(at: time, standings: standings, order: order, news: [], policy: policy)
            note(&state, day: day, watch)
            sharedSum += Self.sharedPairs(state, watch.clustersOf)
            if watch.stopsAtPromotion, promotedAfter.contains(where: { $0 < .infinity }) { break }
        }
        sharedPairs = sharedSum / Double(history.dayCount)
    }

    private mutating func note(_ state: inout DecisionState, day: Int, _ watch: Watch) {
        for settled in state.events.days {
            netReturns.append(settled.netReturn)
            invested.append(1 - settled.cash)
            turnover.append(settled.turnover)
            equalWeightReturns.append(settled.equalWeightNetReturn)
            mixReturns.append(settled.mixNetReturn)
            guard !watch.weightsOf.isEmpty else { continue }
            var byMember = [Double](repeating: 0, count: promotedAfter.count)
            for weight in settled.weights { byMember[weight.member] = weight.weight }
            for (index, member) in watch.weightsOf.enumerated() { weights[index].append(byMember[member]) }
        }
        for change in state.events.stageChanges {
            if change.to == .promoted || change.to == .probation, change.from == .candidate {
                promotedAfter[change.member] = min(promotedAfter[change.member], Double(day + 1))
            }
            if change.to == .killed { killedAfter[change.member] = min(killedAfter[change.member], Double(day + 1)) }
        }
        state.events.days = []
        state.events.stageChanges = []
    }

    private static func sharedPairs(_ state: DecisionState, _ members: [Int]) -> Double {
        guard members.count > 1 else { return 0 }
        let clusters = members.map { state.capital.cluster(of: $0) }
        var shared = 0
        for (index, cluster) in clusters.enumerated() where cluster != nil {
            for other in clusters[..<index] where other == cluster { shared += 1 }
        }
        return Double(shared) / Double(members.count * (members.count - 1) / 2)
    }
}

enum Standings {
    static func neutral(_ place: Int) -> DecisionState.Standing {
        let digits = String(place)
        let name = "agent-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        guard let agent = AgentID(name) else { preconditionFailure("Invariant: a valid name") }
        return DecisionState.Standing(agent: agent, strategyClass: name)
    }
}

extension RegimePanel {
    /// Each member in a strategy class of its own, so that no cap of a class stands between a rule and its measure.
    var history: MarkHistory {
        MarkHistory(
            memberCount: memberCount, dayCount: dayCount, start: FleetRun.start,
            standings: (0..<memberCount).map(Standings.neutral),
            mark: { [self] member, day, time in mark(of: member, onDay: day, at: time) })
    }

    func mark(of member: Int, onDay day: Int, at time: Timestamp) -> BookMark {
        let index = place(of: member, onDay: day)
        return BookMark(
            at: time, netReturn: netReturns[index], grossReturn: netReturns[index], turnover: 0,
            isExposed: isExposed[index], isAttested: true, marketReturn: marketReturns[day], staleCount: 0,
            abandonedCount: 0, importedCount: 0)
    }
}

/// One agent alone, as a fleet of one, until it is promoted or killed or the days are over.
struct SingleRun: Sendable {
    var promotedAfter = Double.infinity
    var killedAfter = Double.infinity

    /// - Parameter isKilledCounted: Whether to go on after a promotion until it is killed.
    init(_ path: ReturnPath, dayCount: Int, policy: Policy, untilKilled isKilledCounted: Bool = false) {
        var path = path
        var state = DecisionState()
        state.add()
        state.events.areKept = true
        state.register([0], at: FleetRun.start)
        let standings = [Standings.neutral(0)]
        for day in 0..<dayCount {
            let time = FleetRun.start + .days(Int64(day + 1))
            let value = path.next()
            let mark = BookMark(
                at: time, netReturn: value, grossReturn: value, turnover: 0, isExposed: true, isAttested: true,
                marketReturn: nil, staleCount: 0, abandonedCount: 0, importedCount: 0)
            state.take(mark, of: 0, policy: policy)
            state.closeDays(through: time, policy: policy)
            state.register([], at: time)
            state.decide(at: time, standings: standings, order: [0], news: [], policy: policy)
            state.events.days = []
            for change in state.events.stageChanges {
                if change.to == .promoted || change.to == .probation, change.from == .candidate {
                    promotedAfter = min(promotedAfter, Double(day + 1))
                }
                if change.to == .killed { killedAfter = Double(day + 1) }
            }
            state.events.stageChanges = []
            if killedAfter < .infinity || (promotedAfter < .infinity && !isKilledCounted) { return }
        }
    }
}
