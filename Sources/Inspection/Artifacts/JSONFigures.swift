import DurableFiles
import Foundation

/// The numbers and texts of a JSON file by their paths, such as `modalities.action.loss`.
struct JSONFigures {
    /// Members of a list that are looked at.
    private static let listLimit = 64

    private(set) var numbers: [String: Double] = [:]
    /// Texts, shortened, and truth values.
    private(set) var texts: [String: String] = [:]

    /// Reads `path`.
    ///
    /// - Throws: ``InspectionError`` when it is no JSON.
    init(_ path: String) throws {
        let data = Data(try DurableFiles.read(path))
        do {
            walk(try JSONDecoder().decode(Value.self, from: data), "")
        } catch let error as DecodingError {
            throw InspectionError.unreadable(path, "it is not JSON: \(Self.reason(data) ?? "\(error)")")
        }
    }

    /// What is wrong, with the place, which only the older of the two readers tells.
    private static func reason(_ data: Data) -> String? {
        do {
            _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            return nil
        } catch {
            return (error as NSError).userInfo["NSDebugDescription"] as? String
        }
    }

    private mutating func walk(_ value: Value, _ path: String) {
        switch value {
        case .object(let members):
            for (name, member) in members { walk(member, path.isEmpty ? name : path + "." + name) }
        case .list(let members):
            for (place, member) in members.prefix(Self.listLimit).enumerated() { walk(member, "\(path)[\(place)]") }
        case .number(let number): numbers[path] = number
        case .text(let text): texts[path] = text.shortened(to: 200)
        case .truth(let truth): texts[path] = "\(truth)"
        case .null: break
        }
    }

    private enum Value: Decodable {
        case object([String: Value]), list([Value]), number(Double), text(String), truth(Bool), null

        init(from decoder: any Decoder) throws {
            if let members = try? decoder.container(keyedBy: Name.self) {
                var object: [String: Value] = [:]
                for name in members.allKeys { object[name.stringValue] = try members.decode(Value.self, forKey: name) }
                self = .object(object)
                return
            }
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let truth = try? container.decode(Bool.self) {
                self = .truth(truth)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .list(try container.decode([Value].self))
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
