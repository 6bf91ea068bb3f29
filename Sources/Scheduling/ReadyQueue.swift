import HeapModule

/// Ready units of one demand, highest priority first, equals by their order.
struct ReadyQueue: Sendable {
    struct Entry: Comparable, Sendable {
        let priority: Double
        /// What goes first among equals: the least.
        let order: Int
        let unit: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.priority == right.priority ? left.order > right.order : left.priority < right.priority
        }
    }

    private var heap = Heap<Entry>()

    var first: Entry? { heap.max }
    var count: Int { heap.count }
    var units: [Int] { heap.unordered.map(\.unit).sorted() }

    mutating func insert(_ unit: Int, priority: Double, order: Int) {
        heap.insert(Entry(priority: priority, order: order, unit: unit))
    }

    /// Gives every unit the priority that it has now.
    mutating func reorder(_ priorities: [Double]) {
        heap = Heap(heap.unordered.map { Entry(priority: priorities[$0.unit], order: $0.order, unit: $0.unit) })
    }

    mutating func removeFirst() -> Entry? { heap.popMax() }
}
