/// Runs `body` once for each seed on as many workers as there are cores; results in the order of seeds, so that the
/// table does not depend on the machine.
func forEachSeed<Result: Sendable>(
    _ count: Int, workers: Int, _ body: @escaping @Sendable (_ seed: UInt64) -> Result
) async -> [Result] {
    await withTaskGroup(of: [(Int, Result)].self) { group in
        for worker in 0..<workers {
            group.addTask {
                stride(from: worker, to: count, by: workers).map { ($0, body(UInt64($0) + 1)) }
            }
        }
        var all: [(Int, Result)] = []
        for await part in group { all += part }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
