import Crypto

/// The users of a password file: lines of `user:hash`. Empty lines, and lines that begin with `#`, say nothing.
package struct PasswordTable: Sendable {
    package private(set) var users: [String: PasswordHash] = [:]
    /// The same hashes in a row, for those who are asked for a user that does not exist.
    private var decoys: [PasswordHash] = []

    /// Bytes of a file, of a line, and how many users there may be.
    package static let largestFile = 64 << 20
    package static let longestLine = 4_096
    package static let mostUsers = 250_000

    /// Nobody.
    package init() {}

    /// Reads the text of a file; nothing that is wrong with it is left out.
    package init(_ bytes: [UInt8], file: String) throws(KeyFileFaults) {
        var faults: [KeyFileFault] = []
        var places: [String: Int] = [:]
        for (number, line) in try KeyFileLines(bytes, file: file, longestLine: Self.longestLine).lines {
            if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
            func refuse(_ problem: String) { faults.append(KeyFileFault(file: file, line: number, problem: problem)) }
            do throws(PasswordHash.Fault) {
                let (user, hash) = try Self.entry(line)
                if let earlier = places.updateValue(number, forKey: user) {
                    refuse("the user \(KeyFileFault.quoted(user)) is there already in line \(earlier)")
                }
                users[user] = hash
            } catch {
                refuse(error.problem)
            }
            if users.count > Self.mostUsers {
                refuse("there are more than \(Self.mostUsers) users")
                break
            }
            if faults.count >= KeyFileFaults.limit { break }
        }
        guard faults.isEmpty else { throw KeyFileFaults(faults) }
        decoys = Array(users.values)
    }

    /// The hash to hold a password against, and whether the user exists. For a user who does not, it is the hash of
    /// another one, the same each time, so that it cannot be told by the time that it takes.
    ///
    /// - Parameter key: what chooses; nobody outside knows it.
    func hash(of user: String, key: SymmetricKey) -> (hash: PasswordHash, isKnown: Bool) {
        // Computed for both, since it takes time too.
        let code = HMAC<SHA256>.authenticationCode(for: Array(user.utf8), using: key)
        let number = code.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        // To Swift two ways to write the same letters are equal, to MQTT they are not.
        if let index = users.index(forKey: user), users[index].key.utf8.elementsEqual(user.utf8) {
            return (users[index].value, true)
        }
        guard !decoys.isEmpty else { return (Self.nobody, false) }
        return (decoys[Int(number % UInt64(decoys.count))], false)
    }

    /// How many hashes should better be made anew.
    var weakCount: Int { users.values.count(where: \.isWeak) }

    /// Users of this table that the other does not have, or has with another password.
    func usersGone(in other: PasswordTable) -> Set<String> {
        Set(users.lazy.filter { other.users[$0.key] != $0.value }.map(\.key))
    }

    /// Without any users at least the usual cost.
    private static let nobody = PasswordHash.scrypt(
        .standard, salt: Array(repeating: 0, count: 16), hash: Array(repeating: 0, count: 32))

    private static func entry(_ line: String) throws(PasswordHash.Fault) -> (String, PasswordHash) {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw PasswordHash.Fault(problem: "there is no \":\" between user name and hash")
        }
        let user = line[..<colon].trimmed
        guard !user.isEmpty else { throw PasswordHash.Fault(problem: "there is no user name before the \":\"") }
        return (String(user), try PasswordHash(line[line.utf8.index(after: colon)...].trimmed))
    }
}
