/// This distribution, whose programs all have one version.
package enum Distribution {
    /// The version of all its programs.
    package static let version = "0.1.0"
}
