/// Which processors of one machine are set aside for running units.
struct ProcessorPool {
    /// Units per processor, by position in `processors`.
    private var loads: [Int]
    private let processors: [Int]

    init(_ processors: [Int]) {
        self.processors = processors
        loads = Array(repeating: 0, count: processors.count)
    }

    /// Takes the least used processors; none when more are wanted than there are.
    mutating func take(_ count: Int) -> [Int] {
        guard count <= processors.count else { return [] }
        if count == 1, let least = loads.indices.min(by: { loads[$0] < loads[$1] }) {
            loads[least] += 1
            return [processors[least]]
        }
        let order = loads.indices.sorted { (loads[$0], $0) < (loads[$1], $1) }.prefix(count).sorted()
        for position in order { loads[position] += 1 }
        return order.map { processors[$0] }
    }

    mutating func give(back taken: [Int]) {
        for processor in taken {
            if let position = processors.firstIndex(of: processor) { loads[position] -= 1 }
        }
    }
}
