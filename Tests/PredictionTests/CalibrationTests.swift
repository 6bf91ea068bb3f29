import Determinism
import Prediction
import Testing
import WorkGraph

@Suite("Calibration")
struct CalibrationTests {
    private func history(runs: Int, noise: Double) -> [Observation] {
        var words = RandomField(seed: 5, purpose: RandomPurpose("test")).stream()
        return (0..<runs).flatMap { run in
            ["Make", "Train"].flatMap { kind in
                (0..<4).map { part in
                    Observation(
                        kind: kind, estimate: WorkEstimate(fixedSeconds: Double(part + 1)), ranks: 1,
                        seconds: Double(part + 1) * ExactMath.exp(noise * words.normal()), unit: "\(kind)/\(part)",
                        settings: "\(part)", run: "run-\(run)")
                }
            }
        }
    }

    @Test func `every unit of every run is predicted from the other runs`() throws {
        let calibration = Calibration(history(runs: 10, noise: 0.1))
        #expect(calibration.runs == 10)
        #expect(calibration.rows.map(\.kind) == ["Make", "Train"])
        #expect(calibration.rows.map(\.units) == [40, 40] && calibration.rows.map(\.runs) == [10, 10])
        let overall = try #require(calibration.overall)
        #expect(overall.units == 80 && overall.assumedShare == 0)
        #expect(overall.medianError > 0.02 && overall.medianError < 0.2)
        #expect(overall.coverage > 0.65 && overall.coverage < 0.97)
        #expect(abs(overall.medianRatio - 1) < 0.1)
    }

    @Test func `a run that is the only one is predicted without history`() {
        let calibration = Calibration(history(runs: 1, noise: 0.1))
        #expect(calibration.overall?.assumedShare == 1)
        #expect(Calibration([]).overall == nil)
    }

    @Test func `a run's own units never predict it`() throws {
        // Every run is a hundred times longer than the one before: whoever looked would not be off.
        let list = (0..<3).map { run in
            Observation(
                kind: "Make", estimate: WorkEstimate(), ranks: 1, seconds: run == 2 ? 1000 : 1, unit: "u",
                settings: "s", run: "r\(run)")
        }
        let error = try #require(Calibration(list, runLimit: 1).overall?.medianError)
        #expect(error > 0.95)
    }
}
