import Domain
import Operation
import Testing

struct TelemetryAndOutcomeLineTests {
    private let scratch = Scratch()
    private let row = """
        {"ts":"2025-10-24T02:00:00Z","agent":"a","run_id":"r","symbol":"ETH","direction":"LONG","entry_price":100,\
        "exit_price":101,"realized_pnl_bps":100,"expected_pnl_bps":40.5,"expected_sigma_bps":170,"sim_version":"h24@3"
        """

    @Test func aTelemetryLineBecomesItsRecord() throws {
        let line = """
            {"run_id":"r1","agent":"a","ts":"2025-10-24T02:00:00Z","errors":2,"latency_ms":12.5,"cost_usd":0,\
            "tokens_in":10,"tokens_out":24.0,"host":"h"}
            """
        let expected = TelemetryRecord(
            agent: try #require(AgentID("a")), runID: "r1", at: Timestamp(seconds: 1_761_271_200), errors: 2,
            latencyMilliseconds: 12.5, costUSD: 0, tokensIn: 10, tokensOut: 24)
        #expect(scratch.parse(line, .telemetry).telemetry == expected)
    }

    @Test(arguments: [
        (#""errors":-1"#, "errors -1 is no count"), (#""errors":1.5"#, "errors 1.5 is no count"),
        (#""errors":null"#, "errors is missing"), (#""errors":1e300"#, "errors 1e300 is no count"),
        (#""errors":0,"latency_ms":-1"#, "latency_ms -1 is negative"),
        (#""errors":0,"tokens_in":"5""#, #"tokens_in "5" is a text"#),
    ])
    func wrongTelemetryIsRefused(more: String, reason: String) {
        let line = #"{"run_id":"r1","agent":"a","ts":"2025-10-24T02:00:00Z",\#(more)}"#
        let found = scratch.parse(line, .telemetry).reason ?? "accepted"
        #expect(found.hasPrefix(reason), "\(found)")
    }

    @Test func aReconciledRowBecomesItsOutcome() throws {
        let outcome = try #require(scratch.parse(row + "}", .reconciled).outcome)
        #expect(outcome.realizedReturnBps == 100 && outcome.expectedReturnBps == 40.5)
        #expect(outcome.horizon == .standard && outcome.forecasterVersion == "h24@3" && outcome.entryPrice == 100)
    }

    @Test func aRoundedErrorIsTakenAndAWrongOneRefused() {
        #expect(scratch.parse(row + #","pnl_error_bps":60,"abs_error_bps":59}"#, .reconciled).outcome != nil)
        #expect(
            scratch.parse(row + #","pnl_error_bps":-59.5}"#, .reconciled).reason
                == "pnl_error_bps -59.5 is not realized_pnl_bps - expected_pnl_bps = 59.5")
        #expect(
            scratch.parse(row + #","abs_error_bps":61}"#, .reconciled).reason
                == "abs_error_bps 61 is not |realized_pnl_bps - expected_pnl_bps| = 59.5")
    }

    @Test(arguments: [
        (#""direction":"LONG","expected_pnl_bps":1"#, "realized_pnl_bps is missing"),
        (#""direction":"FLAT","realized_pnl_bps":1,"expected_pnl_bps":1"#, #"direction "FLAT" has no outcome"#),
        (#""direction":"LONG","realized_pnl_bps":1,"expected_pnl_bps":1,"expected_sigma_bps":0"#,
         "expected_sigma_bps 0 must be above 0"),
        (#""direction":"LONG","realized_pnl_bps":1,"expected_pnl_bps":1,"entry_price":-3"#,
         "entry_price -3 must be above 0"),
    ])
    func wrongRowsAreRefused(more: String, reason: String) {
        let line = #"{"ts":1761271200,"agent":"a","symbol":"ETH",\#(more)}"#
        let found = scratch.parse(line, .reconciled).reason ?? "accepted"
        #expect(found.hasPrefix(reason), "\(found)")
    }
}
