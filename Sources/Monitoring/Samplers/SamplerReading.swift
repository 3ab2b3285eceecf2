/// What is known of one subject, and how its sampler fares.
package struct SamplerReading<Value: Sendable>: Sendable {
    /// The last value; nil when the last try failed, or none was made. An old value never stands for a new one.
    package internal(set) var value: Value?
    /// How the sampler fares.
    package internal(set) var status: SamplerStatus
}

/// How one sampler fares: what the metrics about samplers are made of.
package struct SamplerStatus: Sendable, Equatable {
    /// Which sampler.
    package let name: SamplerName
    /// Whether the last try succeeded.
    package internal(set) var up = false
    /// How long the last try took.
    package internal(set) var durationNanoseconds: UInt64 = 0
    /// How many tries there were.
    package internal(set) var runs: UInt64 = 0
    /// How many of them failed.
    package internal(set) var errors: UInt64 = 0
    /// Why the last try failed; nil when it succeeded.
    package internal(set) var error: SamplerError?
}

/// A sampler with its last reading.
struct Sampled<Subject: Sampler & ~Copyable>: ~Copyable {
    private var sampler: Subject
    private(set) var reading: SamplerReading<Subject.Value>
    private var ranAt: UInt64?

    init(_ sampler: consuming Subject) {
        self.sampler = sampler
        reading = SamplerReading(value: nil, status: SamplerStatus(name: Subject.name))
    }

    /// Measures, unless the last value still serves. A failed try counts as one: what is expensive is expensive to
    /// try as well.
    mutating func run(_ buffer: inout FileBuffer, _ clock: () -> UInt64) {
        let start = clock()
        if let ranAt, start >= ranAt, start - ranAt < Subject.minimumInterval { return }
        ranAt = start
        reading.status.runs &+= 1
        do {
            reading.value = try sampler.sample(&buffer, at: start)
            reading.status.up = true
            reading.status.error = nil
        } catch {
            reading.value = nil
            reading.status.up = false
            reading.status.errors &+= 1
            reading.status.error = error
        }
        let end = clock()
        reading.status.durationNanoseconds = end > start ? end - start : 0
    }
}
