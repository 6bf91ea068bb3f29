import Foundation

/// Machines that are equally fast, as far as the processor's name tells.
public enum HostClass {
    /// That of this machine; empty when the system does not say.
    public static let own: String = {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? ""
    }()
}
