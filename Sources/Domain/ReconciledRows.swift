/// An outcome that another system reconciled, as numbers alone: what a file of millions of rows is read into.
///
/// Names stand once in `ReconciledNames`, and rows carry their places there. What a row says beside that (prices,
/// run, regime) enters no score; where it tells two rows apart, `byteOffset` leads back to it.
package struct ReconciledRow: Equatable, Sendable {
    package var agent: Int32
    package var symbol: Int32
    /// -1 where the row names none.
    package var strategyClass: Int32
    /// The place of its line in the batch.
    package var lineIndex: Int32
    package var generatedAt: Timestamp
    package var closesAt: Timestamp
    /// Net of costs, as the other system wrote it.
    package var realizedReturnBps: Double
    package var expectedReturnBps: Double
    /// The volatility over the horizon that was expected; 0 where the row names none.
    package var expectedSigmaBps: Double
    /// Some byte of its line, counted from the beginning of the file.
    package var byteOffset: Int64

    package init(
        agent: Int32, symbol: Int32, strategyClass: Int32, lineIndex: Int32, generatedAt: Timestamp,
        closesAt: Timestamp, realizedReturnBps: Double, expectedReturnBps: Double, expectedSigmaBps: Double,
        byteOffset: Int64
    ) {
        self.agent = agent
        self.symbol = symbol
        self.strategyClass = strategyClass
        self.lineIndex = lineIndex
        self.generatedAt = generatedAt
        self.closesAt = closesAt
        self.realizedReturnBps = realizedReturnBps
        self.expectedReturnBps = expectedReturnBps
        self.expectedSigmaBps = expectedSigmaBps
        self.byteOffset = byteOffset
    }
}

/// The names behind the numbers of rows: each once, in no order that means anything.
package struct ReconciledNames: Equatable, Sendable {
    package var agents: [AgentID] = []
    package var symbols: [Symbol] = []
    package var strategyClasses: [String] = []

    package init() {}
}

/// The rows of some lines that follow one another.
package struct ReconciledBatch: Equatable, Sendable {
    package struct Refusal: Equatable, Sendable {
        package var lineIndex: Int
        /// A sentence that names the field and its value.
        package var reason: String

        package init(lineIndex: Int, reason: String) {
            self.lineIndex = lineIndex
            self.reason = reason
        }
    }

    /// In the order of the file.
    package var rows: [ReconciledRow] = []
    /// All names that rows may carry so far, those of this batch included.
    package var names = ReconciledNames()
    package var lineCount = 0
    package var blankCount = 0
    package var refusals: [Refusal] = []

    package init() {}
}
