public import Foundation

/// Reads workflow executions as the WfCommons project publishes them (WfFormat 1.5).
///
/// Source: Coleman et al., "WfCommons: A framework for enabling scientific workflow research and development", FGCS 2022.
public enum WfFormat {
    /// The trace in a JSON document.
    ///
    /// Edges come from `parents` and `children`; run times from the execution. The kind of a task is its program where a
    /// command is recorded, for Makeflow its name without the serial, for Nextflow the last part of its name.
    ///
    /// - Throws: ``TraceError`` with every problem of the document at once.
    public static func decode(_ data: Data, name: String) throws(TraceError) -> WorkflowTrace {
        let document: WfFormatDocument
        do {
            document = try JSONDecoder().decode(WfFormatDocument.self, from: data)
        } catch {
            throw TraceError(trace: name, problems: [sentence(error)])
        }
        var problems: [String] = []
        let trace = assemble(document, problems: &problems)
        let precedence = Precedence(parents: trace.parents)
        let circle = precedence.circle()
        if !circle.isEmpty {
            let names = circle.prefix(8).map { "'\(trace.tasks[$0].id)'" }.joined(separator: " → ")
            problems.append("tasks wait for each other in a circle: \(names)\(circle.count > 8 ? " → …" : "")")
        }
        guard problems.isEmpty else { throw TraceError(trace: name, problems: problems) }
        return WorkflowTrace(name: name, tasks: trace.tasks, files: trace.files, precedence: precedence)
    }

    private struct Assembly {
        var tasks: [WorkflowTrace.Task] = []
        var files: [WorkflowTrace.File] = []
        var parents: [[Int]] = []
    }

    private static func assemble(_ document: WfFormatDocument, problems: inout [String]) -> Assembly {
        guard let tasks = document.workflow?.specification?.tasks, !tasks.isEmpty else {
            problems.append("workflow.specification.tasks is missing or empty; is this a WfFormat 1.5 file?")
            return Assembly()
        }
        var positions: [String: Int] = [:]
        for (position, task) in tasks.enumerated() {
            guard let id = task.id else {
                problems.append("task \(position) has no id")
                continue
            }
            if positions.updateValue(position, forKey: id) != nil { problems.append("two tasks have the id '\(id)'") }
        }
        let runs = executions(document, positions: positions, count: tasks.count, problems: &problems)
        let sizes = fileSizes(document, problems: &problems)
        var assembly = Assembly()
        var made: [String: Int] = [:]
        for (position, task) in tasks.enumerated() {
            for file in task.outputFiles ?? [] {
                if let other = made[file] {
                    let makers = "\(label(tasks, assembly.files[other].producer)) and \(label(tasks, position))"
                    problems.append("the file '\(file)' is made twice, by \(makers)")
                }
                made[file] = assembly.files.count
                assembly.files.append(WorkflowTrace.File(bytes: sizes[file] ?? 0, producer: position))
            }
        }
        assembly.parents = edges(tasks, positions: positions, problems: &problems)
        for (position, task) in tasks.enumerated() {
            for file in (task.inputFiles ?? []) + (task.outputFiles ?? []) where sizes[file] == nil {
                problems.append(
                    "\(label(tasks, position)) names the file '\(file)', which workflow.specification.files does not list"
                )
            }
            let inputs = task.inputFiles ?? []
            assembly.tasks.append(
                WorkflowTrace.Task(
                    id: task.id ?? "", kind: kind(task, runs[position], system: document.runtimeSystem?.name),
                    seconds: max(runs[position]?.runtimeInSeconds?.value ?? 0, WorkflowTrace.leastSeconds),
                    inputBytes: inputs.reduce(0) { $0 + (sizes[$1] ?? 0) },
                    reads: inputs.compactMap { made[$0] }.filter { assembly.files[$0].producer != position }))
        }
        return assembly
    }

