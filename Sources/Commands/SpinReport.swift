import Determinism
import Ledger
import Observatory
import Training

/// What a spin made, beside what the run recorded.
struct SpinReport: Encodable {
    struct Output: Encodable {
        let name: String
        let path: String
        let digest: Digest
        /// What the run recorded under the same key; absent when it recorded nothing.
        let recorded: Digest?
        let same: Bool?
    }

    /// One step of a training, here and in the run.
    struct Step: Encodable {
        let step: Int
        let computed: StepRecord
        /// Absent when the run did not record the step.
        let recorded: StepRecord?
        let same: Bool?

        init(_ computed: StepRecord, _ recorded: StepRecord?) {
            step = computed.step
            self.computed = computed
            self.recorded = recorded
            same = recorded.map { computed.repeats($0) }
        }
    }

    let schema = LedgerSchema.summary
    let run: String
    let unit: String
    let kind: String
    let key: Digest
    /// Whether the unit's outputs are promised to be the same every time.
    let isDeterministic: Bool
    /// Whether it ran to its end, or stopped at the step it was asked for.
    let finished: Bool
    let seconds: Double
    /// Where outputs and checkpoints are.
    let folder: String
    /// Parents whose recorded outputs were used although their settings differ now.
    let substituted: [String]
    let figures: [String: Double]
    let outputs: [Output]
    /// The step the spin began behind; absent for a unit without checkpoints.
    let resumedAt: Int?
    /// The last step it took.
    let lastStep: Step?
    /// The first step that differs from the record, when one does.
    let firstDifference: Step?
    /// Whether the result was put into the store.
    let persisted: Bool

    /// Whether something that is promised to be the same differs.
    var differs: Bool { isDeterministic && (outputs.contains { $0.same == false } || firstDifference != nil) }

    /// Lines for a person.
    var lines: [String] {
        var lines: [String] = []
        if !figures.isEmpty {
            lines.append(
                figures.sorted { $0.key < $1.key }.map { "\($0.key) \(HumanText.number($0.value))" }.joined(
                    separator: "  "))
        }
        if let lastStep {
            let word =
                switch lastStep.same {
                case true?: "the same bits as the run recorded (state \(lastStep.computed.stateHash))"
                case false?: "not what the run recorded"
                case nil: "state \(lastStep.computed.stateHash); the run has no record of this step"
                }
            lines.append("step \(lastStep.step): loss \(HumanText.number(lastStep.computed.loss)), \(word)")
        }
        if let step = firstDifference, let recorded = step.recorded {
            lines.append(
                "first step that differs: \(step.step): loss \(recorded.loss) → \(step.computed.loss), state \(recorded.stateHash) → \(step.computed.stateHash)"
            )
        }
        for output in outputs {
            let word =
                switch output.same {
                case true?: "the same as recorded"
                case false?:
                    isDeterministic
                        ? "differs from what is recorded" : "differs, as it may: the unit is not deterministic"
                case nil: "nothing recorded to compare with"
                }
            lines.append("\(output.name): \(word)\n  \(output.path)")
        }
        if outputs.isEmpty { lines.append("it stopped before its end; what it has so far is in \(folder)") }
        lines.append(
            "\(unit) \(finished ? "done" : "stopped") in \(HumanText.duration(seconds))\(persisted ? ", stored" : "")")
        return lines
    }
}
