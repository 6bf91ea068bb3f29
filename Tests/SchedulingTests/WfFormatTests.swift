import Determinism
import Foundation
import Scheduling
import Testing

@Suite("WfFormat traces")
struct WfFormatTests {
    private func decode(tasks: String, runs: String, files: String = "", system: String = "Pegasus") throws
        -> WorkflowTrace
    {
        let text = """
            {"name": "w", "workflow": {"specification": {"tasks": [\(tasks)], "files": [\(files)]},
             "execution": {"tasks": [\(runs)]}}, "runtimeSystem": {"name": "\(system)"}}
            """
        return try WfFormat.decode(Data(text.utf8), name: "w.json")
    }

    private func problems(tasks: String, runs: String, files: String = "") -> [String] {
        do {
            _ = try decode(tasks: tasks, runs: runs, files: files)
            return []
        } catch let error as TraceError {
            #expect(error.exitCode == ExitCode.badData)
            return error.problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `tasks, kinds, files and edges are read`() throws {
        let trace = try decode(
            tasks: """
                {"id": "b", "name": "join_ID2", "parents": ["a"], "children": [], "inputFiles": ["x", "s"], "outputFiles": []},
                {"id": "a", "name": "cut_ID1", "parents": [], "children": ["b"], "inputFiles": ["s"], "outputFiles": ["x"]}
                """,
            runs: """
                {"id": "a", "runtimeInSeconds": 0, "command": {"program": "cut"}}, {"id": "b", "runtimeInSeconds": 2.5}
                """,
            files: #"{"id": "x", "sizeInBytes": 7}, {"id": "s", "sizeInBytes": 100}"#)
        #expect(trace.tasks.map(\.kind) == ["join", "cut"])
        #expect(trace.tasks.map(\.seconds) == [2.5, 0.001])
        #expect(trace.tasks.map(\.inputBytes) == [107, 100])
        #expect(trace.precedence.parents == [[1], []] && trace.precedence.order == [1, 0])
        #expect(trace.edgeBytes == 7)
    }

    @Test func `kinds of Makeflow lose their serial, those of Nextflow their path`() throws {
        let run = #"{"id": "t", "runtimeInSeconds": 1, "command": {"program": "sh"}}"#
        let task = { (name: String) in #"{"id": "t", "name": "\#(name)"}"# }
        #expect(try decode(tasks: task("cat_bwa_ID000103"), runs: run, system: "Makeflow").tasks[0].kind == "cat_bwa")
        #expect(try decode(tasks: task("NF.RNASEQ.FASTQC"), runs: run, system: "Nextflow").tasks[0].kind == "FASTQC")
        #expect(try decode(tasks: task("x"), runs: run).tasks[0].kind == "sh")
    }

    @Test func `every problem is named at once`() {
        let found = problems(
            tasks: """
                {"id": "a", "name": "a", "parents": ["c", "nobody"], "inputFiles": ["gone"]},
                {"id": "a", "name": "a"}, {"id": "b", "name": "b", "parents": ["a"]},
                {"id": "c", "name": "c", "parents": ["b"]}, {"name": "nameless"},
                {"id": "d", "outputFiles": ["x"]}, {"id": "e", "outputFiles": ["x"]}
                """,
            runs: """
                {"id": "a", "runtimeInSeconds": -1}, {"id": "b"}, {"id": "d", "runtimeInSeconds": "long"},
                {"id": "e", "runtimeInSeconds": 1}, {"id": "e", "runtimeInSeconds": 1}, {"id": "ghost", "runtimeInSeconds": 1}
                """,
            files: #"{"id": "x", "sizeInBytes": 1}, {"id": "x", "sizeInBytes": -4}"#)
        for words in [
            "two tasks have the id 'a'", "'nobody', which is no task", "'gone', which", "task 4 has no id", "is -1.0",
            "task 'b' has no runtimeInSeconds", "'c' has no entry", "'d' is not a number", "has 'e' twice",
            "'ghost', which the specification does not", "'x' is made twice", "two files have the id 'x'",
            "sizeInBytes of file 'x'",
        ] { #expect(found.contains { $0.contains(words) }, "\(words) is not in \(found)") }
    }

    @Test func `a circle is told by its tasks`() {
        let found = problems(
            tasks: #"{"id": "a", "parents": ["c"]}, {"id": "b", "parents": ["a"]}, {"id": "c", "parents": ["b"]}"#,
            runs:
                #"{"id": "a", "runtimeInSeconds": 1}, {"id": "b", "runtimeInSeconds": 1}, {"id": "c", "runtimeInSeconds": 1}"#
        )
        #expect(found == ["tasks wait for each other in a circle: 'a' → 'b' → 'c' → 'a'"])
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"workflow": {"specification": {"tasks": 3}}}"#])
    func `what is no trace is refused`(text: String) {
        #expect(throws: TraceError.self) { try WfFormat.decode(Data(text.utf8), name: "w") }
    }
}
