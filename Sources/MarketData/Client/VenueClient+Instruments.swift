package import Domain

internal import HTTPPort

/// What the venue lists, as far as it is known, and who waits to know it.
struct InstrumentListing: Sendable {
    var table: InstrumentTable?
    var count = 0
    /// Why there is none; told to whoever asks until `staleFrom`.
    var failure: VenueFailure?
    /// Asked for again from then on.
    var staleFrom: Span?
    /// The one fetch under way, and its number.
    var fetch: Task<Void, Never>?
    var generation = 0
    var waiters: [Int: CheckedContinuation<Result<InstrumentTable, VenueFailure>, Never>] = [:]
    var nextWaiter = 0
}

extension VenueClient {
    /// No venue has so many pages; one that always names a next page does not keep us for ever.
    private static let maximalPages = 100

    /// The instrument that a symbol means here.
    package func instrument(for symbol: Symbol) async throws(VenueFailure) -> Instrument {
        try await table().instrument(for: symbol)
    }

    private func table() async throws(VenueFailure) -> InstrumentTable {
        guard !Task.isCancelled else { throw .cancelled }
        if let table = listing.table, let stale = listing.staleFrom, stopwatch.elapsed() < stale { return table }
        if let failure = listing.failure, let stale = listing.staleFrom, stopwatch.elapsed() < stale { throw failure }
        let waiter = listing.nextWaiter
        listing.nextWaiter += 1
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<InstrumentTable, VenueFailure>, Never>) in
                // The handler below may have run already, and found nobody to wake.
                if Task.isCancelled {
                    continuation.resume(returning: .failure(.cancelled))
                } else {
                    listing.waiters[waiter] = continuation
                    fetchUnlessUnderWay()
                }
            }
        } onCancel: {
            Task { await self.leave(waiter) }
        }
        return try result.get()
    }

    /// One fetch for all who wait. It belongs to none of them, and ends when the last of them has left.
    private func fetchUnlessUnderWay() {
        guard listing.fetch == nil else { return }
        listing.generation += 1
        let generation = listing.generation
        listing.fetch = Task {
            do throws(VenueFailure) {
                self.finish(generation, .success(try await self.fetchInstruments()))
            } catch {
                self.finish(generation, .failure(error))
            }
        }
    }

    private func leave(_ waiter: Int) {
        guard let continuation = listing.waiters.removeValue(forKey: waiter) else { return }
        continuation.resume(returning: .failure(.cancelled))
        if listing.waiters.isEmpty {
            listing.fetch?.cancel()
            listing.fetch = nil
        }
    }

    private func finish(_ generation: Int, _ fetched: Result<[Instrument], VenueFailure>) {
        // A fetch that everybody left speaks for nobody; another may be under way.
        guard generation == listing.generation, listing.fetch != nil else { return }
        listing.fetch = nil
        var result: Result<InstrumentTable, VenueFailure>
        switch fetched {
        case .success(let instruments):
            let table = InstrumentTable(instruments, venue: venue, quotes: quotes)
            listing.table = table
            listing.failure = nil
            listing.count = instruments.count
            listing.staleFrom = stopwatch.elapsed() + settings.instrumentCache
            result = .success(table)
        case .failure(let failure):
            result = .failure(failure)
            if let old = listing.table {
                // Better an old list than none; the next look at it is soon, not at every symbol.
                listing.staleFrom = stopwatch.elapsed() + settings.breakerCooldown
                result = .success(old)
            } else if failure.isRemembered {
                listing.staleFrom = stopwatch.elapsed() + settings.breakerCooldown
                listing.failure = failure
            }
        }
        let waiters = listing.waiters
        listing.waiters = [:]
        for continuation in waiters.values { continuation.resume(returning: result) }
    }

    /// All pages, or none: half a list would call the other half unknown.
    private func fetchInstruments() async throws(VenueFailure) -> [Instrument] {
        var instruments: [Instrument] = []
        var cursor: String?
        for _ in 0..<Self.maximalPages {
            let page = try await ask(interface.instrumentRequest(cursor), read: interface.instruments).answer
            instruments += page.instruments
            if page.cursor == nil || page.cursor == cursor {
                // A list that lost half of itself since yesterday is a fault of theirs, not a day of delistings.
                guard !instruments.isEmpty, instruments.count * 2 >= listing.count else {
                    throw .unreachable(venue, "its list of instruments has \(instruments.count) of \(listing.count)")
                }
                return instruments
            }
            cursor = page.cursor
        }
        throw .unreachable(venue, "its list of instruments has no end")
    }
}

extension VenueFailure {
    /// Whether a list that failed so would most likely fail so again for the next symbol. The others cost no request to
    /// ask again, or say themselves when they end.
    fileprivate var isRemembered: Bool {
        switch self {
        case .refused, .unreachable: true
        case .limited, .circuitOpen, .unknownSymbol, .ambiguousSymbol, .unsupportedBarLength, .outOfReach, .cancelled:
            false
        }
    }
}
