/// A NaN or an infinity in a stream of an episode.
struct NonFiniteValue: Hashable, Sendable {
    /// Path below the episode, such as `actions` or `obs/agent_pos`.
    let stream: String
    let step: Int
    let column: Int
    let value: Float

    /// The first one, looking at actions, sensors by name, and rewards.
    static func first(in episode: Episode) -> NonFiniteValue? {
        if let found = first(in: episode.actions, "actions") { return found }
        for (name, sensor) in episode.sensors.sorted(by: { $0.key < $1.key }) {
            if let found = first(in: sensor, "obs/\(name)") { return found }
        }
        guard let rewards = episode.rewards else { return nil }
        return first(in: Matrix(rows: rewards.count, columns: 1, values: rewards), "rewards")
    }

    private static func first(in matrix: Matrix, _ stream: String) -> NonFiniteValue? {
        guard let position = matrix.values.firstIndex(where: { !$0.isFinite }) else { return nil }
        return NonFiniteValue(
            stream: stream, step: position / matrix.columns, column: position % matrix.columns,
            value: matrix.values[position])
    }
}
