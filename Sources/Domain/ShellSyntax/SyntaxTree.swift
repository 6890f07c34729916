/// Commands that run one after another: a whole script, or what stands between `then` and `fi`.
package struct CommandList: Sendable, Equatable {
    /// Pipelines joined by `&&` and `||`, up to `;`, a newline or `&`.
    package struct Item: Sendable, Equatable {
        package enum Connector: Sendable, Equatable { case and, or }
        package struct Next: Sendable, Equatable {
            package var connector: Connector
            package var pipeline: Pipeline
        }
        package var first: Pipeline
        package var rest: [Next] = []
        /// It ends with `&`: a shell of its own runs it, and nobody waits.
        package var isBackground = false
        package var span: Span
    }
    package var items: [Item] = []
}

/// Commands joined by `|` or `|&`.
package struct Pipeline: Sendable, Equatable {
    package var commands: [Command]
    /// `!` before it. `time` leaves no trace. One command without words stands for nothing behind them.
    package var isNegated = false
    /// For each `|` between two commands: whether it was `|&`.
    package var pipesErrors: [Bool] = []
    package var span: Span
}

/// One command with its redirections.
package struct Command: Sendable, Equatable {
    package indirect enum Form: Sendable, Equatable {
        case simple(SimpleCommand)
        /// `( … )`.
        case subshell(CommandList)
        /// `{ …; }`.
        case group(CommandList)
        /// `if … then … elif … then … else … fi`.
        case conditional(branches: [Branch], otherwise: CommandList?)
        /// `while … do … done`, or `until`.
        case loop(condition: CommandList, body: CommandList, isUntil: Bool)
        /// `for NAME in WORDS`; nil words stand for "$@". Also `select`.
        case forEach(name: String, words: [Word]?, body: CommandList)
        /// `for ((…; …; …))`: the three expressions, read as arithmetic.
        case arithmeticFor(expressions: [Word], body: CommandList)
        /// `case WORD in … esac`.
        case choice(word: Word, cases: [Case])
        /// `(( … ))`.
        case arithmetic(Word)
        /// `[[ … ]]`: its words in order, operators and brackets included as literals. Nothing in it is a command but the
        /// substitutions in its words.
        case test([Word])
        /// `NAME() BODY` or `function NAME BODY`.
        case function(name: String, body: Command)
        /// `coproc [NAME] COMMAND`.
        case coprocess(name: String?, Command)
    }
    package struct Branch: Sendable, Equatable {
        package var condition: CommandList
        package var body: CommandList
    }
    package struct Case: Sendable, Equatable {
        package enum Ending: Sendable, Equatable { case stop, fallThrough, testNext }
        package var patterns: [Word]
        package var body: CommandList
        package var ending: Ending
    }
    package var form: Form
    package var redirections: [Redirection] = []
    package var span: Span
}

/// Assignments and words. The redirections stand in the command around it.
package struct SimpleCommand: Sendable, Equatable {
    package var assignments: [Assignment] = []
    package var words: [Word] = []
}

/// `NAME=value`, `NAME+=value`, `NAME[i]=value` or `NAME=(…)`. Those among the operands of `export`, `declare`, `local`, … are words.
package struct Assignment: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case word(Word)
        /// The elements of an array, each with its subscript, if it has one.
        case array([Element])
    }
    package struct Element: Sendable, Equatable {
        package var subscripted: Word?
        package var word: Word
    }
    package var name: String
    package var subscripted: Word?
    package var appends = false
    package var value: Value
    package var span: Span
}

