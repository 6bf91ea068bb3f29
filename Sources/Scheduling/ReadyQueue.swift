import HeapModule

/// Ready units of one demand, highest priority first, equals by position.
struct ReadyQueue: Sendable {
    struct Entry: Comparable, Sendable {
        let priority: Double
        let unit: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.priority == right.priority ? left.unit > right.unit : left.priority < right.priority
        }
    }

    private var heap = Heap<Entry>()

    var first: Entry? { heap.max }
    var count: Int { heap.count }
    var units: [Int] { heap.unordered.map(\.unit).sorted() }

    mutating func insert(_ unit: Int, priority: Double) {
        heap.insert(Entry(priority: priority, unit: unit))
    }

    mutating func removeFirst() -> Entry? { heap.popMax() }
}
