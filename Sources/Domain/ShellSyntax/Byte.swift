/// The bytes that mean something to a shell.
enum Byte {
    static let tab = UInt8(ascii: "\t"), newline = UInt8(ascii: "\n"), space = UInt8(ascii: " ")
    static let hash = UInt8(ascii: "#"), dollar = UInt8(ascii: "$"), ampersand = UInt8(ascii: "&"), star = UInt8(ascii: "*")
    static let single = UInt8(ascii: "'"), double = UInt8(ascii: "\""), back = UInt8(ascii: "`"), backslash = UInt8(ascii: "\\")
    static let open = UInt8(ascii: "("), close = UInt8(ascii: ")"), openBracket = UInt8(ascii: "["), closeBracket = UInt8(ascii: "]")
    static let openBrace = UInt8(ascii: "{"), closeBrace = UInt8(ascii: "}"), comma = UInt8(ascii: ","), dot = UInt8(ascii: ".")
    static let plus = UInt8(ascii: "+"), minus = UInt8(ascii: "-"), slash = UInt8(ascii: "/"), colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";"), less = UInt8(ascii: "<"), greater = UInt8(ascii: ">"), pipe = UInt8(ascii: "|")
    static let equals = UInt8(ascii: "="), question = UInt8(ascii: "?"), atSign = UInt8(ascii: "@"), bang = UInt8(ascii: "!")
    static let percent = UInt8(ascii: "%"), caret = UInt8(ascii: "^"), tilde = UInt8(ascii: "~")

    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    /// What a variable's name begins with.
    @inline(__always) static func startsName(_ byte: UInt8) -> Bool { isLetter(byte) || byte == UInt8(ascii: "_") }
    @inline(__always) static func isName(_ byte: UInt8) -> Bool { startsName(byte) || isDigit(byte) }

    /// Blanks, operators and the end (0): a word outside quotes stops before them.
    @inline(__always) static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0, tab, newline, space, semicolon, ampersand, pipe, open, close, less, greater: true
        default: false
        }
    }

    /// The value of a hexadecimal digit.
    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }
}
