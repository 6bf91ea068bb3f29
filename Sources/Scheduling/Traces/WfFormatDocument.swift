/// The members of a WfFormat file (WfCommons, schema 1.5) that are read; every one may be missing or of another type.
struct WfFormatDocument: Decodable {
    struct Workflow: Decodable {
        var specification: Specification?
        var execution: Execution?
    }

    struct Specification: Decodable {
        var tasks: [Task]?
        var files: [File]?
    }

    struct Task: Decodable {
        var id: String?
        var name: String?
        var parents: [String]?
        var children: [String]?
        var inputFiles: [String]?
        var outputFiles: [String]?
    }

    struct File: Decodable {
        var id: String?
        var sizeInBytes: Number?
    }

    struct Execution: Decodable {
        var tasks: [Run]?
    }

    struct Run: Decodable {
        var id: String?
        var runtimeInSeconds: Number?
        var command: Command?
    }

    struct Command: Decodable {
        var program: String?
    }

    struct RuntimeSystem: Decodable {
        var name: String?
    }

    /// A number, or whatever stands in its place.
    struct Number: Decodable {
        let value: Double?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value = try? container.decode(Double.self)
        }
    }

    var name: String?
    var workflow: Workflow?
    var runtimeSystem: RuntimeSystem?
}
