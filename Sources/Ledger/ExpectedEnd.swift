import Foundation

/// When a run that goes on is expected to end, as its coordinator last said: a file in its folder, made anew every few seconds.
public struct ExpectedEnd: Hashable, Sendable, Codable {
    public var schema = 1
    /// When this was said, in seconds since the start of the run.
    public var atSeconds: Double
    /// Seconds from then to the end that nine of ten such runs exceed, half and one of ten.
    public var p10Seconds: Double
    public var medianSeconds: Double
    public var p90Seconds: Double

    public init(atSeconds: Double, p10Seconds: Double, medianSeconds: Double, p90Seconds: Double) {
        self.atSeconds = atSeconds
        self.p10Seconds = p10Seconds
        self.medianSeconds = medianSeconds
        self.p90Seconds = p90Seconds
    }

    private static func path(_ directory: RunDirectory) -> String { directory.path + "/expected.json" }

    /// Puts it in the place of the last one; losing it costs nothing, so no byte of it is durable.
    public func write(to directory: RunDirectory) throws {
        try Data(LedgerJSON.encode(self, pretty: false))
            .write(to: URL(fileURLWithPath: Self.path(directory)), options: .atomic)
    }

    /// What is left at a time, in seconds since the start of the run; `nil` when nothing is known or what is known is old.
    public static func read(_ directory: RunDirectory, atSeconds now: Double) -> ExpectedEnd? {
        guard let bytes = FileManager.default.contents(atPath: path(directory)),
            var end = try? JSONDecoder().decode(ExpectedEnd.self, from: bytes)
        else { return nil }
        let passed = max(0, now - end.atSeconds)
        guard passed < 60 else { return nil }
        end.atSeconds = now
        end.p10Seconds = max(0, end.p10Seconds - passed)
        end.medianSeconds = max(0, end.medianSeconds - passed)
        end.p90Seconds = max(0, end.p90Seconds - passed)
        return end
    }
}