/// Where a command's input comes from or its output goes.
package struct Redirection: Sendable, Equatable {
    package enum Operator: Sendable, Equatable {
        /// `<`, `>`, `>>`, `>|`, `<>`.
        case read, write, append, clobber, readWrite
        /// `<&`, `>&` with a descriptor or `-` as target (a file name after `>&` is `writeBoth`).
        case duplicateInput, duplicateOutput
        /// `&>` and `&>>`, and `>&` with a file name, or for bash with what may become one.
        case writeBoth, appendBoth
        /// `<<` and `<<-`; `<<<`.
        case hereDocument, hereString
    }
    package enum Descriptor: Sendable, Equatable {
        case number(Int)
        /// `{name}>file`.
        case variable(String)
    }
    package var kind: Operator
    /// Nil: the operator's own (0 for input, 1 for output).
    package var descriptor: Descriptor?
    /// The file, descriptor or string; of a here-document its text, expanded unless the delimiter was quoted, with the tabs of
    /// `<<-` taken off.
    package var target: Word
    package var span: Span
}

/// A word: parts that are joined.
package struct Word: Sendable, Equatable {
    package indirect enum Part: Sendable, Equatable {
        /// Text outside quotes, without anything special in it.
        case literal(String)
        /// Text of single quotes, `$'…'` (its escapes resolved) or behind a backslash: as it is.
        case quoted(String)
        /// Double quotes (and `$"…"`): parts inside are neither split nor expanded as patterns; literals inside are plain text.
        case doubleQuoted([Part])
        /// `~` or `~user` where the shell expands it; the user may also be `+` or `-`, for the working directories.
        case tilde(user: String)
        /// An unquoted `*`, `?` or `[…]` (with its brackets), also where the shell does not look for files, as behind `NAME=`.
        /// A bracket that depends on a value or may be none is `@(*|…)`, with the bracket as text.
        case star, question
        case bracket(String)
        /// `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`.
        case extendedGlob(operator: Character, alternatives: [Word])
        case parameter(ParameterExpansion)
        /// `$( … )` or backquotes.
        case command(CommandList)
        /// `$(( … ))` or `$[ … ]`: the expression with what is expanded in it.
        case arithmetic(Word)
        /// `<( … )` or `>( … )`.
        case process(CommandList, isInput: Bool)
        /// `{a,b}`.
        case braces([Word])
        /// `{1..9..2}` as written, without the braces.
        case braceRange(first: String, last: String, step: String?)
        /// `(…)` behind `NAME=` among the operands of `declare`, `local`, `export` and the like.
        case array([Assignment.Element])
    }
    package var parts: [Part]
    package var span: Span

    /// Without a span: for words that are made, not read.
    package init(parts: [Part], span: Span = Span(0, 0)) {
        self.parts = parts
        self.span = span
    }
}

/// `$NAME`, `${NAME}` and all that may stand in such braces.
package struct ParameterExpansion: Sendable, Equatable {
    package enum Subscript: Sendable, Equatable {
        case all(isStar: Bool)
        case index(Word)
    }
    package indirect enum Operation: Sendable, Equatable {
        /// `-`, `=`, `?`, `+`; with the colon an empty value counts as unset.
        case useDefault(Word, colon: Bool)
        case assignDefault(Word, colon: Bool)
        case fail(Word, colon: Bool)
        case alternative(Word, colon: Bool)
        /// `#`, `##`, `%`, `%%`.
        case removePrefix(Word, longest: Bool)
        case removeSuffix(Word, longest: Bool)
        /// `/`, `//`, `/#`, `/%`.
        case replace(pattern: Word, with: Word, Place)
        /// `:offset` and `:offset:length`, arithmetic.
        case substring(offset: Word, length: Word?)
        /// `^`, `^^`, `,`, `,,`, `~`, `~~`.
        case changeCase(operator: String, pattern: Word)
        /// `@Q`, `@P`, …
        case transform(Character)
        /// `${!prefix*}` and `${!prefix@}`.
        case namesWithPrefix
    }
    package enum Place: Sendable, Equatable { case first, all, prefix, suffix }
    /// A variable's name, digits, or one of `@ * # ? - $ ! _ 0`.
    package var name: String
    package var subscripted: Subscript?
    /// `${!NAME}`.
    package var isIndirect = false
    /// `${#NAME}`.
    package var isLength = false
    package var operation: Operation?
    package var span: Span
}
