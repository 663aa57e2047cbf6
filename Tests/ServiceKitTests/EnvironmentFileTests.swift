import Testing

@testable import RemindersServiceKit

@Suite struct EnvironmentFileTests {
    @Test(arguments: [
        ("A=b", "b"), ("export A=b", "b"), ("  A = b  ", "b"), ("A=b # c", "b"), ("A=b\t# c", "b"), ("A=b#c", "b#c"),
        ("A=#b", "#b"), ("A= # c", ""), ("A=", ""), ("A=\"b # c\" # d", "b # c"), ("A='b \\n $c' # d", "b \\n $c"),
        (#"A="b\n\"c\"\\""#, "b\n\"c\"\\"), (#"A="C:\dir""#, #"C:\dir"#), ("A=b=c", "b=c"), ("A=it's", "it's"),
        ("\u{FEFF}A=b", "b"), ("A=b\r", "b"), ("A=æøå 🙂 # c", "æøå 🙂"), ("A=''", ""),
    ])
    func aLineIsRead(line: String, value: String) {
        let file = EnvironmentFile(text: line + "\n")
        #expect(file.entries["A"]?.value == value)
        #expect(file.problems.isEmpty)
    }

    @Test func lineNumbersCountEveryLine() {
        let file = EnvironmentFile(text: "# first\r\n\r\nA=1\r\nB=2\nA=3")
        #expect(file.entries["B"] == .init(value: "2", line: 4))
        #expect(file.entries["A"] == .init(value: "3", line: 5))
        #expect(file.repeated == ["A"])
    }

    @Test(arguments: [
        ("hunter2", "has no \"=\""), ("=x", "has no variable name before the \"=\""),
        ("a b=x", "has no variable name before the \"=\""), ("1A=x", "has no variable name before the \"=\""),
        ("A='x", "(A) has no closing quote"), ("A=\"x\" y", "(A) has text behind the closing quote"),
    ])
    func whatIsNotUnderstoodIsAProblem(line: String, reason: String) {
        let file = EnvironmentFile(text: "\n" + line)
        #expect(file.problems == [.init(line: 2, reason: reason)])
        #expect(file.entries.isEmpty)
    }
}
