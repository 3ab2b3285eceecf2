import Glibc

/// A question to whoever sits at the terminal, before what cannot be taken back.
///
/// Scripts are not asked: without a terminal at standard input the command does what it was told.
enum Confirmation {
    /// Returns if the answer is yes, or if there is nobody to ask.
    static func ask(_ question: String) throws(ToolError) {
        guard isatty(STDIN_FILENO) == 1 else { return }
        _ = SystemCall.writeAll(question + " [y/N] ", to: STDERR_FILENO)
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw ToolError(.failed, "Nothing was done.") }
    }
}
