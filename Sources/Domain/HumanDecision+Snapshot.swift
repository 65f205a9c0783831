extension HumanDecision: SnapshotVisitable {
    package init() {
        self.init(
            kind: .veto, scope: .strategy(""), at: Timestamp(milliseconds: 0), reason: "", author: "", evidence: "")
    }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        var (kindText, isAgent, name) = (kind.rawValue, false, "")
        switch scope {
        case .agent(let agent): (isAgent, name) = (true, agent.name)
        case .strategy(let strategy): name = strategy
        }
        try coder.visit(&kindText)
        try coder.visit(&isAgent)
        try coder.visit(&name)
        guard let kind = DecisionKind(rawValue: kindText) else { throw .malformed }
        self.kind = kind
        if isAgent {
            guard let agent = AgentID(name) else { throw .malformed }
            scope = .agent(agent)
        } else {
            scope = .strategy(name)
        }
        try coder.visit(&at)
        try coder.visit(&reason)
        try coder.visit(&author)
        try coder.visit(&evidence)
    }
}
