internal import RealModule

// Exponential weights at a rate found from what they cost: AdaHedge and fixed share.

extension ExpertAggregation {
    // AdaHedge (de Rooij, van Erven, Grünwald & Koolen 2014, section 2).
    //
    //   w_i proportional to a_i exp(R_i / q),   q = one over the learning rate
    //   g   = m + q ln sum w_i exp(-l_i / q) = q ln sum w_i exp(r_i / q) >= 0        the mixability gap of the round
    //   q   = max(q before, G / c),   G = sum of the gaps, c = ln n
    //
    // with a the prior masses, r_i = m - l_i, n the number of experts. While nothing was lost, q = 0: the leaders only.
    //
    // Guarantee, for expert i with A the sum of all masses:
    //
    //   R_i <= G + q ln(A / a_i)
    //   G   <= S sqrt(c v) + (2 c / 3 + 1) S          with S sqrt(v) the root of the summed variances, S the largest
    //                                                 spread of the losses in a round
    //
    // For n experts of equal mass, all there from the beginning: R_i <= 2 G, de Rooij et al.'s bound.
    // Proof. P_t(q) = -q ln sum (a_i / A) exp(-L_it / q), with sleepers' losses filled in, rises with q, and q only
    // rises. So the mix losses -q_t ln sum w exp(-l / q_t) = P_t(q_t) - P_(t-1)(q_t) add up to at most P_T(q_T), which
    // is at most L_iT + q_T ln(A / a_i); the mix loses them and the gaps. The gap over all is at most the one over the
    // awake, which is the one we sum: a sleeper then has no say in how fast the awake are told apart. Those who have
    // not joined are sleepers too. The second line: g / q <= w-variance / 2 + s g / 3 with s the spread of the round
    // (Bernstein; de Rooij et al.), and G_t^2 - G_(t-1)^2 = g (2 G_(t-1) + g), with G_(t-1) <= c q_t and g <= S.
    //
    // Fixed share (Herbster & Warmuth 1998; with a prior and a rate that falls: Cesa-Bianchi, Gaillard, Lugosi &
    // Stoltz 2012). After a round, with p the weights over all that ever joined, b = a / A, and z the probability of
    // switching:
    //
    //   p_i proportional to p_i exp(r_i / q);  then, where q rises to q', proportional to b_i (p_i / b_i)^(q / q')
    //   p_i = (1 - z) p_i + z b_i
    //
    // Guarantee against any succession i_0, i_1, ... i_k of experts, switching k times, each when it likes:
    //
    //   R <= G + q [ln(A / a_(i_0)) + sum_j ln(A / (z a_(i_j)))] + ln(1 / (1 - z)) sum_(t >= 2) q_t
    //
    // Proof. The mix loss of a round is l_i + q ln(p_i after / p_i before), for any i. Along the succession these
    // telescope but for three costs between two rounds: a switch, at most q ln(A / (z a)); staying, q ln(1 / (1 - z));
    // and a rise of q by x, x ln(A / a), since sum b (p / b)^(q / q') <= 1. A newcomer of mass a takes its share from
    // all alike, which costs q ln((A + a) / A): with it A in the formula is that of the end. Gaps as above.
    //
    // The rate is ours: AdaHedge's, with c the cost in nats of a succession that switches as often as z says,
    // c = ln n + (z ln(n / z) + ln(1 / (1 - z))) x rounds (discounted). With c = ln n the rate would fall for ever and
    // the rule cease to follow; so it settles where gaps and the cost of switching balance. With z = 0 it is AdaHedge.

    func hedgeLogWeights(_ awake: [Bool]) -> [Double] {
        var leading = -Double.infinity
        for index in scores.indices where awake[index] { leading = max(leading, scores[index]) }
        return scores.indices.map { index in
            guard awake[index] else { return -.infinity }
            let behind = scores[index] - leading
            guard inverseRate > 0 else { return behind == 0 ? Double.log(priorMasses[index]) : -.infinity }
            return Double.log(priorMasses[index]) + behind / inverseRate
        }
    }

    mutating func updateHedge(
        _ regretsOfRound: [Double], logWeights: [Double], weights: [Double], awake: [Bool]
    ) {
        if effectiveRoundCount > 0 { inverseRateSum += inverseRate }
        let before = leadingScore(awake)
        for index in scores.indices { scores[index] += regretsOfRound[index] }
        let best = awakeMaximum(regretsOfRound, awake)
        let lead = leadingScore(awake) - before
        let gapOfRound =
            inverseRate > 0
            ? mixabilityGap(regretsOfRound, logWeights: logWeights, weights: weights, awake: awake) : lead
        // Never negative, never more than the best expert gained on the mix: rounding must not say otherwise.
        gap += min(max(0, gapOfRound), max(0, best))
        addVariance(regretsOfRound, weights: weights, spread: best + awakeMaximum(regretsOfRound.map { -$0 }, awake))
        effectiveRoundCount = decay * effectiveRoundCount + 1
        inverseRate = max(inverseRate, targetInverseRate)
        if case .fixedShare(let probability, _) = rule, probability > 0 { share(probability) }
    }

