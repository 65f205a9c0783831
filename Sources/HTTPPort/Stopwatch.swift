package import Domain

/// Time that only runs forward, at the speed of the world: for limits and waits, which a corrected clock must not
/// stretch or void. Its beginning means nothing.
package struct Stopwatch: Sendable {
    package var elapsed: @Sendable () -> Span

    package init(elapsed: @escaping @Sendable () -> Span) { self.elapsed = elapsed }
}
