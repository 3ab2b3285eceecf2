import ArgumentParser
import MetricCatalog

/// `skep metrics`: the list of all metrics.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Print the list of all metrics, and which of HiveMQ's names they answer to.")

    @Flag(name: .long, help: "Print it as Markdown.")
    var markdown = false

    func run() { print(markdown ? MetricTable.markdown() : MetricTable.text()) }
}
