import HostRunner
import Testing

@Suite("What sudo says when it gives no root")
struct BecomeProblemTests {
    @Test(
        "is understood, also behind a warning that is no reason",
        arguments: [
            ("sudo: a password is required\n", BecomeProblem.passwordRequired),
            ("sudo: unable to resolve host vm: Temporary failure in name resolution\nsudo: a password is required\n", .passwordRequired),
            ("sudo: sorry, you must have a tty to run sudo\n", .terminalRequired),
            ("sh: 1: sudo: not found\n", .notInstalled),
            ("sudo: unable to resolve host vm: Name or service not known\n", .other("sudo: unable to resolve host vm: Name or service not known")),
        ])
    func said(text: String, expected: BecomeProblem) { #expect(BecomeProblem(text) == expected) }
}
