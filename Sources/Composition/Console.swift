import Domain
import Foundation
import Glibc
package import JSONText
import Synchronization

/// The terminal: results on standard output, everything else on standard error.
package enum Console {
    /// A reader that went away (`report | head`) ends the program by an error of `write`, not by a signal in the
    /// middle of a transaction.
    package static func preparePipes() { signal(SIGPIPE, SIG_IGN) }

    package static func print(_ text: String, terminator: String = "\n") {
        write(Array((text + terminator).utf8), to: 1)
    }

    package static func print(bytes: [UInt8]) { write(bytes, to: 1) }
    package static func note(_ text: String) { write(Array((text + "\n").utf8), to: 2) }

    package static func fail(_ text: String, code: Int32) -> Never {
        ProgressBar.clear()
        write(Array((Program.name + ": " + text + "\n").utf8), to: 2)
        Glibc.exit(code)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.write(descriptor, all.baseAddress! + offset, bytes.count - offset)
            }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                // Nobody reads any more (`| head`): no error. A full disk is one: half an export is none.
                if descriptor != 1 || errno == EPIPE { return }
                fail("standard output cannot be written: \(String(cString: strerror(errno)))", code: 1)
            }
            offset += count
        }
    }

    package static var isTerminal: Bool { isatty(1) == 1 }
    package static var errorIsTerminal: Bool { isatty(2) == 1 }

    package static func json(_ build: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(isPretty: true)
        build(&writer)
        print(bytes: writer.bytes + [UInt8(ascii: "\n")])
    }
}

/// A line on the terminal for what takes over a second; silent when piped, quiet, or quick.
package final class ProgressBar: Sendable {
    private struct State {
        var startedAt: UInt64
        var drawnAt: UInt64 = 0
        var isDrawn = false
    }

    private let title: String
    private let isEnabled: Bool
    private let state: Mutex<State>

    package init(_ title: String, isQuiet: Bool) {
        self.title = title
        isEnabled = !isQuiet && Console.errorIsTerminal
        state = Mutex(State(startedAt: ProgressBar.now()))
    }

    /// `share` in [0, 1], or `nil` where nobody knows the whole.
    package func show(_ share: Double?, _ detail: String) {
        guard isEnabled else { return }
        state.withLock { state in
            let now = ProgressBar.now()
            guard now - state.startedAt > 1_000_000_000, now - state.drawnAt > 100_000_000 else { return }
            state.drawnAt = now
            state.isDrawn = true
            let width = 28
            let filled = Int((max(0, min(1, share ?? 0)) * Double(width)).rounded())
            let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
            let percent = share.map { DecimalText.fixed(max(0, min(1, $0)) * 100, 0) + " %" } ?? ""
            FileHandle.standardError.write(Data("\r\u{1B}[K\(title) [\(bar)] \(percent) \(detail)".utf8))
        }
    }

    package func finish() {
        state.withLock { state in
            if state.isDrawn { ProgressBar.clear() }
            state.isDrawn = false
        }
    }

    package static func clear() {
        if Console.errorIsTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    private static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
}
