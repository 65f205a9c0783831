/// A channel that cannot be used as it is configured: what, where, what to do. Never the value of a secret.
package struct ChannelError: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
