package import Logging
package import Settings

/// Messages for operators, on standard error. What a person at the terminal should read goes through `Console.note`.
package enum Log {
    private static let bootstrapped: Bool = {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        return true
    }()

    /// `-q` leaves errors, `-v` adds everything from debug on; else what `log.level` says.
    package static func logger(_ runtime: RuntimeSettings, isQuiet: Bool, isVerbose: Bool) -> Logger {
        precondition(bootstrapped, "Invariant: one handler for all")
        var logger = Logger(label: "meta-supervisor")
        logger.logLevel = Logger.Level(rawValue: runtime.logLevel.rawValue) ?? .info
        if isVerbose { logger.logLevel = min(logger.logLevel, .debug) }
        if isQuiet { logger.logLevel = max(logger.logLevel, .error) }
        return logger
    }
}
