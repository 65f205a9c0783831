internal import RealModule

// ML-Poly: polynomial potential with a learning rate an expert (Gaillard, Stoltz & van Erven 2014), the rates without
// a known range as in the R package opera (Gaillard & Goude):
//
//   w_i proportional to a_i e_i max(0, R_i),   e_i = 1 / (V_i + B^2);   by prior mass while nobody awake has R_i > 0
//
// with V_i the sum of squares of expert i's regrets of a round, B the largest magnitude of any, a the prior masses.
//
// Guarantee:
//
//   R_i <= u sqrt((V_i + B^2) / a_i),    u^2 bounds the potential W = sum a_i e_i max(0, R_i)^2
//   u   <= sqrt(sum_i a_i ln((V_i + B^2) / B_1^2) / ln 2) + sqrt(A) (1 + ln(B / B_1))          without forgetting
//
// with A the total mass and B_1 the largest regret of the first round. For equal masses 1 and n experts:
// R_i of the order of sqrt(n ln T (V_i + B^2)): weaker in n than the exponential rules, but in the expert's *own* V_i.
//
// Proof. Let q = B_before / B_after and split r = q r + (1 - q) r. The first part is at most B_before in magnitude and
// orthogonal to the weights, which are a e max(0, R): so W at the old rates becomes at most W + sum a e (q r)^2, and
// with the new rates, which are smaller, at most k times that, k the largest ratio of new to old rate among those with
// R > 0 then. The second part adds at most sqrt(sum a e_after ((1 - q) r)_+^2) <= sqrt(A) (1 - q) to the root of W
// (triangle inequality). `potentialBound` is u accounted so, round by round. For the closed form: (q r)^2 is at most
// the bracket of its rate, and x <= ln(1 + x) / ln 2 for x <= 1, which telescopes; 1 - q <= ln(1 / q).
// With forgetting the first line holds as it stands; the second does not: u settles or grows slowly instead.
//
// Weights do not depend on the scale: V is kept in units of B^2.

extension ExpertAggregation {
    func polynomialLogWeights(_ awake: [Bool]) -> [Double] {
        let isAhead = awake.indices.contains { awake[$0] && regrets[$0] > 0 }
        return awake.indices.map { index in
            guard awake[index] else { return -.infinity }
            let mass = Double.log(priorMasses[index])
            guard isAhead else { return mass }
            guard regrets[index] > 0 else { return -.infinity }
            return mass + Double.log(regrets[index]) - Double.log(onePlus: squares[index])
        }
    }

    mutating func updatePolynomial(_ regretsOfRound: [Double]) {
        let largest = max(range, regretsOfRound.reduce(0) { max($0, $1.magnitude) })
        guard largest > 0 else { return }
        let shrink = range / largest
        var (kept, jumped) = (CompensatedSum(plain: potentialBound * potentialBound), CompensatedSum())
        var slowdown = 0.0
        for index in squares.indices {
            let scaled = regretsOfRound[index] / largest
            let (mass, before) = (priorMasses[index], squares[index])
            let after = before * shrink * shrink + scaled * scaled
            kept.add(mass * scaled * scaled / (before + 1))
            let beyond = (1 - shrink) * max(0, scaled)
            jumped.add(mass * beyond * beyond / (after + 1))
            if regrets[index] + shrink * regretsOfRound[index] > 0 {
                slowdown = max(slowdown, shrink * shrink * (before + 1) / (after + 1))
            }
            squares[index] = after
        }
        potentialBound = (slowdown * kept.value).squareRoot() + jumped.value.squareRoot()
        range = largest
    }

    func polynomialRegretBound(of index: Int) -> Double {
        potentialBound * range * ((squares[index] + 1) / priorMasses[index]).squareRoot()
    }
}
