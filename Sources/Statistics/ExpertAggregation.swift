internal import RealModule

/// Weights for experts that promise a small regret on every sequence whatever, not only on likely ones.
///
/// In trading words: the experts are agents (and cash), the loss of an expert in a round is *minus* its return of the
/// day at unit risk, and the weights are how capital is spread before the day is known. The mix loses
/// `m = sum w_i l_i`. What a rule promises is that over any stretch the mix stands hardly worse than whoever turns out
/// to have been best, without a word about how returns come about.
///
/// **Losses are linear in the weights**, as returns are; so losses enter as they are and no gradients are taken. For
/// forecasts judged by a convex loss the caller passes the linearized losses instead (gradient times forecast).
///
/// **Sleeping.** An expert that is asleep is charged the mix's own loss: its regret of the round is 0. Weights are
/// those of all experts, restricted to the awake and scaled to add up to 1. With the sleepers' losses filled in like
/// that the mix over all has the same loss as the mix over the awake, so that whatever holds for the rule with all
/// awake holds for the regret in the rounds when an expert was awake (Freund, Schapire, Singer & Warmuth 1997; Blum &
/// Mansour 2007; Chernov & Vovk 2009; Gaillard, Stoltz & van Erven 2014). A newcomer is an expert that slept until
/// now; a retired one sleeps for good.
///
/// **Scale.** Losses are real numbers of a range that nobody knows beforehand. Every rule is scale-free: losses times
/// a constant give the same weights. Adding a constant to all losses of a round changes nothing either.
///
/// **Forgetting.** With a half-life of H rounds, all that is remembered in units of losses shrinks by
/// `d = 2^(-1/H)` before a round's losses enter. That is the rule without forgetting on the losses `d^(-t) l_t`, which
/// grow; since the rule is scale-free its guarantee holds for them, and divided by `d^(-T)` it is one for the
/// *discounted* regret `R_i = sum_t d^(T-t) (m_t - l_it)`, with squares discounted by `d^2` and ranges by `d`. It says
/// nothing of the plain regret of long ago (Cesa-Bianchi & Lugosi 2006, section 2.11).
///
/// Every field is state: two equal values continue without a difference. Sums over experts are compensated, so that
/// their order does not matter beyond the last bits. - Complexity: O(n) a round and O(n) memory.
package struct ExpertAggregation: Equatable, Sendable {
    /// How regrets become weights.
    package enum Rule: Equatable, Sendable {
        /// Exponential weights whose rate is what the past cost (de Rooij, van Erven, Grünwald & Koolen 2014).
        case adaHedge
        /// The same, of which each round the share `switchProbability` starts anew from the prior, so that it follows
        /// a best expert that changes (Herbster & Warmuth 1998). `learningRate` is per unit of loss, constant, and
        /// gives up being scale-free; `nil` finds it from the past.
        case fixedShare(switchProbability: Double, learningRate: Double?)
        /// Weights in proportion to positive regrets, each with its own rate (Gaillard, Stoltz & van Erven 2014).
        case polynomial
        /// Bernstein Online Aggregation: exponential weights, each with its own rate, that discount regrets by their
        /// squares (Wintenberger 2017).
        case bernstein
    }

    package var rule: Rule
    /// What is left of the past after one round; 1 forgets nothing.
    package var decay: Double
    /// What each expert starts with relative to the others; any scale.
    package var priorMasses: [Double]
    /// Who sleeps until told otherwise.
    package var isRetired: [Bool]
    /// `sum d^(T-t) (m_t - l_it)` over the rounds an expert was awake: above 0 it did better than the mix.
    package var regrets: [Double]
    /// What the exponent is made of. AdaHedge: the regrets. Fixed share: `ln(weight / prior) / rate`. Bernstein: the
    /// regrets less their squares. Unused (0) by the polynomial rule.
    package var scores: [Double]
    /// Per expert the discounted sum of squares of its regrets of a round, in units of `range` squared, so that
    /// neither huge nor tiny losses leave the floating-point range. Polynomial and Bernstein.
    package var squares: [Double]
    /// Rounds with anybody awake.
    package var roundCount: Int
    /// The same, discounted. Fixed share.
    package var effectiveRoundCount: Double
    /// The largest so far, discounted. Hedge: the spread of the losses in a round. Others: the magnitude of a regret of
    /// a round.
    package var range: Double
    /// What the mix has lost beyond the mixability bound, discounted. Hedge.
    package var gap: Double
    /// One over the learning rate of the next round, in units of losses; 0 = follow the leader. Hedge.
    package var inverseRate: Double
    /// The discounted sum of `inverseRate` over the rounds from the second on. Fixed share.
    package var inverseRateSum: Double
    /// The discounted sum of the variances of losses under the weights, in units of `range` squared. Hedge.
    package var variance: Double
    /// The bound of the potential that the guarantee rests on, as accounted so far. Polynomial and Bernstein.
    package var potentialBound: Double

    /// - Parameters:
    ///   - halfLife: In rounds; `nil` = never forgets.
    ///   - priorMasses: Of the experts there are from the beginning.
    package init(rule: Rule, halfLife: Double? = nil, priorMasses: [Double] = []) {
        self.rule = rule
        decay = halfLife.map { decayFactor(halfLife: $0) } ?? 1
        precondition(decay > 0, "Invariant: a half-life leaves something to remember")
        (self.priorMasses, isRetired, regrets, scores, squares) = ([], [], [], [], [])
        (roundCount, effectiveRoundCount) = (0, 0)
        (range, gap, inverseRate, inverseRateSum, variance, potentialBound) = (0, 0, 0, 0, 0, 0)
        if case .fixedShare(let probability, let rate) = rule {
            precondition(probability >= 0 && probability < 1, "Invariant: a probability of switching is below 1")
            if let rate {
                precondition(rate >= 1e-100 && rate <= 1e100, "Invariant: a learning rate is positive")
                inverseRate = Self.constantInverseRate(rate, decay: decay)
            }
        }
        for mass in priorMasses { join(priorMass: mass) }
    }

    /// How many experts ever joined, the retired among them.
    package var count: Int { priorMasses.count }

    /// Appends a newcomer that starts with no regret.
    ///
    /// Its share of the weights, while all others are even with the mix, is its mass over the sum of the masses of
    /// the awake; and what it costs the others' guarantees is the logarithm of the total mass (see each rule). To
    /// register again and again wins nothing if the caller gives all newcomers together a bounded mass.
    package mutating func join(priorMass: Double) {
        precondition(priorMass >= 1e-100 && priorMass <= 1e100, "Invariant: a prior mass is positive")
        priorMasses.append(priorMass)
        isRetired.append(false)
        regrets.append(0)
        scores.append(0)
        squares.append(0)
        // A newcomer's term of the potential sum a exp(0); in that of the polynomial rule it has none.
        if rule == .bernstein { potentialBound += priorMass }
    }

    /// Asleep from now on, whatever the caller says; its weight goes to the others. Its regret stays, as does its
    /// index.
    package mutating func retire(_ index: Int) { isRetired[index] = true }

    /// Takes a retired expert back with the regret it left with, faded as all are.
    package mutating func reinstate(_ index: Int) { isRetired[index] = false }

    /// What each expert is to hold in the coming round: at least 0, adding up to 1 over the awake; zeros where nobody
    /// is awake.
    package func weights(isAwake: [Bool]) -> [Double] {
        let awake = wakeful(isAwake)
        guard awake.contains(true) else { return awake.map { _ in 0 } }
        return Self.normalized(logWeights(awake))
    }

    private static func normalized(_ logWeights: [Double]) -> [Double] {
        let greatest = logWeights.max() ?? 0
        let raw = logWeights.map { Double.exp($0 - greatest) }
        let total = compensatedSum(raw)
        return raw.map { $0 / total }
    }

    /// Takes in the losses of one round, after `weights` was played.
    ///
    /// - Parameters:
    ///   - losses: One an expert, finite, of magnitude at most 1e100; a sleeper's entry is ignored.
    ///   - isAwake: As it was given to `weights`.
    /// - Returns: The mix's loss; `nil` where all slept (time passes, nothing is learned).
    @discardableResult
    package mutating func update(losses: [Double], isAwake: [Bool]) -> Double? {
        precondition(losses.count == count, "Invariant: one loss an expert")
        let awake = wakeful(isAwake)
        guard awake.contains(true) else {
            forget()
            return nil
        }
        let logWeights = logWeights(awake)
        let weights = Self.normalized(logWeights)
        forget()
        var mix = CompensatedSum()
        for index in losses.indices where awake[index] {
            precondition(losses[index].magnitude <= 1e100, "Invariant: a loss is finite and of this world")
            mix.add(weights[index] * losses[index])
        }
        let mixLoss = mix.value
        let regretsOfRound = losses.indices.map { awake[$0] ? mixLoss - losses[$0] : 0 }
        switch rule {
        case .adaHedge, .fixedShare:
            updateHedge(regretsOfRound, logWeights: logWeights, weights: weights, awake: awake)
        case .polynomial: updatePolynomial(regretsOfRound)
        case .bernstein: updateBernstein(regretsOfRound, awake: awake)
        }
        for index in regrets.indices { regrets[index] += regretsOfRound[index] }
        roundCount += 1
        return mixLoss
    }

    /// What the rule promises: an upper bound of `regrets[index]`, from the squares, gaps and ranges of the rounds so
    /// far. The formula and its proof stand at each rule; none of them takes the regrets that it bounds for granted.
    ///
    /// It bounds the mix as played: before caps, haircuts and gates, in the losses that were passed in, and discounted
    /// where the rule forgets. - Complexity: O(n).
    package func regretBound(of index: Int) -> Double {
        switch rule {
        case .adaHedge, .fixedShare: hedgeRegretBound(along: [index])
        case .polynomial: polynomialRegretBound(of: index)
        case .bernstein: bernsteinRegretBound(of: index)
        }
    }

    /// The sum of the masses of all that ever joined.
    var totalMass: Double { compensatedSum(priorMasses) }

    /// Logarithms of weights up to a constant, minus infinity for those without one. Somebody must be awake.
    private func logWeights(_ awake: [Bool]) -> [Double] {
        switch rule {
        case .adaHedge, .fixedShare: hedgeLogWeights(awake)
        case .polynomial: polynomialLogWeights(awake)
        case .bernstein: bernsteinLogWeights(awake)
        }
    }

    private func wakeful(_ isAwake: [Bool]) -> [Bool] {
        precondition(isAwake.count == count, "Invariant: one flag an expert")
        return zip(isAwake, isRetired).map { $0 && !$1 }
    }

    /// Squares and the potential are relative and need no forgetting.
    private mutating func forget() {
        guard decay < 1 else { return }
        for index in regrets.indices {
            regrets[index] *= decay
            scores[index] *= decay
        }
        range *= decay
        gap *= decay
        inverseRate *= decay
        inverseRateSum *= decay
    }

    /// Whether the fields fit together, as those of a value read from a file may not.
    package var isConsistent: Bool {
        let lists = [isRetired.count, regrets.count, scores.count, squares.count]
        guard lists.allSatisfy({ $0 == count }), decay > 0, decay <= 1, roundCount >= 0 else { return false }
        guard priorMasses.allSatisfy({ $0 >= 1e-100 && $0 <= 1e100 }) else { return false }
        guard squares.allSatisfy({ $0 >= 0 }) else { return false }
        if case .fixedShare(let probability, let rate) = rule {
            guard probability >= 0, probability < 1, rate.map({ $0 >= 1e-100 && $0 <= 1e100 }) ?? true else {
                return false
            }
        }
        let sizes = [range, gap, inverseRate, inverseRateSum, variance, potentialBound, effectiveRoundCount]
        return sizes.allSatisfy { $0 >= 0 }
    }
}
