import Monitoring

// What the options of introspection must be together.
extension SettingsInterpreter {
    mutating func checkIntrospection() {
        let tcp = values.monitoring.introspection.tcp
        let (user, password) = ("introspection/tcp/user", "introspection/tcp/password")
        if tcp.user.isEmpty != tcp.password.isEmpty, !failed.contains(user), !failed.contains(password) {
            let (given, missing) = tcp.user.isEmpty ? (password, user) : (user, password)
            report(origins[given]?.line, given, "\(missing) is missing: they are set together")
        }
        if tcp.user.contains(":") {
            report(
                origins[user]?.line, user, found: SettingsFault.quoted(tcp.user),
                allowed: "a name without a colon: HTTP sends name and password with a colon between them")
        }
        if tcp.isEnabled, tcp.user.isEmpty, let line = origins["introspection/tcp/bind-address"]?.line {
            warnings.append(
                (
                    line,
                    "\(fileName):\(line): introspection/tcp: without user and password only metrics and sums over all "
                        + "clients are shown there"
                ))
        }
    }
}
