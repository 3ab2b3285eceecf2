/// How signals make one number; the formula stands at ``StressModel``.
struct StressScore {
    /// From 0 to 1.
    let value: Double
    /// What decides ``value``; nil when that is 0.
    let leading: StressSignal?

    /// - Parameter ratio: A signal from 0 to 1, nil when it is not present.
    init(_ ratio: (StressSignal) -> Double?) {
        var lead: (signal: StressSignal, ratio: Double)?
        var effort: (signal: StressSignal, ratio: Double)?
        var greatestCongestion = 0.0
        for signal in StressSignal.allCases {
            guard let value = ratio(signal) else { continue }
            switch signal.kind {
            case .effort:
                if value > effort?.ratio ?? 0 { effort = (signal, value) }
            case .congestion:
                greatestCongestion = max(greatestCongestion, value)
                if value > lead?.ratio ?? 0 { lead = (signal, value) }
            case .resource:
                if value > lead?.ratio ?? 0 { lead = (signal, value) }
            }
        }
        let congestion = min(1, greatestCongestion / StressModel.fullCongestion)
        var sum = 0.0
        var weights = 0.0
        for signal in StressSignal.allCases where signal != lead?.signal {
            guard let value = ratio(signal) else { continue }
            let weight = signal.kind == .effort ? signal.weight * congestion : signal.weight
            sum += weight * value
            weights += weight
        }
        let support = weights > 0 ? sum / weights : 0
        let leadRatio = lead?.ratio ?? 0
        let harm = leadRatio + (1 - leadRatio) * StressModel.supportShare * support
        let ceiled = min(effort?.ratio ?? 0, StressModel.effortCeiling)
        value = max(harm, ceiled)
        leading = ceiled > harm ? effort?.signal : lead?.signal
    }
}