    /// `q ln sum w exp(r / q)`. Since `sum w r = 0`, the sum is 1 + sum w (exp(x) - 1 - x): no digits cancel.
    private func mixabilityGap(
        _ regretsOfRound: [Double], logWeights: [Double], weights: [Double], awake: [Bool]
    ) -> Double {
        let scaled = regretsOfRound.map { min(1e300, max(-1e300, $0 / inverseRate)) }
        if awakeMaximum(scaled, awake) < 30 {
            var excess = CompensatedSum()
            for index in scaled.indices where awake[index] { excess.add(weights[index] * expBeyondLine(scaled[index])) }
            return inverseRate * Double.log(onePlus: max(0, excess.value))
        }
        // Far out a tiny weight may decide; logarithms keep it.
        let floor = logWeights.map { max($0, -1e300) }
        let total = logSumExp(floor.indices.filter { awake[$0] }.map { floor[$0] })
        return inverseRate * (logSumExp(floor.indices.filter { awake[$0] }.map { floor[$0] + scaled[$0] }) - total)
    }

    private mutating func addVariance(_ regretsOfRound: [Double], weights: [Double], spread: Double) {
        let widest = max(range, spread)
        guard widest > 0 else { return }
        let shrink = range / widest
        var added = CompensatedSum()
        for index in weights.indices {
            let scaled = regretsOfRound[index] / widest
            added.add(weights[index] * scaled * scaled)
        }
        variance = variance * shrink * shrink + added.value
        range = widest
    }

    /// The second step of fixed share, in logarithms and normalized.
    private mutating func share(_ probability: Double) {
        guard inverseRate > 0 else { return }
        let scaled = scores.map { min(1e300, max(-1e300, $0 / inverseRate)) }
        // ln sum (a / A) exp(score / q)
        let total = logSumExp(scaled.indices.map { Double.log(priorMasses[$0]) + scaled[$0] }) - Double.log(totalMass)
        for index in scores.indices {
            let relative = Double.exp(scaled[index] - total)
            scores[index] = inverseRate * Double.log((1 - probability) * relative + probability)
        }
    }

    /// The cost in nats that the rate is balanced against: c above. At least that of two experts.
    package var complexity: Double {
        let choices = Double(max(2, count))
        guard case .fixedShare(let probability, _) = rule, probability > 0 else { return Double.log(choices) }
        let aRound = probability * Double.log(choices / probability) - Double.log(onePlus: -probability)
        return Double.log(choices) + aRound * effectiveRoundCount
    }

    /// Before a round all that is in units of losses shrinks by `decay`; the round itself is to have the rate given.
    static func constantInverseRate(_ rate: Double, decay: Double) -> Double { 1 / (rate * decay) }

    private var targetInverseRate: Double {
        if case .fixedShare(_, let rate?) = rule { return Self.constantInverseRate(rate, decay: decay) }
        return gap / complexity
    }

    /// What `gap` cannot exceed while the rate is found from the past; `nil` with a constant one.
    package var gapBound: Double? {
        if case .fixedShare(_, .some) = rule { return nil }
        return range * ((complexity * variance).squareRoot() + 2 * complexity / 3 + 1)
    }

    /// The bound of the regret against a succession of experts (fixed share), or against one (both rules): of
    /// `sum d^(T-t) (m_t - l_t)` where l_t is the loss of the one whose turn it is, m_t where that one sleeps.
    package func regretBound(along succession: [Int]) -> Double {
        precondition(!succession.isEmpty, "Invariant: a succession has a first")
        switch rule {
        case .fixedShare: return hedgeRegretBound(along: succession)
        case .adaHedge, .polynomial, .bernstein:
            precondition(succession.count == 1, "Invariant: only fixed share promises anything against a succession")
            return regretBound(of: succession[0])
        }
    }

    func hedgeRegretBound(along succession: [Int]) -> Double {
        let total = Double.log(totalMass)
        var nats = CompensatedSum()
        for index in succession { nats.add(total - Double.log(priorMasses[index])) }
        guard case .fixedShare(let probability, _) = rule else { return gap + inverseRate * nats.value }
        if succession.count > 1 {
            guard probability > 0 else { return .greatestFiniteMagnitude }
            nats.add(-Double.log(probability) * Double(succession.count - 1))
        }
        return gap + inverseRate * nats.value - Double.log(onePlus: -probability) * inverseRateSum
    }

    private func leadingScore(_ awake: [Bool]) -> Double { awakeMaximum(scores, awake) }

    private func awakeMaximum(_ values: [Double], _ awake: [Bool]) -> Double {
        var greatest = -Double.infinity
        for index in values.indices where awake[index] { greatest = max(greatest, values[index]) }
        return greatest
    }
}

/// `exp(x) - 1 - x`, to full precision for small x, where both are nearly the same.
func expBeyondLine(_ x: Double) -> Double {
    // Below this the sixth term of the series is under the last bit.
    guard x.magnitude < 0.01 else { return Double.expMinusOne(x) - x }
    return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7)))))
}

/// `ln sum exp(values)` without leaving the floating-point range; there must be a value that is finite.
func logSumExp(_ values: [Double]) -> Double {
    let greatest = values.max() ?? 0
    return greatest + Double.log(compensatedSum(values.map { Double.exp($0 - greatest) }))
}
