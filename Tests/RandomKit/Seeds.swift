/// The seeds that a random test runs with: three that stay, and a new one in each run. Failures name the seed.
package enum Seeds {
    package static let all: [UInt64] = fixed + [UInt64.random(in: 4 ... .max)]

    /// Those that stay.
    package static let fixed: [UInt64] = [1, 2, 3]
}
