/// Why a settings file could not be read, and what to do.
package struct SettingsFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    /// The system's words, such as `No such file or directory`.
    package let reason: String
    let remedy: String

    package var description: String { "\(path): cannot be read: \(reason). \(remedy)" }
}

/// The settings file that the broker starts with.
package struct SettingsFile: Sendable, Hashable {
    /// What made us look there.
    package enum Choice: Sendable, Hashable {
        /// `--config`.
        case argument
        /// `SKEP_CONFIG`.
        case environment
        /// ``SettingsFile/systemPath``.
        case system
    }

    /// Where a package puts it.
    package static let systemPath = "/etc/skep/config.xml"

    package let path: String
    package let choice: Choice

    /// The file named by `--config`, else by `SKEP_CONFIG` (empty counts as not set), else the system's if it exists;
    /// nil means built-in defaults. A file that was named need not exist: reading it says so.
    package static func find(
        explicit: String?, environment: [String: String], systemPath: String = systemPath
    ) -> SettingsFile? {
        if let explicit { return SettingsFile(path: explicit, choice: .argument) }
        if let path = environment["SKEP_CONFIG"], !path.isEmpty {
            return SettingsFile(path: path, choice: .environment)
        }
        return HostFiles.exists(systemPath) ? SettingsFile(path: systemPath, choice: .system) : nil
    }

    /// Its bytes; of a file that is too large only so many that ``SettingsReader`` refuses them.
    package func read() throws(SettingsFileFault) -> [UInt8] {
        do {
            return try HostFiles.read(path, limit: XMLLimits.fileBytes)
        } catch {
            throw SettingsFileFault(path: path, reason: error.description, remedy: remedy)
        }
    }

    private var remedy: String {
        switch choice {
        case .argument: "Name a file that the user who runs skep may read with --config."
        case .environment: "Set SKEP_CONFIG to a file that the user who runs skep may read, or unset it."
        case .system: "Let the user who runs skep read it, or name another file with --config."
        }
    }
}

/// The directory for what must outlive the process.
package enum StateDirectory {
    /// Where a package puts it.
    package static let systemPath = "/var/lib/skep"
    /// Where it is for somebody who just tries the program.
    package static let localPath = "./skep-data"

    /// `--data`, else the first of systemd's `STATE_DIRECTORY` list, else the system's if we may write there, else
    /// ``localPath``. Nothing is created.
    package static func resolve(
        explicit: String?, environment: [String: String], systemPath: String = systemPath
    ) -> String {
        if let explicit { return explicit }
        if let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(first) }
        return HostFiles.isWritableDirectory(systemPath) ? systemPath : localPath
    }
}
