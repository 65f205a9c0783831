/// What a report says of one agent, with all that is needed to tell it.
package struct Explanation: Equatable, Sendable {
    package var asOf: Timestamp
    package var decidedAt: Timestamp?
    package var policyName: String
    package var policyFingerprint: String
    package var methodVersion: Int
    package var facts: FactsDigest
    package var agent: AgentReport
    /// `nil` for an agent that takes no part in the allocation.
    package var allocation: AgentAllocation?
    /// Steps of the allocation that exist and change nothing yet.
    package var passThroughSteps: [AllocationStep]

    package init(
        asOf: Timestamp, decidedAt: Timestamp?, policyName: String, policyFingerprint: String, methodVersion: Int,
        facts: FactsDigest, agent: AgentReport, allocation: AgentAllocation?, passThroughSteps: [AllocationStep]
    ) {
        self.asOf = asOf
        self.decidedAt = decidedAt
        self.policyName = policyName
        self.policyFingerprint = policyFingerprint
        self.methodVersion = methodVersion
        self.facts = facts
        self.agent = agent
        self.allocation = allocation
        self.passThroughSteps = passThroughSteps
    }
}

extension Report {
    /// `nil` if the report knows no such agent.
    package func explanation(of agent: AgentID) -> Explanation? {
        guard let found = agents.first(where: { $0.agent == agent }) else { return nil }
        return Explanation(
            asOf: asOf, decidedAt: decidedAt, policyName: policyName, policyFingerprint: policyFingerprint,
            methodVersion: methodVersion, facts: facts, agent: found,
            allocation: allocation.agents.first { $0.agent == agent }, passThroughSteps: allocation.passThroughSteps)
    }
}
