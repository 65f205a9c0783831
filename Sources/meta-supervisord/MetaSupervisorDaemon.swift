import ArgumentParser

@main
struct MetaSupervisorDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "meta-supervisord")
}
