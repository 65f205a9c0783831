import Domain
import Foundation

/// Reads the layers of a configuration from the world.
package enum SettingsLoader {
    /// Where the settings of a root lie, relative to it.
    package static let relativePath = ".meta-supervisor/settings.json"
    /// A larger file is no settings file.
    package static let maximumFileBytes = 4_194_304

    /// - Parameters:
    ///   - root: the folder of the fleet.
    ///   - settingsPath: a settings file given by hand, which must exist; otherwise the root's, which need not.
    ///   - policy: `--policy`, a name or a path.
    ///   - assignments: `--set key=value`, in the order given.
    package static func load(
        root: String, settingsPath: String? = nil, policy: String? = nil, assignments: [String] = [],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> ResolvedSettings {
        let path = settingsPath ?? (root.hasSuffix("/") ? root : root + "/") + relativePath
        let bytes = try read(path)
        if bytes == nil, settingsPath != nil { throw SettingsError("there is no settings file \(path)") }
        let layers = SettingsLayers(
            file: bytes.map { SettingsLayers.File(path: path, bytes: $0) }, environment: environment,
            assignments: assignments, policy: policy)
        return try layers.resolve(readFile: read)
    }

    /// `nil` if there is no such file.
    package static func read(_ path: String) throws(SettingsError) -> [UInt8]? {
        guard let file = fopen(path, "rb") else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return nil }
            throw SettingsError("cannot read \(path): \(String(cString: strerror(code)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= maximumFileBytes else {
                throw SettingsError("\(path) is larger than \(maximumFileBytes) bytes: it is no settings file")
            }
        }
        if ferror(file) != 0 { throw SettingsError("cannot read \(path): \(String(cString: strerror(errno)))") }
        return bytes
    }
}
