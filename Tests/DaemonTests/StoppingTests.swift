import Domain
import Foundation
import Glibc
import LocalExchange
import Operation
import ProgramHarness
import Testing

/// How the daemon comes up and goes down.
@Suite struct StoppingTests {
    @Test("Told to stop while a job hangs on silent exchanges, it is gone within seconds and owes the run",
        arguments: [SIGTERM, SIGINT])
    func hanging(signal: Int32) throws {
        let scene = try Scene([
            "schedule.prices": "\"every 1h\"", "schedule.shutdownSeconds": "0.3", "prices.timeoutSeconds": "300",
            "prices.symbols": "[\"BTC\"]",
        ])
        scene.exchange.script(.silence, count: 1_000)
        try scene.daemon.start()
        try eventually("a request hangs") { !scene.exchange.requests.isEmpty }
        let began = Date()
        let running = try #require(scene.daemon.running)
        kill(running.process, signal)
        let ended = try scene.daemon.terminate()
        #expect(ended.code == 0, "\(ended.errorText)")
        #expect(Date().timeIntervalSince(began) < 10, "\(Date().timeIntervalSince(began)) s")
        let first = try #require(try scene.runs(of: .prices).first)
        #expect(first.outcome == .interrupted, "\(first)")

        scene.exchange.calm()
        try scene.serve()
        let second = try #require(try scene.runs(of: .prices).first)
        #expect(second.outcome == .succeeded && second.dueAt == first.dueAt && second.attempt == 2, "\(second)")
        #expect(try scene.daemon.terminate().code == 0)
    }

    @Test("systemd hears when the daemon is ready and when it stops")
    func systemd() throws {
        let scene = try Scene()
        let path = scene.folder.path + "/notify"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let daemon = try DaemonProcess(
            folder: scene.folder,
            secrets: scene.daemon.environment.merging(["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"]) { $1 })
        var said: [String] = []
        func hear() {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return }
                said.append(String(decoding: bytes[..<count], as: UTF8.self))
            }
        }
        try daemon.start()
        defer { _ = try? daemon.kill() }
        try eventually("READY=1") {
            hear()
            return said.contains { $0.contains("READY=1") }
        }
        try daemon.settle(at: scene.now, deliveries: false)
        try eventually("the watchdog is fed") {
            hear()
            return said.count { $0.contains("WATCHDOG=1") } >= 2
        }
        #expect(try daemon.terminate().code == 0)
        hear()
        #expect(said.last == "STOPPING=1", "\(said)")
        #expect(said.count { $0.contains("READY=1") } == 1)
    }
}
