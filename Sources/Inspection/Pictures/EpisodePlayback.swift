import Episodes
import HDF5
public import Pictures

// T time, A action dimensions.

/// One episode to look at: its frames, every camera beside the other, over a chart of its actions with the step marked.
public struct EpisodePlayback: Sendable {
    /// Steps shown in an animation at most, taken evenly.
    private static let animatedSteps = 240
    /// Frames of a strip.
    private static let stripSteps = 16
    private static let chartHeight = 56
    private static let leastWidth = 192
    private static let inks = [
        PixelColor(red: 31, green: 119, blue: 180), PixelColor(red: 214, green: 39, blue: 40),
        PixelColor(red: 44, green: 160, blue: 44), PixelColor(red: 255, green: 127, blue: 14),
        PixelColor(red: 148, green: 103, blue: 189), PixelColor(red: 140, green: 86, blue: 75),
        PixelColor(red: 227, green: 119, blue: 194), PixelColor(red: 23, green: 190, blue: 207),
    ]

    /// Name of the episode.
    public let episode: String
    private let header: EpisodeHeader
    private let actions: [Float]
    private let width: Int

    /// An episode of demonstrations: its name, or its position from 0.
    ///
    /// - Parameter path: a file or folder of demonstrations.
    /// - Throws: `EpisodeError`, `HDF5Error` for what cannot be read; ``InspectionError`` for an episode that is not there.
    public init(_ path: String, episode name: String) throws {
        let header = try DemonstrationHeader.scan(path)
        let position = header.episodes.firstIndex { $0.id == name } ?? Int(name)
        guard let position, header.episodes.indices.contains(position) else {
            throw InspectionError.noEpisode(path, name, among: header.episodes.map(\.id))
        }
        self.header = header.episodes[position]
        episode = self.header.id
        if let failure = self.header.failure { throw failure }
        guard let actions = self.header.actions, actions.element.isNumeric, actions.length > 0 else {
            throw InspectionError.noEpisode(path, name, among: [])
        }
        self.actions = try StreamReader().numbers(actions)
        width = actions.width
    }

    private var cameras: [(name: String, stream: EpisodeHeader.Stream)] {
        header.observations.filter { $0.value.isPictures && $0.value.length >= header.length }
            .map { ($0.key, $0.value) }.sorted { $0.name < $1.name }
    }

    /// Frames of an animation, one for each step shown.
    public func frames(progress: (Int, Int) -> Void = { _, _ in }) throws -> [PixelImage] {
        let steps = EvenChoice.positions(Self.animatedSteps, of: header.length)
        return try pictures(steps, progress: progress)
    }

    /// A strip of evenly chosen steps.
    public func strip() throws -> PixelImage {
        let steps = EvenChoice.positions(Self.stripSteps, of: header.length)
        let cells = zip(try pictures(steps), steps).map { ContactSheet.Cell($0, caption: "step \($1)") }
        var sheet = ContactSheet(cells, columns: 4)
        sheet.headings = [episode + (header.instruction.isEmpty ? "" : ": " + header.instruction)]
        return sheet.image()
    }

    private func pictures(_ steps: [Int], progress: (Int, Int) -> Void = { _, _ in }) throws -> [PixelImage] {
        let reader = StreamReader()
        let cameras = cameras
        let scales = cameras.map { max(1, Self.leastWidth / max(1, $0.stream.shape[2])) }
        let pictureWidth = zip(cameras, scales).reduce(0) { $0 + $1.0.stream.shape[2] * $1.1 }
        let pictureHeight = zip(cameras, scales).map { $0.stream.shape[1] * $1 }.max() ?? 0
        let total = max(Self.leastWidth, pictureWidth)
        let chart = chart(width: total)
        return try steps.enumerated().map { done, step in
            var image = PixelImage(width: total, height: pictureHeight + Self.chartHeight)
            var left = 0
            for ((_, stream), scale) in zip(cameras, scales) {
                let frame = PixelImage(
                    width: stream.shape[2], height: stream.shape[1], channels: stream.shape[3],
                    interleaved: try reader.pixels(stream, steps: step..<step + 1))
                image.draw(scale == 1 ? frame : frame.enlarged(by: scale), x: left, y: 0)
                left += frame.width * scale
            }
            image.draw(chart, x: 0, y: pictureHeight)
            image.fill(
                x: Self.column(step, of: header.length, width: total), y: pictureHeight, width: 1,
                height: Self.chartHeight, color: .black)
            progress(done + 1, steps.count)
            return image
        }
    }

    private static func column(_ step: Int, of length: Int, width: Int) -> Int {
        length > 1 ? step * (width - 1) / (length - 1) : 0
    }

    /// Every action dimension as a line between its least and greatest value of the episode.
    private func chart(width total: Int) -> PixelImage {
        var image = PixelImage(
            width: total, height: Self.chartHeight, color: PixelColor(red: 246, green: 246, blue: 246))
        for dimension in 0..<width {
            let values_T = stride(from: dimension, to: actions.count, by: width).map { Double(actions[$0]) }
            let finite = values_T.filter(\.isFinite)
            guard let low = finite.min(), let high = finite.max() else { continue }
            let ink = Self.inks[dimension % Self.inks.count]
            var last: Int?
            for (step, value) in values_T.enumerated() where value.isFinite {
                let share = high > low ? (value - low) / (high - low) : 0.5
                let y = 3 + Int(((1 - share) * Double(Self.chartHeight - 7)).rounded())
                let x = Self.column(step, of: values_T.count, width: total)
                let from = min(last ?? y, y)
                image.fill(x: x, y: from, width: 1, height: max(last ?? y, y) - from + 1, color: ink)
                let next = Self.column(step + 1, of: values_T.count, width: total)
                image.fill(x: x, y: y, width: max(1, min(next, total) - x), height: 1, color: ink)
                last = y
            }
        }
        return image
    }
}
