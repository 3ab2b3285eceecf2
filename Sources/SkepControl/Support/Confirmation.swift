import Glibc

/// A question to whoever sits at the terminal, before what cannot be taken back.
///
/// A script that has no terminal must say that it means it.
enum Confirmation {
    /// Returns if the answer is yes.
    static func ask(_ question: String) throws(ToolError) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ToolError(.failed, "Nothing was done: there is no terminal to ask at. Add --yes if you mean it.")
        }
        _ = SystemCall.writeAll(question + " [y/N] ", to: STDERR_FILENO)
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw ToolError(.failed, "Nothing was done.") }
    }
}
