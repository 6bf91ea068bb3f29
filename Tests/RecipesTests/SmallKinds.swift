import Determinism
import Recipes
import WorkGraph

struct Thing: PortBundle {
    static let bundleType = BundleType(name: "Thing", members: [.init("thing", PortType("Thing"))])
    let wiring: Wiring
}

struct Other: PortBundle {
    static let bundleType = BundleType(name: "Other", members: [.init("other", PortType("Other"))])
    let wiring: Wiring
}

struct MakeKind: UnitKind {
    typealias Result = Thing
    static let description = KindDescription(name: "Make", summary: "Makes a thing.")
    @Setting(.unlabelled, in: 0...1000, help: "Which.") var number: Int
    @Resource(in: 1...1e18, help: "Ranks.") var ranks: ClosedRange<Int> = 1...1
    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws { draft.estimate.fixedSeconds = Double(number) }
    func run(_ context: UnitContext) throws {}
}

struct TakeKind: UnitKind {
    typealias Result = Other
    static let description = KindDescription(name: "Take", summary: "Takes a thing.", isRandom: true)
    @Input(.unlabelled, help: "The thing.") var thing: Thing
    func run(_ context: UnitContext) throws {}
}

struct PassKind: UnitKind {
    typealias Result = Thing
    static let description = KindDescription(name: "Pass", summary: "Passes a thing on.")
    @Input(.unlabelled, help: "The thing.") var thing: Thing
    @Setting(help: "Which.") var number: Int
    func run(_ context: UnitContext) throws {}
}

struct GatherKind: UnitKind {
    typealias Result = Other
    static let description = KindDescription(name: "Gather", summary: "Gathers things.")
    @Inputs(.unlabelled, help: "Things.") var things: [String: any PortBundle] = [:]
    func run(_ context: UnitContext) throws {}
}

func Make(_ number: Int, ranks: ClosedRange<Int> = 1...1) -> Thing {
    let kind = MakeKind()
    kind.number = number
    kind.ranks = ranks
    return kind.place()
}

func Take(_ thing: Thing) -> Other {
    let kind = TakeKind()
    kind.thing = thing
    return kind.place()
}

func Pass(_ thing: Thing, number: Int) -> Thing {
    let kind = PassKind()
    kind.thing = thing
    kind.number = number
    return kind.place()
}

func Gather(_ things: [String: any PortBundle]) -> Other {
    let kind = GatherKind()
    kind.things = things
    return kind.place()
}
