/// The closed list of HiveMQ's metric names: all 150 of HiveMQ 3.4, its system names, and what HiveMQ 4 and the Community
/// Edition renamed or added, as far as it means something here. Each has a value or the reason why it has none.
///
/// `/servlet/metrics`, managed beans, the table of metrics and their tests read this list.
package enum HiveMQCatalog {
    /// What all names begin with.
    package static let prefix = "com.hivemq."

    /// Every name once, those of HiveMQ 3.4's SDK first.
    package static let all: [HiveMQMetric] =
        packets + messages + networking + overload + persistence + plugins + system + javaMachine + later

    /// The metric of that dotted name.
    package static func named(_ name: String) -> HiveMQMetric? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The windows that values look through, each once: what Monitoring has to look at once a second.
    package static let windows: [HiveMQWindow] = {
        var seen: Set<HiveMQWindow> = []
        return all.flatMap(\.value.windows).filter { seen.insert($0).inserted }
    }()

    /// The quantiles of histograms and timers.
    package static let quantiles = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999]

    /// The name that Prometheus sees: what it does not allow becomes `_`, and meters end with `_total`.
    package static func prometheusName(_ dotted: String, _ kind: HiveMQKind) -> String {
        var name = ""
        for scalar in dotted.unicodeScalars {
            let allowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            name.unicodeScalars.append(allowed || scalar == "_" || scalar == ":" ? scalar : "_")
        }
        return kind == .meter ? name + "_total" : name
    }

    /// The HELP text that Prometheus sees, which is no help but what HiveMQ's plugin writes.
    package static func prometheusHelp(_ dotted: String, _ kind: HiveMQKind) -> String {
        "Generated from Dropwizard metric import (metric=\(dotted), type=\(kind.javaClass))"
    }
}
