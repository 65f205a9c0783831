internal import Domain
internal import Logging
internal import Operation

/// From a body that returns, or does not, to a record of it.
extension Scheduler {
    /// Reads what earlier processes left; nothing starts before that worked.
    func open(now: Timestamp) -> Bool {
        if isOpen { return true }
        do {
            for var run in try log.running() {
                run.outcome = .interrupted
                run.endedAt = max(now, run.startedAt)
                run.detail = "the process ended before the job did"
                try log.finish(run)
                logger.notice("\(run.job) (due \(run.dueAt)) was interrupted by the end of the process; it is owed")
                observer.finished(run)
            }
            for job in jobs {
                history[job.name] = try log.recent(job.name, settings.rememberedRuns).sorted { $0.id > $1.id }
            }
            isOpen = true
            complaints = [:]
        } catch {
            complain("the record of runs cannot be read: \(error)")
        }
        return isOpen
    }

    /// A body came back.
    func returned(_ name: JobName, _ id: Int64, _ result: Result<String, any Error>) {
        defer { wake() }
        if abandoned[name]?.run.id == id {
            abandoned[name] = nil
            logger.notice("\(name), which had been given up as hanging, returned; it may start again")
            return
        }
        guard let ended = active[name], ended.run.id == id else { return }
        active[name] = nil
        var run = ended.run
        switch (result, ended.stopReason) {
        case (.success(let detail), .limit):
            run.outcome = .succeeded
            run.detail = "\(detail) (after its limit of \(ended.limit.inSeconds) s)"
        case (.success(let detail), _):
            run.outcome = .succeeded
            run.detail = detail
        case (.failure, .limit):
            run.outcome = .timedOut
            run.detail = "cancelled at its limit of \(ended.limit.inSeconds) s"
        case (.failure, .shutdown):
            run.outcome = .interrupted
            run.detail = "cancelled, since the daemon stopped"
        case (.failure(let error), nil):
            run.outcome = .failed
            run.detail = "\(error)"
        }
        end(run)
        recordEnds()
    }

    /// Cancels what is past its limit, and gives up what does not react.
    func enforceLimits(_ uptime: Span) {
        for name in active.keys.sorted() {
            guard let running = active[name] else { continue }
            if running.stoppedAt == nil, uptime - running.startedAt >= running.limit {
                logger.warning("\(name) has run for its limit of \(running.limit.inSeconds) s and is cancelled")
                tell(name, to: .limit, uptime)
            } else if let stoppedAt = running.stoppedAt, running.stopReason == .limit,
                uptime - stoppedAt >= settings.cancellationGrace
            {
                abandon(name, running)
            }
        }
    }

    /// Tells a running body to stop, once.
    func tell(_ name: JobName, to reason: StopReason, _ uptime: Span) {
        guard active[name]?.stoppedAt == nil, let running = active[name] else { return }
        active[name]?.stoppedAt = uptime
        active[name]?.stopReason = reason
        running.cancellation.set()
        running.task.cancel()
    }

    private func abandon(_ name: JobName, _ running: ActiveRun) {
        active[name] = nil
        abandoned[name] = running
        var run = running.run
        run.outcome = .timedOut
        run.detail =
            "cancelled at its limit of \(running.limit.inSeconds) s and did not stop within"
            + " \(settings.cancellationGrace.inSeconds) s: it does not start again until it returns"
        logger.error("\(name) hangs: \(run.detail)")
        end(run)
        recordEnds()
        observer.abandoned(run)
    }

    /// Ended; recorded as soon as it can be.
    func end(_ run: JobRun) {
        var run = run
        // A clock that went back meanwhile must not end a run before it began.
        run.endedAt = max(clock.now(), run.startedAt)
        unrecorded.append(run)
    }

    func recordEnds() {
        while let run = unrecorded.first {
            do {
                try log.finish(run)
            } catch {
                let what = "the end of \(run.job) (due \(run.dueAt), \(run.outcome.rawValue))"
                complain("\(what) cannot be recorded: \(error)")
                return
            }
            complaints = [:]
            unrecorded.removeFirst()
            remember(run)
            let sentence = "\(run.job) (due \(run.dueAt), attempt \(run.attempt)): \(run.outcome.rawValue)"
            logger.log(level: run.outcome == .succeeded ? .info : .warning, "\(sentence). \(run.detail)")
            observer.finished(run)
        }
    }

    /// Puts a run, or its end, among those that decisions are made by.
    func remember(_ run: JobRun) {
        quietUntil[run.job] = nil
        var runs = history[run.job] ?? []
        if let index = runs.firstIndex(where: { $0.id == run.id }) {
            runs[index] = run
        } else {
            runs.insert(run, at: 0)
        }
        if runs.count > settings.rememberedRuns {
            // What ran in a future that the clock has left is remembered until the clock gets there.
            let now = clock.now()
            let old = runs[settings.rememberedRuns...].filter { $0.dueAt > now }.prefix(settings.rememberedRuns)
            runs = Array(runs.prefix(settings.rememberedRuns)) + old
        }
        history[run.job] = runs
    }

    /// Once a day.
    func prune(now: Timestamp) {
        let today = now.floored(to: .day)
        guard prunedOn != today else { return }
        do {
            try log.prune(now - settings.keepsRuns, settings.rememberedRuns)
            prunedOn = today
        } catch {
            complain("old records of runs cannot be deleted: \(error)")
        }
    }

    /// Says it at once, and then once a minute while it stays as it is.
    func complain(_ sentence: String) {
        let uptime = time.uptime()
        if let last = complaints[sentence], uptime - last < .minutes(1) { return }
        if complaints.count >= 64 { complaints = [:] }
        complaints[sentence] = uptime
        logger.error("\(sentence)")
        observer.recordFailed(sentence)
    }
}

extension Span {
    /// For a sentence.
    var inSeconds: String {
        let tenths = (milliseconds + 50) / 100
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
