/// Makes text from hosts, models and commands safe to show: what a terminal would act on is written out.
package enum DisplayText {
    /// Control, bidirectional, invisible characters and foreign spaces become `\n`, `\x1b`, `\u{202e}`.
    package static func escaped(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars { shown += isPlain(scalar) ? String(Character(scalar)) : name(scalar) }
        return shown
    }

    /// The same, but line ends and tabs stay.
    package static func escapedLines(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            shown += isPlain(scalar) || scalar == "\n" || scalar == "\t" ? String(Character(scalar)) : name(scalar)
        }
        return shown
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned, .spaceSeparator: false
        default: true
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return #"\n"#
        case "\t": return #"\t"#
        case "\r": return #"\r"#
        default:
            let digits = String(scalar.value, radix: 16)
            return scalar.value < 0x80 ? #"\x"# + (digits.count < 2 ? "0" + digits : digits) : #"\u{"# + digits + "}"
        }
    }
}
