/// The end of the time in which a run has its ranks.
///
/// Units that would not end before are held back: started and cut off, what they computed would be lost.
public struct ClosingTime: Hashable, Sendable {
    /// In the run's seconds.
    public var atSeconds: Double
    /// What each unit needs at least, in seconds; one per unit.
    public var neededSeconds: [Double]

    public init(atSeconds: Double, neededSeconds: [Double]) {
        self.atSeconds = atSeconds
        self.neededSeconds = neededSeconds
    }
}

extension RunStateMachine {
    /// Units that are ready and are not started any more because their time does not suffice.
    public var heldUnits: [Int] { held.sorted() }

    /// Starts no unit any more that needs more time than is left.
    ///
    /// - Precondition: one figure per unit.
    public mutating func close(_ closing: ClosingTime?) {
        precondition(closing.map { $0.neededSeconds.count == states.count } ?? true, "one figure per unit")
        self.closing = closing
    }

    /// Takes the most urgent unit of a line out of it if its time does not suffice.
    mutating func holdBack(_ unit: Int, ofLine line: Int, at seconds: Double) -> Bool {
        guard let closing, seconds + closing.neededSeconds[unit] > closing.atSeconds else { return false }
        _ = lines[line].ready.removeFirst()
        held.insert(unit)
        return true
    }

    /// Whether nothing is left that could be done in the time there is.
    var isHeldUp: Bool {
        !held.isEmpty
            && states.indices.allSatisfy { unit in
                states[unit].isFinal || states[unit] == .waiting || held.contains(unit)
            }
    }
}
