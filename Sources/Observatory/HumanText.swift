import Foundation

/// Numbers as people read them: for tables, progress lines and pages, never for artifacts.
public enum HumanText {
    /// A span of time: `0.42 s`, `17.3 s`, `3 min 10 s`, `2 h 05 min`, `3 d 04 h`; `-` for one that is not known.
    public static func duration(_ span: Double?) -> String {
        guard let span else { return "-" }
        guard span.isFinite else { return "?" }
        let seconds = max(0, span)
        if seconds < 9.995 { return fixed(seconds, 2) + " s" }
        if seconds < 99.95 { return fixed(seconds, 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        if whole < 48 * 3600 { return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min" }
        return "\(whole / 86_400) d \(padded(whole / 3600 % 24)) h"
    }

    /// A size: `512 B`, `3.4 MiB`.
    public static func bytes(_ count: Int) -> String {
        var value = Double(count)
        if count < 1024 { return "\(count) B" }
        for unit in ["KiB", "MiB", "GiB"] {
            value /= 1024
            if value < 1000 { return fixed(value, value < 10 ? 1 : 0) + " " + unit }
        }
        return fixed(value / 1024, 1) + " TiB"
    }

    /// A figure of merit with four significant digits; `-` for one that is not known.
    public static func number(_ value: Double?) -> String {
        guard let value else { return "-" }
        guard value.isFinite else { return "\(value)" }
        if value == value.rounded(), abs(value) < 1e7 { return "\(Int(value))" }
        return String(format: "%.4g", value)
    }

    /// A number with a fixed count of decimals.
    public static func fixed(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }

    /// Local date and time to the minute, from seconds since 1970.
    public static func date(_ seconds: Double) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd HH:mm"
        return format.string(from: Date(timeIntervalSince1970: seconds))
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// At most `width` characters of `text`, the last an ellipsis where more were cut off.
    public static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : width < 1 ? "" : String(text.prefix(width - 1)) + "…"
    }

    /// `text` in exactly `width` columns, cut with an ellipsis when too long.
    static func fit(_ text: String, _ width: Int, right: Bool = false) -> String {
        if text.count > width { return cut(text, width) }
        let space = String(repeating: " ", count: width - text.count)
        return right ? space + text : text + space
    }
}
