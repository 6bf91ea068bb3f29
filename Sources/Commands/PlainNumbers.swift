import Foundation

/// Numbers as people read them.
enum PlainNumbers {
    /// `0.42 s`, `12.3 s`, `3 min 10 s`, `2 h 05 min`.
    static func seconds(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "-" }
        if seconds < 9.995 { return String(format: "%.2f s", seconds) }
        if seconds < 99.5 { return String(format: "%.1f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 48 * 3600 { return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60) }
        return "\(whole / 86400) d \(whole / 3600 % 24) h"
    }

    /// `12 B`, `3.4 MiB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1024 || unit == "TiB" {
                return unit == "B" ? "\(count) B" : String(format: "%.1f %@", value, unit)
            }
            value /= 1024
        }
        return "\(count) B"
    }

    /// Four significant digits.
    static func figure(_ value: Double?) -> String {
        guard let value else { return "-" }
        return value == value.rounded() && abs(value) < 1e6
            ? String(format: "%.0f", value) : String(format: "%.4g", value)
    }

    /// Local date and time to the minute.
    static func date(_ seconds: Double) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd HH:mm"
        return format.string(from: Date(timeIntervalSince1970: seconds))
    }
}
