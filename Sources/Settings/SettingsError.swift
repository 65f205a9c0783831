/// What is wrong with the configuration: where, which key, which value, and what would fit. Ends a program with
/// exit 78.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
