import Foundation
import Pictures
import Prediction
import Scheduling

/// The public instances, and for each a model of all others.
struct TraceCollection {
    let folder: String
    let traces: [WorkflowTrace]
    let workloads: [Workload]
    /// What all instances but one teach, by the position of that one.
    let models: [DurationModel]
    private let measured: [[MeasuredDuration]]
    /// Reference makespans by track, instance, ranks, seed and policy.
    let reference: [String: Double]

    init(folder: String) throws {
        self.folder = folder
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json.gz") }
        let traces = try names.sorted().map { file in
            let bytes = try Gzip.expand([UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))))
            return try WfFormat.decode(Data(bytes), name: String(file.dropLast(8)))
        }
        self.traces = traces
        workloads = traces.map { Workload([$0]) }
        let measured = traces.enumerated().map { $1.measuredDurations(run: $0) }
        self.measured = measured
        models = traces.indices.map { left in
            DurationModel(measured.enumerated().filter { $0.offset != left }.flatMap(\.element))
        }
        var reference: [String: Double] = [:]
        if let table = try? String(contentsOfFile: folder + "/baseline_results.csv", encoding: .utf8) {
            for line in table.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                reference[[fields[0], fields[2], fields[5], fields[6], fields[7]].joined(separator: "/")] = Double(
                    fields[8])
            }
        }
        self.reference = reference
    }

    /// What all instances but one teach when every duration is so many times as long.
    func model(without left: Int, scaledBy factor: Double) -> DurationModel {
        DurationModel(
            measured.enumerated().filter { $0.offset != left }.flatMap(\.element).map {
                var longer = $0
                longer.seconds *= factor
                longer.features.parentLogSeconds = longer.features.parentLogSeconds.map {
                    $0 == 0 ? 0 : $0 + log(factor)
                }
                return longer
            })
    }

    /// Positions of instances with at most so many tasks.
    func upTo(_ tasks: Int) -> [Int] { traces.indices.filter { traces[$0].tasks.count <= tasks } }
}
