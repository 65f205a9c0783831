package import Domain
import GRDB
package import Operation

// Runs of jobs and requests for them; see `JobLog`.

extension LedgerFile {
    /// Stores the beginning of a run, and takes away the request it answers. Of two who would take one request, the
    /// second gets an error and has stored nothing.
    package func begin(_ run: JobRun, taking request: JobRequest?) throws -> JobRun {
        try write { database in
            if let request {
                let take = try RawStatement(database, "DELETE FROM job_request WHERE id = ?1")
                take.bind(request.id, at: 1)
                guard try take.run() == 1 else { throw LedgerError.requestTaken(path: path, id: request.id) }
            }
            let statement = try RawStatement(
                database,
                """
                INSERT INTO job_run (job, dueAt, coversFrom, isRequested, attempt, startedAt, endedAt, outcome, detail)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """)
            statement.bind(run.job.rawValue, at: 1)
            statement.bind(run.dueAt, at: 2)
            statement.bind(run.coversFrom, at: 3)
            statement.bind(Int64(run.isRequested ? 1 : 0), at: 4)
            statement.bind(Int64(run.attempt), at: 5)
            statement.bind(run.startedAt, at: 6)
            statement.bind(run.endedAt?.milliseconds, at: 7)
            statement.bind(run.outcome.rawValue, at: 8)
            statement.bind(run.detail, at: 9)
            try statement.run()
            var begun = run
            begun.id = database.lastInsertedRowID
            return begun
        }
    }

    package func finish(_ run: JobRun) throws {
        try write { database in
            let statement = try RawStatement(
                database, "UPDATE job_run SET endedAt = ?2, outcome = ?3, detail = ?4 WHERE id = ?1")
            statement.bind(run.id, at: 1)
            statement.bind(run.endedAt?.milliseconds, at: 2)
            statement.bind(run.outcome.rawValue, at: 3)
            statement.bind(run.detail, at: 4)
            guard try statement.run() == 1 else {
                throw LedgerError.failed(path: path, detail: "run \(run.id) of the job \(run.job) never began")
            }
        }
    }

    /// The newest first.
    package func jobRuns(of job: JobName, limit: Int) throws -> [JobRun] {
        try read { database in
            let statement = try RawStatement(
                database, LedgerFile.jobRunColumns + " WHERE job = ?1 ORDER BY id DESC LIMIT ?2")
            statement.bind(job.rawValue, at: 1)
            statement.bind(Int64(max(0, limit)), at: 2)
            return try statement.all(decodeJobRun)
        }
    }

    /// In the order in which they began.
    package func runningJobs() throws -> [JobRun] {
        try read { database in
            try RawStatement(database, LedgerFile.jobRunColumns + " WHERE outcome = 'running' ORDER BY id")
                .all(decodeJobRun)
        }
    }

    private static let jobRunColumns = """
        SELECT id, job, dueAt, coversFrom, isRequested, attempt, startedAt, endedAt, outcome, detail FROM job_run
        """

    private func decodeJobRun(_ row: RawStatement) throws -> JobRun {
        guard let outcome = JobOutcome(rawValue: row.text(8)) else {
            throw LedgerNames.damage(path, "outcome of a job", row.text(8))
        }
        return JobRun(
            id: row.integer(0), job: try jobName(row.text(1)), dueAt: row.time(2), coversFrom: row.time(3),
            isRequested: row.integer(4) != 0, attempt: Int(row.integer(5)), startedAt: row.time(6),
            endedAt: row.optionalTime(7), outcome: outcome, detail: row.text(9))
    }

    private func jobName(_ text: String) throws -> JobName {
        guard let job = JobName(rawValue: text) else { throw LedgerNames.damage(path, "job", text) }
        return job
    }

    /// Stores a request and returns it with its number.
    package func add(_ request: JobRequest) throws -> JobRequest {
        try write { database in
            let statement = try RawStatement(
                database, "INSERT INTO job_request (job, requestedAt, author) VALUES (?1, ?2, ?3)")
            statement.bind(request.job.rawValue, at: 1)
            statement.bind(request.requestedAt, at: 2)
            statement.bind(request.author, at: 3)
            try statement.run()
            var added = request
            added.id = database.lastInsertedRowID
            return added
        }
    }

    /// Not taken yet, oldest first.
    package func jobRequests() throws -> [JobRequest] {
        try read { database in
            let statement = try RawStatement(
                database, "SELECT id, job, requestedAt, author FROM job_request ORDER BY id")
            return try statement.all { row in
                JobRequest(
                    id: row.integer(0), job: try jobName(row.text(1)), requestedAt: row.time(2), author: row.text(3))
            }
        }
    }

    /// A run that has not ended is never deleted, however old.
    package func pruneJobRuns(endedBefore time: Timestamp, keeping kept: Int) throws {
        try write { database in
            let statement = try RawStatement(
                database,
                """
                DELETE FROM job_run WHERE outcome <> 'running' AND ifnull(endedAt, startedAt) < ?1 AND id NOT IN (
                    SELECT id FROM (
                        SELECT id, row_number() OVER (PARTITION BY job ORDER BY id DESC) AS place FROM job_run)
                    WHERE place <= ?2)
                """)
            statement.bind(time, at: 1)
            statement.bind(Int64(max(0, kept)), at: 2)
            try statement.run()
        }
    }
}
