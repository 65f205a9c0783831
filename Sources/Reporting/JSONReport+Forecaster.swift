package import Domain
import JSONText

extension JSONReport {
    /// The expected-return model alone: `train --json`.
    package static func bytes(_ report: ForecasterReport, asOf: Timestamp) -> [UInt8] {
        JSONWriter.document { writer in
            writer.field("schema", "meta-supervisor/forecaster/1")
            writer.field("as_of", asOf)
            writer.field("generated_at", asOf)
            forecaster(report, into: &writer)
        }
    }

    static func forecaster(_ report: ForecasterReport, into writer: inout JSONWriter) {
        let forecaster = report.inForce
        writer.field("version", forecaster.version)
        writer.field("kind", forecaster.ridge == nil ? "score-linear" : "ridge")
        writer.field("reason", report.reason)
        writer.field("outcome_count", report.outcomeCount)
        writer.field("out_of_sample_count", report.outOfSampleCount)
        writer.array("candidates", report.candidates) { writer, candidate in
            writer.object { writer in
                writer.field("name", candidate.name)
                writer.field("mean_squared_error_bps", candidate.meanSquaredErrorBps)
            }
        }
        writer.object("fallback") { writer in
            writer.field("formula", "clamp(score * bps_per_score, -maximal_bps, maximal_bps); 0 without a score")
            writer.field("bps_per_score", forecaster.fallback.bpsPerScore)
            writer.field("maximal_bps", forecaster.fallback.maximalBps)
        }
        writer.key("ridge")
        if let ridge = forecaster.ridge { self.ridge(ridge, into: &writer) } else { writer.null() }
    }

    private static func ridge(_ ridge: RidgeModel, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field(
                "formula",
                "clamp(intercept + sum of coefficient * (value - mean) / scale over features with scale > 0,"
                    + " -maximal_bps, maximal_bps)")
            writer.field("horizon_hours", 24)
            writer.field("intercept", ridge.intercept)
            writer.array("features", ridge.features) { writer, feature in
                writer.object { writer in
                    writer.field("name", feature.name)
                    writer.field("mean", feature.mean)
                    writer.field("scale", feature.scale)
                    writer.field("coefficient", feature.coefficient)
                }
            }
            writer.field("maximal_bps", ridge.maximalBps)
            writer.field("l2_penalty", ridge.l2Penalty)
            writer.field("outcome_count", ridge.outcomeCount)
            writer.field("trained_from", ridge.trainedFrom)
            writer.field("trained_through", ridge.trainedThrough)
            writer.field("fitted_at", ridge.fittedAt)
            writer.field("data_digest", ridge.dataDigest)
        }
    }
}
