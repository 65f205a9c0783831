import Domain
import JSONText

/// `settings.example.json`: every key with its documentation, what fits, and its default. A key that begins with `//`
/// is a comment.
package enum SettingsExample {
    package static var bytes: [UInt8] {
        var writer = JSONWriter(isPretty: true)
        writer.beginObject()
        writer.key("//")
        writer.string(
            "Every setting with its default. Keep what you change and leave the rest out: then an upgrade can better"
                + " it. Lies in .meta-supervisor/settings.json. Keys may be nested; null is off;"
                + " \"//\" begins a comment.")
        let values =
            RuntimeSettings.keys.map { $0.read(RuntimeSettings()) } + Policy.keys.map { $0.read(Policy.standard) }
        for (key, value) in zip(SettingKey.all, values) {
            writer.key("// " + key.key)
            writer.string(key.documentation + " Takes " + key.shape.description + ". " + key.variable)
            writer.key(key.key)
            write(value, to: &writer)
        }
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    /// A settings file that holds what was given by flags, so that it lasts: what `init` writes.
    package static func bytes(ofFlagsIn settings: ResolvedSettings) -> [UInt8] {
        let given = Set(settings.resolved.filter { $0.origin == .flag }.map(\.key))
        var writer = JSONWriter(isPretty: true)
        writer.beginObject()
        for key in RuntimeSettings.keys where given.contains(key.key) {
            writer.key(key.key)
            write(key.read(settings.runtime), to: &writer)
        }
        for key in Policy.keys where given.contains(key.key) {
            writer.key(key.key)
            write(key.read(settings.policy), to: &writer)
        }
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    private static func write(_ value: SettingValue, to writer: inout JSONWriter) {
        switch value {
        case .off: writer.null()
        case .flag(let flag): writer.bool(flag)
        case .number(let number): write(number, to: &writer)
        case .text(let text): writer.string(text)
        case .texts(let texts):
            writer.beginArray()
            for text in texts { writer.string(text) }
            writer.endArray()
        case .numbers(let numbers):
            writer.beginArray()
            for number in numbers { write(number, to: &writer) }
            writer.endArray()
        case .numberMap(let map):
            writer.beginObject()
            for (name, number) in map.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                write(number, to: &writer)
            }
            writer.endObject()
        case .textMap(let map):
            writer.beginObject()
            for (name, text) in map.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.string(text)
            }
            writer.endObject()
        }
    }

    private static func write(_ number: Double, to writer: inout JSONWriter) {
        if let whole = Int64(exactly: number) { writer.integer(whole) } else { writer.double(number) }
    }
}
