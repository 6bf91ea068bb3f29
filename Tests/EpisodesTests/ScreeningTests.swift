import Episodes
import TestSupport
import Testing

@Suite("Screening")
struct ScreeningTests {
    /// An episode whose actions and position wander, with a camera whose pixel follows.
    private func episode(_ number: Int, length: Int = 30) -> Episode {
        var random = SplitMix(state: UInt64(number) + 1)
        var position: Float = 0
        var actions: [Float] = []
        var positions: [Float] = []
        var pixels: [UInt8] = []
        for _ in 0..<length {
            let action = Float.random(in: -1...1, using: &random)
            position += action
            actions += [action, 0.5 * action]
            positions.append(position)
            pixels += [UInt8(truncatingIfNeeded: Int(position * 50)), 0, UInt8.random(in: 0...255, using: &random)]
        }
        return Episode(
            id: "demo_\(number)", instruction: "push",
            cameras: ["camera": ImageSequence(height: 1, width: 1, channels: 3, pixels: pixels)],
            sensors: ["position": Matrix(rows: length, columns: 1, values: positions)],
            actions: Matrix(rows: length, columns: 2, values: actions), rewards: nil, success: number % 2 == 0)
    }

    private func screen(
        _ episodes: [Episode], rejecting: [Rejection], flagging: [Rejection] = []
    ) throws -> EpisodeSelection {
        let records = episodes.map {
            EpisodeRecord(
                id: $0.id, shard: 0, length: $0.length, bytes: 1, instruction: $0.instruction, success: $0.success)
        }
        let streams = StreamSchema(cameras: [], sensors: [], actionWidth: 2)
        let measures = zip(records, episodes).map { EpisodeMeasures($0, $1) }
        return try Screening(rejecting: rejecting, flagging: flagging)
            .apply(to: EpisodeSelection(streams: streams, episodes: records), measures)
    }

    private let good: [Rejection] = [
        .nonFinite, .frozenSensor, .frozenCamera, .deadAction, .jerk(sigma: 6), .duplicate, .noInstruction,
    ]

    @Test func `ordinary episodes pass every rule`() throws {
        let result = try screen((0..<40).map { episode($0) }, rejecting: good)
        #expect(result.episodes.count == 40, "\(result.dropped)")
    }

