import BrokerValues
import Introspection
import Logging

/// A JSON object a line: `time`, `level`, `event`, `message`, and each field by its name.
enum JSONLine {
    private static let ownNames: Set = ["time", "level", "message", LogKind.field]

    static func bytes(_ record: LogRecord) -> [UInt8] {
        var object: [String: JSONValue] = [
            "time": .string(record.timestamp), "level": .string(record.level.rawValue),
            "message": .string(record.message),
        ]
        if let kind = record.kind { object[LogKind.field] = .string(kind.rawValue) }
        for (name, value) in record.fields {
            // A library may log a field that is called like one of ours.
            object[ownNames.contains(name) ? "_" + name : name] = .string(value)
        }
        return JSONWriter.text(.object(object)) + [UInt8(ascii: "\n")]
    }
}
