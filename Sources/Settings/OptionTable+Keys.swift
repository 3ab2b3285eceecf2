import BundledPlugins

extension OptionTable {
    /// Who is let in, and what they may do: the plugins that ship.
    static let keyOptions: [SettingsOption] = passwordFileOptions + tokenOptions + certificateOptions + accessOptions

    private static let longestPath = 4_096

    private static let passwordFileOptions: [SettingsOption] = [
        .broker(
            "authentication/password-file/path",
            .filePath(\.plugins.passwordFile.path, maximumBytes: longestPath), defaultNote: "none",
            """
            A file of users and their passwords, as `skep passwd` or `mosquitto_passwd` writes it. It is read again with \
            the settings; clients of users who are gone or have another password are then cut off.
            """),
        .broker(
            "authentication/password-file/cache-seconds",
            .integer(\.plugins.passwordFile.cacheSeconds, 0...86_400), unit: "seconds",
            """
            How long a password that was right counts as right without its slow hash being computed, so that many \
            clients can come back at once; 0 for not at all.
            """),
    ]

    private static let tokenOptions: [SettingsOption] = [
        .broker(
            "authentication/token/public-key",
            .filePath(\.plugins.token.publicKeyPath, maximumBytes: longestPath), defaultNote: "none",
            """
            A file with a public key (PEM; RSA, P-256, P-384, P-521 or Ed25519) that verifies tokens (JWT) which clients \
            send in the place of a password. It is read again with the settings.
            """),
        .broker(
            "authentication/token/key-set",
            .filePath(\.plugins.token.keySetPath, maximumBytes: longestPath), defaultNote: "none",
            "The same for a set of keys (JWKS), which tokens name by their `kid`."),
        .broker(
            "authentication/token/secret",
            .filePath(\.plugins.token.secretPath, maximumBytes: longestPath), defaultNote: "none",
            "The same for a file with a secret of at least 32 bytes, for tokens that are signed with HMAC."),
        .broker(
            "authentication/token/algorithms", .string(\.plugins.token.algorithms, maximumBytes: 256),
            defaultNote: "all that the keys fit",
            "The algorithms that tokens may be signed with, such as `RS256 ES256`; never `none`."),
        .broker(
            "authentication/token/issuer", .string(\.plugins.token.issuer, maximumBytes: 1_024),
            defaultNote: "anything", "What a token must say of who has signed it (`iss`)."),
        .broker(
            "authentication/token/audience", .string(\.plugins.token.audience, maximumBytes: 1_024),
            defaultNote: "anything", "What a token must say, among others, of whom it is meant for (`aud`)."),
        .broker(
            "authentication/token/user-name-claim", .string(\.plugins.token.userNameClaim, maximumBytes: 256),
            """
            The claim that becomes the client's user name. A user name that the client gives itself must be the same.
            """),
        .broker(
            "authentication/token/permissions-claim", .string(\.plugins.token.permissionsClaim, maximumBytes: 256),
            defaultNote: "none",
            """
            A claim with a list of what the client may do, each as a rule of a permissions file, such as \
            `allow publish topic sensors/${username}/#`.
            """),
        .broker(
            "authentication/token/leeway", .integer(\.plugins.token.leewaySeconds, 0...3_600), unit: "seconds",
            "By how much the clocks of who signs tokens and of the broker may differ."),
        .broker(
            "authentication/token/require-expiry", .boolean(\.plugins.token.requiresExpiry),
            "Whether a token without `exp` is refused. When a token expires, its client's connection ends."),
    ]

    private static let certificateOptions: [SettingsOption] = [
        .broker(
            "authentication/certificate/user-name", .choice(\.plugins.certificate.userName),
            """
            What of a client's certificate, verified against its listener's truststore, lets the client in and becomes its \
            user name.
            """),
        .broker(
            "authentication/certificate/names",
            .filePath(\.plugins.certificate.namesPath, maximumBytes: longestPath), defaultNote: "none",
            """
            A file of the names that are let in, one a line; other certificates are refused. It is read again with the \
            settings; clients whose name is gone are then cut off.
            """),
    ]

    private static let accessOptions: [SettingsOption] = [
        .broker(
            "authorization/access-file/path", .filePath(\.plugins.accessFile.path, maximumBytes: longestPath),
            defaultNote: "none: everybody may do everything",
            """
            A file of what clients may publish and subscribe to. It is read again with the settings, and counts for \
            clients that are connected too.
            """),
        .broker(
            "authorization/access-file/format", .choice(\.plugins.accessFile.format),
            """
            How it is written: as Mosquitto's `acl_file`, or in sections (`everyone`, `anonymous`, `user NAME`, \
            `client NAME`, `group NAME` with `member NAME`) with rules such as \
            `allow publish qos 0,1 not-retained topic home/${clientid}/#`, of which the first that covers decides.
            """),
    ]
}

extension SettingsInterpreter {
    /// What is set for nothing is a mistake: without a key or a name nobody would be let in by it.
    mutating func checkKeys() {
        let token = "authentication/token/"
        let keys = ["public-key", "key-set", "secret"].map { token + $0 }
        if !values.plugins.token.isConfigured, failed.isDisjoint(with: keys),
            let first = origins.filter({ $0.key.hasPrefix(token) }).min(by: {
                ($0.value.line ?? 0) < ($1.value.line ?? 0)
            })
        {
            report(first.value.line, first.key, "without a public-key, a key-set or a secret no token can be verified")
        }
        let names = "authentication/certificate/names"
        let userName = "authentication/certificate/user-name"
        if values.plugins.certificate.userName == .off, !failed.contains(userName), let origin = origins[names] {
            report(origin.line, names, "without \(userName) certificates let nobody in")
        }
        let format = "authorization/access-file/format"
        let path = "authorization/access-file/path"
        if values.plugins.accessFile.path.isEmpty, !failed.contains(path), let origin = origins[format] {
            report(origin.line, format, "there is no \(path)")
        }
        let cache = "authentication/password-file/cache-seconds"
        let users = "authentication/password-file/path"
        if values.plugins.passwordFile.path.isEmpty, !failed.contains(users), let origin = origins[cache] {
            report(origin.line, cache, "there is no \(users)")
        }
    }
}
