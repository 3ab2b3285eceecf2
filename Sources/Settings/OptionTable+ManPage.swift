extension OptionTable {
    /// skep-config(5), in the language mdoc(7): all options for a terminal.
    package static func manPage() -> String {
        let defaults = SettingsValues(defaults: SettingsDefaults(eventLoops: 1))
        var sections: [(name: Substring, items: [String])] = []
        for option in options {
            let name = option.path.prefix { $0 != "/" }
            let index = sections.firstIndex { $0.name == name } ?? sections.count
            if index == sections.count { sections.append((name, [])) }
            sections[index].items.append(item(option, defaults))
        }
        let lists = sections.map { ".Ss \($0.name)\n.Bl -tag -width Ds\n\($0.items.joined(separator: "\n"))\n.El" }
        return ([manPageBegin, ".Sh OPTIONS"] + lists + [otherDefaults(defaults), manPageEnd]).joined(separator: "\n")
    }

    private static func item(_ option: SettingsOption, _ defaults: SettingsValues) -> String {
        let standard = standard(option, defaults)
        let parts = [
            option.otherListeners.isEmpty
                ? nil : "Also in \(option.otherListeners.map { "`\($0)`" }.joined(separator: ", ")).",
            option.isList ? "The element may stand several times." : nil,
            option.aliases.isEmpty ? nil : "Also \(option.aliases.map { "`\($0)`" }.joined(separator: " and ")).",
            "Allowed: \(option.kind.allowed)\(option.unit.map { " (\($0))" } ?? "").",
            standard.isEmpty ? nil : "Default: \(standard).",
            "A change takes effect \(option.reloadable ? "at once" : "after a restart").",
        ]
        return ".It Cm \(ManualText.literal(option.path))\n"
            + ManualText.prose(([option.help] + parts.compactMap { $0 }).joined(separator: " "))
    }

    private static func otherDefaults(_ defaults: SettingsValues) -> String {
        let items = options.compactMap { option in
            option.unlike.map { unlike in
                let ours = [standard(option, defaults), option.unit ?? ""].filter { !$0.isEmpty }
                let text = "\(ours.joined(separator: " ")), where HiveMQ has: \(unlike.theirs). Why: \(unlike.why)."
                return ".It Cm \(ManualText.literal(option.path))\n\(ManualText.prose(text))"
            }
        }
        return """
            .Sh DEFAULTS THAT ARE NOT HIVEMQ'S
            .Bl -tag -width Ds
            \(items.joined(separator: "\n"))
            .El
            .Pp
            Where HiveMQ 3.x and 4.x differ, the default is that of 4.x if this list does
            not say otherwise.
            """
    }

    private static let manPageBegin = #"""
        .\" Made by "skep options --man" from the table of options: change that, not this.
        .Dd November 21, 2026
        .Dt SKEP-CONFIG 5
        .Os
        .Sh NAME
        .Nm skep-config
        .Nd settings of the MQTT broker Skep
        .Sh SYNOPSIS
        .Pa /etc/skep/config.xml
        .Sh DESCRIPTION
        .Xr skep 8
        reads its settings from an XML file in the form of HiveMQ's
        .Pa config.xml .
        The root is
        .Ql <skep>
        or
        .Ql <hivemq> ;
        the names of HiveMQ 3.x and 4.x are both understood.
        Below, each option stands under the path of its element below the root:
        .Ql a/b
        is
        .Ql <a><b>...</b></a> .
        Whatever stands below
        .Ql restrictions ,
        HiveMQ 4.x's name, may as well stand below
        .Ql throttling ,
        that of 3.x.
        .Pp
        .Ql ${NAME}
        in a value is taken from the environment,
        .Ql ${CREDENTIAL:name}
        from the file
        .Pa name
        in the directory that
        .Ev CREDENTIALS_DIRECTORY
        names, which
        .Xr systemd 1
        fills by
        .Ql LoadCredential= :
        so that a password need not stand in this file.
        .Pp
        .Ql skep check
        says whether a file is good, with all its faults at once, and prints what is
        in force.
        The broker does not start with a file that has faults.
        At SIGHUP it reads the file again: options of which a change takes effect at
        once then hold for what comes from there on, the others are named in the log.
        A file with faults then changes nothing.
        What client and broker agree on at CONNECT holds for the client until it
        connects again.
        .Pp
        Without a
        .Ql listeners
        element the broker listens on port 1883 of 127.0.0.1 and ::1 only.
        """#

    private static let manPageEnd = """
        .Sh FILES
        .Bl -tag -width Ds
        .It Pa /etc/skep/config.xml
        The settings of the service.
        .El
        .Sh EXAMPLES
        Other machines are let in, without a password, and the session of a client that
        is away is kept for a week:
        .Bd -literal -offset indent
        <skep>
          <listeners>
            <tcp-listener>
              <port>1883</port>
              <bind-address>0.0.0.0</bind-address>
              <anonymous>true</anonymous>
            </tcp-listener>
          </listeners>
          <mqtt>
            <session-expiry><max-interval>604800</max-interval></session-expiry>
          </mqtt>
        </skep>
        .Ed
        .Sh SEE ALSO
        .Xr skepctl 1 ,
        .Xr systemd.exec 5 ,
        .Xr skep 8
        """
}

/// Text in the language of manual pages, where a dot at the beginning of a line and a backslash mean something.
private enum ManualText {
    /// Where lines are broken, in characters; mandoc(1) warns above 80.
    private static let width = 78

    /// What is typed as it stands here: a hyphen must not become a typographical one, which no parser knows.
    static func literal(_ text: some StringProtocol) -> String {
        String(text).replacing(#"\"#, with: #"\e"#).replacing("-", with: #"\-"#).replacing("\"", with: #"\(dq"#)
    }

    /// Running text, in which `…` stands for something literal: a sentence a line at least.
    static func prose(_ text: String) -> String {
        var lines: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "`") {
            let behind = rest.index(after: open)
            guard let close = rest[behind...].firstIndex(of: "`") else { break }
            let before = rest[..<open]
            rest = rest[rest.index(after: close)...].drop { $0 == " " }
            let punctuation = rest.prefix { ".,:;)".contains($0) }
            rest = rest.dropFirst(punctuation.count)
            // A bracket before it would be torn from it.
            let bracket = before.hasSuffix("(") ? "( " : ""
            lines += wrapped(before.dropLast(bracket.isEmpty ? 0 : 1))
            let signs = punctuation.map { " \($0)" }.joined()
            lines.append(".Ql \(bracket)\(literal(rest.base[behind..<close]))\(signs)")
        }
        return (lines + wrapped(rest)).joined(separator: "\n")
    }

    private static func wrapped(_ text: some StringProtocol) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let word = String(word).replacing(#"\"#, with: #"\e"#)
            if !line.isEmpty, line.count + word.count >= width || line.hasSuffix(".") {
                lines.append(line)
                line = ""
            }
            // At the beginning of a line these would be orders.
            if line.isEmpty {
                line = word.hasPrefix(".") || word.hasPrefix("'") ? #"\&"# + word : word
            } else {
                line += " " + word
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
