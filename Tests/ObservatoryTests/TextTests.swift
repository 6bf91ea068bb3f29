import Determinism
import Ledger
import Observatory
import Testing

@Suite("Text about runs")
struct TextTests {
    @Test func `the table of a finished run`() {
        let expected = """
            unit            kind                 state   ranks  seconds  predicted
            world           Simulate             reused      -        -          -
            demos/shard-0   Ingest               ran         1     4.20       5.00
            demos/shard-1   Ingest               ran         1     5.10       5.00
            demos/index     IngestIndex          ran         1     0.20          -
            clean           Screen               ran         1     1.90          -
            split           Split                ran         1     0.10          -
            words           TrainTextTokenizer   ran         1     0.90          -
            codes           TrainImageTokenizer  ran         1    23.90      20.00
            moves           FitActionTokenizer   ran         1     0.40          -
            tokens/shard-0  Tokenize             ran         1     8.00          -
            tokens/shard-1  Tokenize             ran         1     9.00          -
            policy          Train                ran         2   130.00     150.00
            score           Evaluate             ran         1    16.00          -
            export          Export               ran         1     2.25          -

            figures of merit
              unit    figure         value
              codes   psnr           30.41
              policy  loss           2.134
              score   action_error  0.0312
              score   success         0.42

            brave-heron: done, 13 ran, 1 reused, 2 ranks in 3 min 10 s
            """
        #expect(RunTable.render(SampleRun.pushT()) == expected)
        #expect(!RunTable.render(SampleRun.pushT()).contains("\u{1B}"))
        #expect(RunTable.render(SampleRun.pushT(), style: .colored).contains("\u{1B}[32m"))
    }

    @Test func `thousands of shards make a short table, and failures are never hidden`() {
        var units = (0..<2000).map { SampleRun.unit("wide/part-\($0)", "Command", from: 0, to: 0.5) }
        units.append(SampleRun.unit("wide/part-bad", "Command", state: .failed, cause: "exit code 3"))
        let summary = RunSummary(
            run: "calm-otter", recipe: "wide", recipePath: "", status: .failed, started: 0, finished: 9,
            parameters: [:],
            seed: 0, rankCount: 4, units: units)
        let text = RunTable.render(summary)
        #expect(text.split(separator: "\n").count < 12)
        #expect(text.contains("wide × 2000"))
        #expect(text.contains("wide/part-bad: exit code 3"))
        #expect(text.contains("1000.00"))
    }

    @Test func `a text Gantt has a lane per rank and an axis`() {
        let text = TextGantt.render(
            rows: [
                (lane: 0, name: "ingest", start: 0, end: 10), (lane: 1, name: "a-very-long-name", start: 0, end: 8),
                (lane: 0, name: "train", start: 10, end: 40), (lane: 1, name: "train", start: 10, end: 40),
                (lane: 1, name: "x", start: 39.9, end: 40),
            ], width: 49)
        let expected = """
            rank 0 |[ingest==][train=======================]|
            rank 1 |[a-ver…]  [train=======================]|
                   |                                       ||
                    0                20.0 s           40.0 s
            """
        #expect(text == expected)
        #expect(TextGantt.render(rows: [], width: 80) == "")
    }

    @Test func `progress lines fit the terminal and say what is left`() {
        var policy = SampleRun.unit("policy", "Train", state: .running, ranks: [0, 1], from: 40)
        policy.progress = UnitProgress(completed: 150, total: 600, figures: ["loss": 3.25], atSeconds: 70)
        var summary = SampleRun.pushT()
        summary.status = .running
        summary.units[11] = policy
        summary.units[12].state = .pending
        let lines = ProgressLines.render(summary, nowSeconds: 72, width: 100, style: .plain)
        #expect(lines[0] == "brave-heron  12/14 units, 1 reused  72.0 s")
        #expect(lines[1] == "  policy                   [#####---------------]  25%  loss 3.25  90.0 s left")
        for width in [1, 10, 40] {
            let cut = ProgressLines.render(summary, nowSeconds: 72, width: width, style: .plain)
            #expect(cut.allSatisfy { $0.count <= width })
        }
        #expect(ProgressLines.event(policy) == "start  policy  on rank 0,1")
    }

    @Test(
        "colours only where they are welcome",
        arguments: [
            (true, [:], TerminalStyle.colored), (false, [:], .plain), (true, ["NO_COLOR": "1"], .plain),
            (true, ["NO_COLOR": ""], .colored), (true, ["TERM": "dumb"], .plain),
        ])
    func style(isTerminal: Bool, environment: [String: String], expected: TerminalStyle) {
        #expect(TerminalStyle.suited(isTerminal: isTerminal, environment: environment) == expected)
    }

    @Test(
        "numbers read well",
        arguments: [
            (0.417, "0.42 s"), (17.26, "17.3 s"), (99.96, "1 min 40 s"), (190, "3 min 10 s"), (3599.7, "1 h 00 min"),
            (7500, "2 h 05 min"), (185, "3 min 05 s"), (273_600, "3 d 04 h"), (-1, "0.00 s"),
        ])
    func durations(seconds: Double, text: String) {
        #expect(HumanText.duration(seconds) == text)
    }

    @Test func `sizes and figures read well`() {
        #expect(HumanText.bytes(512) == "512 B" && HumanText.bytes(3_565_158) == "3.4 MiB")
        #expect(HumanText.number(0.03124) == "0.03124" && HumanText.number(12) == "12")
        #expect(HumanText.duration(nil) == "-" && HumanText.number(nil) == "-")
        #expect(HumanText.number(0.0000123) == "1.23e-05" && HumanText.number(.nan) == "nan")
    }
}
