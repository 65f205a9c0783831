internal import Domain

/// The gates of one judgment, each with the number compared, in a fixed order; all are shown, some are required.
struct GateList: Equatable, Sendable {
    var gates: [Gate]
    /// How the threshold of the evidence gate comes about, and how far it is.
    var evidenceNote: String?
    /// `nil` where the policy asks for no evidence.
    var evidenceThreshold: Double?
    var daysNeeded: Double?

    static let evidenceName = "evidence"

    /// - Parameter speaks: Whether what explains and decides nothing is wanted too: the note, and the days needed.
    init(_ inputs: GateInputs, _ policy: GatePolicy, state: StageState, speaks: Bool = true) {
        let judgesOutcomes =
            policy.pnlSumBpsAbove != nil || policy.hitRateAtLeast != nil
            || policy.averageAbsoluteErrorBpsAtMost != nil || policy.averageErrorBpsAtLeast != nil
        gates = [
            GateList.gate("pnl_sum_bps", inputs.pnlSumBps, .above, policy.pnlSumBpsAbove),
            GateList.gate("hit_rate", inputs.hitRate, .atLeast, policy.hitRateAtLeast),
            GateList.gate(
                "error_rate", inputs.errorRate, .atMost, policy.errorRateAtMost,
                waivesMissing: policy.waivesMissingTelemetry),
            GateList.gate(
                "avg_abs_error_bps", inputs.averageAbsoluteErrorBps, .atMost, policy.averageAbsoluteErrorBpsAtMost),
            GateList.gate("avg_pnl_error_bps", inputs.averageErrorBps, .atLeast, policy.averageErrorBpsAtLeast),
            // A backdated forecast is the oldest trick there is: figures that contain one promote nobody.
            GateList.gate(
                "unattested_outcomes", .known(Double(inputs.unattestedOutcomeCount)), .atMost,
                policy.requiresAttestation && judgesOutcomes ? 0 : nil),
        ]
        guard let level = policy.errorLevel else {
            gates.append(GateList.gate(GateList.evidenceName, inputs.evidence.eValue, .atLeast, nil))
            return
        }
        // An agent that was promoted on evidence before is among the count already.
        let earlier = max(0, inputs.promotionCount - (state.wasPromotedOnEvidence ? 1 : 0))
        let threshold = inputs.evidence.threshold(level: level, earlierPromotionCount: earlier)
        gates.append(GateList.gate(GateList.evidenceName, inputs.evidence.eValue, .atLeast, threshold))
        evidenceThreshold = threshold
        guard speaks else { return }
        daysNeeded = inputs.evidence.daysNeeded(for: threshold)
        evidenceNote = GateList.note(inputs.evidence, level: level, promotions: earlier + 1, days: daysNeeded)
    }

    private static func gate(
        _ name: String, _ value: Evidence<Double>, _ comparison: Gate.Comparison, _ threshold: Double?,
        waivesMissing: Bool = false
    ) -> Gate {
        guard let threshold else {
            return Gate(
                name: name, value: value, comparison: comparison, threshold: nil, isRequired: false, isPassed: true,
                isWaived: false)
        }
        let isWaived = value.value == nil && waivesMissing
        let isPassed = value.value.map { comparison.holds($0, threshold) } ?? isWaived
        return Gate(
            name: name, value: value, comparison: comparison, threshold: threshold, isRequired: true,
            isPassed: isPassed, isWaived: isWaived)
    }

    private static func note(_ reading: EvidenceReading, level: Double, promotions: Int, days: Double?) -> String {
        var text =
            "1 / (level " + NumberText.short(level) + " x share " + NumberText.short(reading.budgetShare) + " x "
            + String(promotions) + (promotions == 1 ? " promotion)" : " promotions)")
        if reading.eValue.value == nil && reading.unattestedMarkCount > 0 {
            text += ", " + DecimalText.grouped(reading.unattestedMarkCount) + " unattested marks stake nothing"
        }
        if let days {
            text += ", at the present rate " + NumberText.count(days) + (days > 1 ? " more days" : " more day")
        }
        return text
    }

    var required: [Gate] { gates.filter(\.isRequired) }
    var failed: [Gate] { gates.filter { $0.isRequired && !$0.isPassed } }
    var isPassed: Bool { !gates.contains { $0.isRequired && !$0.isPassed } }

    /// Whether all that is missing is evidence: a statistic not known yet, or wealth that has not grown enough. An
    /// agent that fails by a number is held for that number.
    var lacksOnlyEvidence: Bool {
        gates.allSatisfy {
            !$0.isRequired || $0.isPassed || $0.value.value == nil || $0.name == GateList.evidenceName
        }
    }

    var isEvidencePassed: Bool {
        gates.contains { $0.name == GateList.evidenceName && $0.isRequired && $0.isPassed }
    }

    func sentence(_ list: [Gate]) -> String {
        list.map { gate in
            let note = gate.name == GateList.evidenceName ? evidenceNote : nil
            return gate.comparisonText + (note.map { " (" + $0 + ")" } ?? "")
        }.joined(separator: "; ")
    }
}

extension Gate.Comparison {
    func holds(_ value: Double, _ threshold: Double) -> Bool {
        switch self {
        case .above: value > threshold
        case .atLeast: value >= threshold
        case .atMost: value <= threshold
        }
    }

    /// The sign that is true where the comparison is not.
    var opposite: String {
        switch self {
        case .above: "<="
        case .atLeast: "<"
        case .atMost: ">"
        }
    }
}

extension Gate {
    /// `hit_rate 0.52 < 0.55`, as it is, not as it should be.
    package var comparisonText: String {
        switch value {
        case .insufficient(let count, let needed):
            let known = name + " not known, " + String(count) + " of " + String(needed) + " needed"
            return isWaived ? known + ", waived" : known
        case .known(let number):
            guard let threshold else { return name + " " + NumberText.short(number) }
            let (left, right) = NumberText.distinct(number, threshold)
            let sign = comparison.holds(number, threshold) ? comparison.rawValue : comparison.opposite
            return name + " " + left + " " + sign + " " + right
        }
    }
}

/// Numbers as they stand in sentences.
enum NumberText {
    /// At most `decimals` decimals, without trailing zeros; smaller numbers keep two digits that say something.
    static func short(_ number: Double, decimals: Int = 4) -> String {
        var places = decimals
        var bound = 0.5
        for _ in 0..<decimals { bound /= 10 }
        while places < 12 && number != 0 && number.magnitude < bound * 100 {
            bound /= 10
            places += 1
        }
        return trimmed(DecimalText.fixed(number, number.magnitude >= 1_000 ? 1 : min(places, 12)))
    }

    /// Both, with as many decimals as it takes to tell them apart: never `0.55 < 0.55`.
    static func distinct(_ left: Double, _ right: Double) -> (String, String) {
        let texts = (short(left), short(right))
        guard texts.0 == texts.1, left != right else { return texts }
        return (String(left), String(right))
    }

    /// A count of days, rounded up.
    static func count(_ number: Double) -> String {
        guard number < 1e6, let whole = Int(exactly: number.rounded(.up)) else { return "more than a million" }
        return DecimalText.grouped(whole)
    }

    /// By bytes: a report says thousands of such numbers.
    private static func trimmed(_ text: String) -> String {
        var bytes = text.utf8[...]
        guard bytes.contains(UInt8(ascii: ".")), !bytes.contains(UInt8(ascii: "e")) else { return text }
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
