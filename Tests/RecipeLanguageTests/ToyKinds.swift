import Determinism
import Recipes
import WorkGraph

/// Kinds with every sort of field, which only tests know.
extension Catalogue {
    static let toys = Catalogue([
        LoadKind.self, LoadIndexKind.self, CutKind.self, FitKind.self, JudgeKind.self, RunKind.self,
    ])
}

struct Table: PortBundle {
    static let bundleType = BundleType(
        name: "Table", members: [.init("parts", PortType("TablePart")), .init("index", PortType("TableIndex"))])
    let wiring: Wiring
}

struct TableCut: PortBundle {
    static let bundleType = BundleType(
        name: "TableCut", views: [.init("training", Table.bundleType), .init("validation", Table.bundleType)])
    let wiring: Wiring
    var training: Table { Table(wiring: wiring.view("training")) }
    var validation: Table { Table(wiring: wiring.view("validation")) }
}

struct Model: PortBundle {
    static let bundleType = BundleType(name: "Model", members: [.init("weights", PortType("Weights"))])
    let wiring: Wiring
}

struct Verdict: PortBundle {
    static let bundleType = BundleType(name: "Verdict", members: [.init("verdict", PortType("Verdict"))])
    let wiring: Wiring
}

enum Fault: RecipeConvertible, Hashable {
    case missing
    case jerk(sigma: Double)

    static let recipeType = RecipeType.enumeration(
        EnumerationType(
            name: "Fault", cases: [.init("missing"), .init("jerk", [.init(label: "sigma", type: .double)])]))

    init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical else { return nil }
        switch (fields["case"], fields["sigma"]) {
        case (.string("missing")?, nil): self = .missing
        case (.string("jerk")?, .double(let sigma)?): self = .jerk(sigma: sigma)
        default: return nil
        }
    }

    var canonical: CanonicalValue {
        switch self {
        case .missing: .map(["case": .string("missing")])
        case .jerk(let sigma): .map(["case": .string("jerk"), "sigma": .double(sigma)])
        }
    }
}

/// Sharded: one node per part and one for the index.
struct LoadKind: UnitKind {
    typealias Result = Table
    static let description = KindDescription(name: "Load", summary: "Loads a table.")
    @Source(.unlabelled, help: "The file.") var path: String
    @Setting(in: 1...64, help: "Parts to make.") var shards: Int = 1
    @Setting(.hidden, help: "Which part.") var shard: Int = 0
    var outputs: [OutputDeclaration] { [OutputDeclaration(name: "part", type: PortType("TablePart"))] }
    var part: String? { "shard-\(shard)" }

    func place(label: CallLabel) -> Table {
        let nodes = (0..<shards).map { index in
            shard = index
            return node(label: label)
        }
        let index = LoadIndexKind()
        index.path = path
        let last = index.node(label: label)
        return Table(
            wiring: Wiring(
                members: [
                    "parts": nodes.map { PortReference(node: $0, output: "part") },
                    "index": [PortReference(node: last, output: "index")],
                ], call: UnitCall(label: label, nodes: nodes + [last])))
    }

    func run(_ context: UnitContext) throws {}
}

struct LoadIndexKind: UnitKind {
    typealias Result = Table
    static let description = KindDescription(name: "LoadIndex", summary: "Indexes a table.")
    @Source(.unlabelled, help: "The file.") var path: String
    var outputs: [OutputDeclaration] { [OutputDeclaration(name: "index", type: PortType("TableIndex"))] }
    func run(_ context: UnitContext) throws {}
}

struct CutKind: UnitKind {
    typealias Result = TableCut
    static let description = KindDescription(name: "Cut", summary: "Cuts a table in two.", isRandom: true)
    @Input(.unlabelled, help: "The table.") var table: Table
    @Setting(in: 0...1, help: "Share for validation.") var validation: Double = 0.1
    @Setting(help: "Rows to leave out.") var rejecting: [Fault] = []
    func run(_ context: UnitContext) throws {}
}

struct FitKind: UnitKind {
    typealias Result = Model
    static let description = KindDescription(
        name: "Fit", summary: "Fits a model.", computesFloats: true, isRandom: true)
    @Input(.unlabelled, help: "Rows to learn.") var table: Table
    @Input(help: "Where to start.") var from: Model? = nil
    @Setting(in: 1...1e9, help: "Updates.") var steps: Int
    @Setting(in: 0...1, help: "Step size.") var rate: Double = 0.001
    @Setting(help: "Largest shard.") var shardBytes: ByteCount = ByteCount(1 << 20)
    @Setting(help: "Columns.") var columns: [String] = []
    @Resource(in: 1...1024, help: "Ranks.") var ranks: ClosedRange<Int> = 1...1
    @Resource(help: "Longest time.") var timeLimit: TimeSpan? = nil

    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        if steps == 13 { throw ArgumentError(argument: "steps", message: "13 steps bring bad luck; take 12 or 14") }
        if steps == 14 { draft.warnings.append("14 is nearly 13") }
        draft.estimate.flops = Double(steps)
    }

    func run(_ context: UnitContext) throws {}
}

struct JudgeKind: UnitKind {
    typealias Result = Verdict
    static let description = KindDescription(name: "Judge", summary: "Judges a model.")
    @Input(.unlabelled, help: "The model.") var model: Model
    @Input(help: "Rows to judge by.") var on: Table
    func run(_ context: UnitContext) throws {}
}

struct RunKind: UnitKind {
    typealias Result = Verdict
    static let description = KindDescription(name: "Run", summary: "Runs a program.")
    @Setting(.unlabelled, help: "Argument vector.") var arguments: [String]
    @Inputs(help: "What it reads.") var inputs: [String: any PortBundle] = [:]
    @Setting(help: "Environment.") var environment: [String: String] = [:]
    func run(_ context: UnitContext) throws {}
}

func Load(_ path: String, shards: Int = 1) -> Table {
    let kind = LoadKind()
    kind.path = path
    kind.shards = shards
    return kind.place()
}

func Cut(_ table: Table, validation: Double = 0.1, rejecting: [Fault] = []) -> TableCut {
    let kind = CutKind()
    kind.table = table
    kind.validation = validation
    kind.rejecting = rejecting
    return kind.place()
}

func Fit(
    _ table: Table, from: Model? = nil, steps: Int, rate: Double = 0.001, shardBytes: ByteCount = ByteCount(1 << 20),
    columns: [String] = [], ranks: ClosedRange<Int> = 1...1, timeLimit: TimeSpan? = nil
) -> Model {
    let kind = FitKind()
    kind.table = table
    kind.from = from
    kind.steps = steps
    kind.rate = rate
    kind.shardBytes = shardBytes
    kind.columns = columns
    kind.ranks = ranks
    kind.timeLimit = timeLimit
    return kind.place()
}

func Judge(_ model: Model, on table: Table) -> Verdict {
    let kind = JudgeKind()
    kind.model = model
    kind.on = table
    return kind.place()
}

func Run(_ arguments: [String], inputs: [String: any PortBundle] = [:], environment: [String: String] = [:]) -> Verdict
{
    let kind = RunKind()
    kind.arguments = arguments
    kind.inputs = inputs
    kind.environment = environment
    return kind.place()
}