    /// What was measured of each task.
    private static func executions(
        _ document: WfFormatDocument, positions: [String: Int], count: Int, problems: inout [String]
    ) -> [WfFormatDocument.Run?] {
        var runs = [WfFormatDocument.Run?](repeating: nil, count: count)
        for run in document.workflow?.execution?.tasks ?? [] {
            guard let id = run.id else {
                problems.append("an entry of workflow.execution.tasks has no id")
                continue
            }
            guard let position = positions[id] else {
                problems.append("workflow.execution.tasks has '\(id)', which the specification does not")
                continue
            }
            if runs[position] != nil { problems.append("workflow.execution.tasks has '\(id)' twice") }
            runs[position] = run
        }
        for (id, position) in positions.sorted(by: { $0.value < $1.value }) {
            guard let run = runs[position] else {
                problems.append("task '\(id)' has no entry in workflow.execution.tasks")
                continue
            }
            guard let seconds = run.runtimeInSeconds else {
                problems.append("task '\(id)' has no runtimeInSeconds")
                continue
            }
            guard let value = seconds.value, value.isFinite else {
                problems.append("runtimeInSeconds of task '\(id)' is not a number")
                continue
            }
            if value < 0 { problems.append("runtimeInSeconds of task '\(id)' is \(value); it cannot be negative") }
        }
        return runs
    }

    private static func fileSizes(_ document: WfFormatDocument, problems: inout [String]) -> [String: Double] {
        var sizes: [String: Double] = [:]
        for file in document.workflow?.specification?.files ?? [] {
            guard let id = file.id else {
                problems.append("an entry of workflow.specification.files has no id")
                continue
            }
            let bytes = file.sizeInBytes?.value ?? -1
            if !(bytes >= 0 && bytes.isFinite) { problems.append("sizeInBytes of file '\(id)' is not a size") }
            if sizes.updateValue(max(bytes, 0), forKey: id) != nil { problems.append("two files have the id '\(id)'") }
        }
        return sizes
    }

    /// The distinct parents of each task, ascending, from both directions in which a file tells edges.
    private static func edges(
        _ tasks: [WfFormatDocument.Task], positions: [String: Int], problems: inout [String]
    ) -> [[Int]] {
        var parents = [Set<Int>](repeating: [], count: tasks.count)
        for (position, task) in tasks.enumerated() {
            for parent in task.parents ?? [] {
                if let place = positions[parent] {
                    parents[position].insert(place)
                } else {
                    problems.append("\(label(tasks, position)) has the parent '\(parent)', which is no task")
                }
            }
            for child in task.children ?? [] {
                if let place = positions[child] {
                    parents[place].insert(position)
                } else {
                    problems.append("\(label(tasks, position)) has the child '\(child)', which is no task")
                }
            }
        }
        return parents.map { $0.sorted() }
    }

    private static func label(_ tasks: [WfFormatDocument.Task], _ position: Int) -> String {
        "task '\(tasks[position].id ?? tasks[position].name ?? "\(position)")'"
    }

    private static func kind(_ task: WfFormatDocument.Task, _ run: WfFormatDocument.Run?, system: String?) -> String {
        let name = task.name ?? task.id ?? ""
        switch system {
        case "Nextflow": return name.split(separator: ".").last.map(String.init) ?? name
        case "Makeflow": return withoutSerial(name)
        default: return run?.command?.program ?? withoutSerial(name)
        }
    }

    /// `bwa_ID000102` without `_ID000102`, `align_7` without `_7`.
    private static func withoutSerial(_ name: String) -> String {
        guard let bar = name.lastIndex(of: "_") else { return name }
        var rest = name[name.index(after: bar)...]
        if rest.hasPrefix("ID") { rest = rest.dropFirst(2) }
        return !rest.isEmpty && rest.allSatisfy(\.isNumber) && bar > name.startIndex ? String(name[..<bar]) : name
    }

    private static func sentence(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it is not JSON: \(error)" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? "." + $0.stringValue }.joined()
            return "\(path.drop { $0 == "." }) is of the wrong type. \(context.debugDescription)"
        case .dataCorrupted(let context): return "it is not JSON. \(context.debugDescription)"
        @unknown default: return "it is not JSON: \(error)"
        }
    }
}
