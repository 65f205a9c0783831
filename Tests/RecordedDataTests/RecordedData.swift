import Domain
import Files
import Foundation
import Operation

/// Recorded markets and agents beside the repository, where somebody has put them: `../shared/data`.
///
/// They only add to what generated data already show; without them the tests that want them say so and are skipped.
enum RecordedData {
    static let folder: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = package.deletingLastPathComponent().appendingPathComponent("shared/data").path
        if FileManager.default.fileExists(atPath: path) { return path }
        let reason = "recorded data tests are skipped: there is no folder ../shared/data\n"
        FileHandle.standardError.write(Data(reason.utf8))
        return nil
    }()

    /// All facts of a file, as history: known at their own time.
    static func facts(
        _ relativePath: String, kind: SourceKind, mappingPath: String? = nil
    ) throws -> (batch: FactBatch, rejectedCount: Int) {
        let path = (folder ?? "") + "/" + relativePath
        let source = SourceDescription.file(path, root: "/", kind: kind, mappingPath: mappingPath)
        var batch = FactBatch()
        var rejectedCount = 0
        var bars: [Symbol: [Dated<Bar>]] = [:]
        try InputFiles.live(root: "/").read(source, nil) { chunk in
            for line in chunk.lines {
                switch line.content {
                case .fact(.bar(let symbol, let bar)):
                    bars[symbol, default: []].append(
                        Dated(bar, knownAt: bar.closeAt, attestation: .unattested))
                case .fact(.signal(let signal)):
                    batch.signals.append(Dated(signal, knownAt: signal.generatedAt, attestation: .unattested))
                case .fact, .rejected: rejectedCount += 1
                case .blank, .header, .ignored: break
                }
            }
        }
        batch.bars = bars.sorted { $0.key < $1.key }.map { BarSeries(symbol: $0.key, bars: $0.value) }
        return (batch, rejectedCount)
    }

    /// The six coins of October 2025.
    static func octoberPrices() throws -> [BarSeries] {
        try ["BNB", "BTC", "ETH", "SOL", "XRP"].map { "\($0)USDT_1h.csv.gz" }.appending("DOGEUSDT_30m_perp.csv.gz")
            .flatMap { try facts("crypto_1h_binance_spot_2025_10/" + $0, kind: .prices).batch.bars }
    }
}

extension [String] {
    fileprivate func appending(_ text: String) -> [String] { self + [text] }
}
