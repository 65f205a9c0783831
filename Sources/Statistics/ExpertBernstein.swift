internal import RealModule

// Bernstein Online Aggregation with a learning rate an expert (Wintenberger 2017), the rates without a known range as
// in the R package opera (Gaillard & Goude):
//
//   w_i proportional to a_i e_i exp(e_i Q_i),   e_i = 1 / sqrt(2.2 V_i),   Q_i = sum over rounds of r_i - e_i r_i^2
//
// with r_i = m - l_i, V_i the sum of the r_i^2 and e_i in Q_i already that which knows the round. Ours: who has not
// moved yet, a newcomer or one that slept from the beginning, starts with the mean V of the others (by prior mass); a
// V of its own first round alone would give whoever moves little at first nearly all the weight.
//
// Guarantee:
//
//   R_i <= sqrt(V_i) (2 / sqrt(2.2) + sqrt(2.2) ln(W / a_i)),   W bounds the potential sum a_i exp(e_i Q_i)
//
// so in the expert's *own* V_i: an expert that hardly differs from the mix hardly costs regret. W begins as the total
// mass A. In a round it grows by at most sum a_i (1 - b_i) (1 + 1/sqrt(2.2)), with b_i = e_after / e_before; these add
// up to a logarithm of V, of which the formula takes the logarithm again. Where a loss exceeds what its expert had
// shown (e_before |r| above about 0.57) it is multiplied too, by at most 1.17, the most that b + b^2 x below can be.
// `potentialBound` is W accounted so, round by round; such rounds are the price of not knowing the range.
//
// Proof. x = e_before r and b x = e_after r, which is at least -1/sqrt(2.2) = -0.6742; there exp(y - y^2) <= 1 + y
// (it holds from -0.6838 on). So a term grows from y to at most y^b (1 + b x) <= (1 - b + b y)(1 + b x). The parts
// without y are the addition. Of the others, b + b^2 x, the sum of a y x over the experts vanishes, since the weights
// are orthogonal to r; taking it off leaves a factor b - (1 - b^2) x of each y. W is multiplied by the greatest of
// these factors (at x < 0; b at x >= 0), or of the factors b + b^2 x as they are, whichever is less; 1 for a sleeper.
// Finally a_i exp(e_i Q_i) <= W, and the squares taken off add up to at most 2 sqrt(V_i) / sqrt(2.2).
//
// Weights do not depend on the scale: V is kept in units of the largest regret of a round, squared.

extension ExpertAggregation {
    private static let varianceFactor = 2.2

    func bernsteinLogWeights(_ awake: [Bool]) -> [Double] {
        let typical = typicalSquare
        return awake.indices.map { index in
            guard awake[index] else { return -.infinity }
            let mass = Double.log(priorMasses[index])
            guard let typical else { return mass }
            let square = squares[index] > 0 ? squares[index] : typical
            let exponent = scores[index] / range / (Self.varianceFactor * square).squareRoot()
            return mass - Double.log(square) / 2 + max(-1e300, min(1e300, exponent))
        }
    }

    mutating func updateBernstein(_ regretsOfRound: [Double], awake: [Bool]) {
        let largest = max(range, regretsOfRound.reduce(0) { max($0, $1.magnitude) })
        guard largest > 0 else { return }
        let shrink = range / largest
        let typical = typicalSquare
        var added = CompensatedSum()
        // What multiplies the potential: with the orthogonality of weights and regrets used, and without.
        var (orthogonal, plain) = (0.0, 0.0)
        for index in squares.indices {
            let mass = priorMasses[index]
            guard awake[index] else {
                (orthogonal, plain) = (max(orthogonal, 1), max(plain, 1))
                squares[index] *= shrink * shrink
                continue
            }
            let before = squares[index] > 0 ? squares[index] : typical ?? 0
            let scaled = regretsOfRound[index] / largest
            let after = before * shrink * shrink + scaled * scaled
            squares[index] = after
            guard after > 0 else {
                (orthogonal, plain) = (max(orthogonal, 1), max(plain, 1))
                continue
            }
            let step = scaled / (Self.varianceFactor * after).squareRoot()
            scores[index] += regretsOfRound[index] - regretsOfRound[index] * step
            let ratio = (before / after).squareRoot() * shrink
            added.add(mass * (1 - ratio) * (1 + step))
            plain = max(plain, ratio * (1 + step))
            guard ratio > 0 else {
                // Its term of the potential was a exp(0) and is replaced whole; nothing of it is multiplied, but it
                // takes part in the weights, so that the others are not orthogonal among themselves.
                orthogonal = .infinity
                continue
            }
            orthogonal = max(orthogonal, ratio + max(0, -step) * (1 - ratio * ratio) / ratio)
        }
        potentialBound = min(orthogonal, plain) * potentialBound + added.value
        range = largest
    }

    /// The mean of the squares of those that have any, by prior mass; `nil` before the first.
    private var typicalSquare: Double? {
        guard range > 0 else { return nil }
        var (sum, mass) = (CompensatedSum(), CompensatedSum())
        for index in squares.indices where squares[index] > 0 {
            sum.add(priorMasses[index] * squares[index])
            mass.add(priorMasses[index])
        }
        return sum.value > 0 ? sum.value / mass.value : nil
    }

    func bernsteinRegretBound(of index: Int) -> Double {
        let factor = Self.varianceFactor.squareRoot()
        let nats = Double.log(potentialBound) - Double.log(priorMasses[index])
        return range * squares[index].squareRoot() * (2 / factor + factor * nats)
    }
}
