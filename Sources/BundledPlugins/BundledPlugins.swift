package import PluginAPI

/// Which of the plugins that ship are used, and how.
package struct BundledPluginsConfiguration: Sendable, Hashable {
    package var passwordFile = PasswordFileConfiguration()
    package var token = TokenConfiguration()
    package var certificate = CertificateConfiguration()
    package var accessFile = AccessFileConfiguration()

    /// None.
    package init() {}

    /// Whether somebody can be let in by who it is.
    package var hasAuthenticator: Bool {
        !passwordFile.path.isEmpty || token.isConfigured || certificate.userName != .off
    }
}

/// The plugins that ship with the broker. They use nothing that other plugins cannot.
package enum BundledPlugins {
    /// Makes those that are configured. All their files are read, so that this also says whether settings are good.
    ///
    /// - Throws: everything that is wrong with any of the files.
    package static func make(_ configuration: BundledPluginsConfiguration) throws(KeyFileFaults) -> [any Plugin] {
        var plugins: [any Plugin] = []
        var faults: [KeyFileFault] = []
        func add(_ isUsed: Bool, _ make: () throws(KeyFileFaults) -> [any Plugin]) {
            guard isUsed else { return }
            do throws(KeyFileFaults) {
                plugins += try make()
            } catch {
                faults += error.faults
            }
        }
        add(configuration.certificate.userName != .off) { () throws(KeyFileFaults) in
            [try CertificatePlugin(configuration.certificate)]
        }
        add(configuration.token.isConfigured) { () throws(KeyFileFaults) in
            let tokens = try TokenPlugin(configuration.token)
            return configuration.token.permissionsClaim.isEmpty ? [tokens] : [tokens, TokenPermissionsPlugin(tokens)]
        }
        add(!configuration.passwordFile.path.isEmpty) { () throws(KeyFileFaults) in
            [try PasswordFilePlugin(configuration.passwordFile)]
        }
        add(!configuration.accessFile.path.isEmpty) { () throws(KeyFileFaults) in
            [try AccessFilePlugin(configuration.accessFile)]
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
        return plugins
    }
}
