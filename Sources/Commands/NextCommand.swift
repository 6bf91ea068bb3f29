/// A command line for the user to type next.
struct NextCommand {
    /// Options of the command that proposes it: a store that was named has to be named again.
    let options: GlobalOptions

    /// This program with `words` and the store, each quoted so that a shell takes it as one.
    func line(_ words: String...) -> String {
        let store = options.store.map { ["--store", $0] } ?? []
        return ([Program.current.name] + words + store).map(Self.quoted).joined(separator: " ")
    }

    /// `word` as a POSIX shell needs it.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "_-./,:+@%".utf8.contains(byte)
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
