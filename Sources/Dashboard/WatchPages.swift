import Domain
import JSONText
import Operation

/// The documents of the server, as bytes.
enum WatchPages {
    static func health(isAlive: Bool, lastHeartbeat: Timestamp?) -> [UInt8] {
        document("health/1") { writer in
            field("status", isAlive ? "alive" : "stuck", &writer)
            field("last_heartbeat_at", lastHeartbeat, &writer)
        }
    }

    static func readiness(_ checks: [ReadinessCheck]) -> [UInt8] {
        document("readiness/1") { writer in
            field("status", isReady(checks) ? "ready" : "not-ready", &writer)
            writer.key("checks")
            writer.beginArray()
            for check in checks {
                writer.beginObject()
                field("name", check.name, &writer)
                writer.key("passed")
                writer.bool(check.isPassed)
                field("detail", check.detail, &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// Without a single check nobody knows: not ready.
    static func isReady(_ checks: [ReadinessCheck]) -> Bool { !checks.isEmpty && checks.allSatisfy(\.isPassed) }

    /// What a run did in words stays in the ledger: the sentence may name files.
    static func jobs(_ standings: [WatchedJob], at now: Timestamp) -> [UInt8] {
        document("jobs/1") { writer in
            field("at", now, &writer)
            writer.key("jobs")
            writer.beginArray()
            for standing in standings {
                writer.beginObject()
                field("job", standing.job.rawValue, &writer)
                field("schedule", standing.schedule, &writer)
                field("running_since", standing.runningSince, &writer)
                field("next_due_at", standing.nextDueAt, &writer)
                field("last_success_at", standing.lastSuccessAt, &writer)
                writer.key("last_run")
                write(standing.lastRun, to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private static func write(_ run: JobRun?, to writer: inout JSONWriter) {
        guard let run else { return writer.null() }
        writer.beginObject()
        field("outcome", run.outcome.rawValue, &writer)
        field("due_at", run.dueAt, &writer)
        field("covers_from", run.coversFrom, &writer)
        writer.key("requested")
        writer.bool(run.isRequested)
        writer.key("attempt")
        writer.integer(run.attempt)
        field("started_at", run.startedAt, &writer)
        field("ended_at", run.endedAt, &writer)
        writer.endObject()
    }

    static func failure(_ sentence: String) -> [UInt8] {
        document("error/1") { writer in field("error", sentence, &writer) }
    }

    private static func document(_ schema: String, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.beginObject()
        field("schema", "meta-supervisor/" + schema, &writer)
        body(&writer)
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    private static func field(_ name: String, _ text: String, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.string(text)
    }

    private static func field(_ name: String, _ time: Timestamp?, _ writer: inout JSONWriter) {
        writer.key(name)
        if let time { writer.string(time.description) } else { writer.null() }
    }

    static let index = Array(
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <title>MetaSupervisor</title>
        <style>body { font: 16px/1.5 system-ui, sans-serif; margin: 3em auto; max-width: 40em; padding: 0 1em }</style>
        <h1>MetaSupervisor</h1>
        <ul>
        <li><a href="/healthz">/healthz</a>: the process runs and its scheduler comes round</li>
        <li><a href="/readyz">/readyz</a>: the ledger answers, the last cycle is fresh, the lock is held</li>
        <li><a href="/jobs">/jobs</a>: what ran, what runs, what is due</li>
        <li><a href="/metrics">/metrics</a>: the numbers, for Prometheus</li>
        </ul>
        </html>

        """.utf8)
}