    @Test func `each fault is found with its reason`() throws {
        var episodes = (0..<40).map { episode($0) }
        var values = episodes[3].actions.values
        values[9] = .infinity
        episodes[3].actions = Matrix(rows: 30, columns: 2, values: values)
        var positions = episodes[5].sensors["position"]?.values ?? []
        for step in 10..<30 { positions[step] = positions[10] }
        episodes[5].sensors["position"] = Matrix(rows: 30, columns: 1, values: positions)
        episodes[7].cameras["camera"] = ImageSequence(
            height: 1, width: 1, channels: 3, pixels: [UInt8](repeating: 9, count: 90))
        episodes[9].actions = Matrix(rows: 30, columns: 2, values: [Float](repeating: 0.25, count: 60))
        episodes[11].actions = Matrix(
            rows: 30, columns: 2,
            values: episodes[11].actions.values.enumerated().map {
                $0.offset % 4 < 2 ? $0.element * 40 : $0.element * -40
            })
        episodes[13].instruction = ""
        let copy = episodes[2]
        episodes[15].actions = copy.actions
        episodes[15].sensors = copy.sensors
        let result = try screen(episodes, rejecting: good)
        let reasons = Dictionary(uniqueKeysWithValues: result.dropped.map { ($0.id, $0.reason) })
        #expect(
            reasons == [
                "demo_3": "nonFinite", "demo_5": "frozenSensor", "demo_7": "frozenCamera", "demo_9": "deadAction",
                "demo_11": "jerk", "demo_13": "noInstruction", "demo_15": "duplicate",
            ])
        #expect(result.dropped[0].detail == "actions is inf at step 4, dimension 1")
        #expect(result.dropped[1].detail.contains("sensor position repeats step 10 for 20 of 30 steps"))
        #expect(result.dropped[6].detail.contains("same actions and sensors as demo_2"))
    }

    @Test func `black cameras, dead dimensions, clipped and far actions are found where they are rare`() throws {
        let rules: [Rejection] = [
            .blackCamera(level: 3), .deadDimension, .clipped(fraction: 0.2), .outOfRange(limit: 4),
        ]
        var episodes = (0..<40).map { episode($0) }
        for number in 0..<40 {
            episodes[number].cameras["camera"] = ImageSequence(
                height: 1, width: 1, channels: 3, pixels: (0..<90).map { UInt8(100 + ($0 + number) % 7) })
        }
        #expect(try screen(episodes, rejecting: rules).dropped.isEmpty)
        func change(_ number: Int, _ edit: (_ step: Int, _ column: Int, _ value: Float) -> Float) {
            let actions = episodes[number].actions
            episodes[number].actions = Matrix(
                rows: actions.rows, columns: 2,
                values: actions.values.enumerated().map { edit($0 / 2, $0 % 2, $1) })
        }
        var pixels = [UInt8](repeating: 120, count: 90)
        for place in 30..<90 { pixels[place] = 2 }
        episodes[2].cameras["camera"] = ImageSequence(height: 1, width: 1, channels: 3, pixels: pixels)
        change(4) { _, column, value in column == 1 ? 0.125 : value }
        change(6) { step, column, value in column == 0 && step >= 20 ? 1.5 : value }
        change(8) { step, column, value in step == 17 && column == 1 ? -9 : value }
        let result = try screen(episodes, rejecting: rules)
        #expect(result.dropped.map(\.id) == ["demo_2", "demo_4", "demo_6", "demo_8"])
        #expect(result.dropped.map(\.reason) == ["blackCamera", "deadDimension", "clipped", "outOfRange"])
        #expect(result.dropped[0].detail == "camera camera is black (at most 3) in 20 of 30 pictures")
        #expect(result.dropped[1].detail == "action 1 keeps the value 0.125")
        #expect(result.dropped[2].detail.contains("or 1.5 for 11 of 30 steps"))
        #expect(result.dropped[3].detail.contains("in dimension 1, limit ±4.0"))
        #expect(result.droppedByReason().map(\.count) == [1, 1, 1, 1])
        // What a twentieth and more do is their nature: a gripper that is open or closed.
        for number in 10..<40 { change(number) { step, column, _ in column == 1 ? (step < 15 ? 2 : -2) : 0.5 } }
        #expect(
            try screen(episodes, rejecting: [.deadDimension, .clipped(fraction: 0.2)]).dropped.map(\.id) == [
                "demo_4", "demo_6",
            ])
    }

    @Test func `what rests by nature is not frozen`() throws {
        var episodes = (0..<40).map { episode($0) }
        for number in 0..<10 {
            episodes[number].sensors["touches"] = Matrix(rows: 30, columns: 1, values: [Float](repeating: 0, count: 30))
        }
        for number in 10..<40 {
            episodes[number].sensors["touches"] = Matrix(rows: 30, columns: 1, values: (0..<30).map { Float($0) })
        }
        #expect(try screen(episodes, rejecting: [.frozenSensor]).dropped.isEmpty)
    }

    @Test func `length and success count when asked for`() throws {
        let episodes = (0..<10).map { episode($0, length: 10 + $0) }
        #expect(try screen(episodes, rejecting: [.tooShort(steps: 12)]).dropped.map(\.id) == ["demo_0", "demo_1"])
        #expect(try screen(episodes, rejecting: [.tooLong(steps: 17)]).dropped.map(\.id) == ["demo_8", "demo_9"])
        #expect(try screen(episodes, rejecting: [.failed]).dropped.count == 5)
    }

    @Test func `flags keep the episode and say why`() throws {
        let result = try screen((0..<4).map { episode($0) }, rejecting: [], flagging: [.failed])
        #expect(result.episodes.count == 4)
        #expect(
            result.episodes.map(\.flags) == [[], ["failed: recorded as failed"], [], ["failed: recorded as failed"]])
    }

    @Test func `dropping everything is an error that says why`() {
        let error = #expect(throws: EpisodeError.self) {
            try screen((0..<4).map { episode($0) }, rejecting: [.tooShort(steps: 100)])
        }
        #expect(error?.description.contains("all 4 dropped (tooShort 4; demo_3: 30 steps, fewer than 100)") == true)
        #expect(error?.exitCode == 65)
    }
}
