/// A task as words: what it talks about, less what every task says.
struct Sentence {
    struct Token: Equatable {
        /// As written.
        let text: String
        let lowercased: String
        let stem: String
        /// Its position among all words of the sentence.
        let index: Int

        var isStopWord: Bool { Sentence.stopWords.contains(lowercased) }
        /// A verb of making ready, in any of its forms.
        var isSetUp: Bool { Sentence.setUpStems.contains(stem) }
    }

    let tokens: [Token]

    init(_ text: String) {
        var tokens: [Token] = []
        var current = ""
        func flush() {
            while let last = current.last, ".,:;!?".contains(last) { current.removeLast() }
            guard !current.isEmpty else { return }
            let lower = current.lowercased()
            tokens.append(Token(text: current, lowercased: lower, stem: Stemmer.stem(lower), index: tokens.count))
            current = ""
        }
        for character in text {
            // Names keep their inner marks: Europe/Berlin, www.example.com, my_db, unattended-upgrades.
            if character.isLetter || character.isNumber || "._/:-+".contains(character) && !current.isEmpty || character == "/" || character == "_" {
                current.append(character)
            } else {
                flush()
            }
        }
        flush()
        self.tokens = tokens
    }

    /// Words that say nothing about which task it is.
    static let stopWords: Set<String> = [
        "a", "an", "the", "on", "in", "to", "of", "for", "and", "with", "at", "by", "it", "its", "my", "our", "all", "every", "each", "please", "this", "these",
        "that", "as", "is", "be", "are", "called", "named", "so", "make", "sure", "server", "servers", "host", "hosts", "machine", "machines", "node", "nodes",
        "fleet", "them", "there", "up", "i", "we", "want", "need", "new", "default", "using", "use", "from", "under", "can", "you", "let", "have", "has",
        "и", "на", "в", "во", "с", "со", "для", "по", "к", "ко", "у", "из", "от", "за", "все", "всех", "всём", "каждом", "пожалуйста", "сервер", "сервере", "сервера", "серверах",
        "серверы", "машине", "машинах", "хосте", "хостах", "узлах", "мне", "нам", "нужно", "надо", "чтобы", "с именем", "именем", "под", "новый", "новую", "этом", "моём", "моих", "наших",
    ]

    /// Verbs of making ready: every runbook does that, so they neither choose nor stand in the way.
    static let setUpStems: Set<String> = Set(
        [
            "install", "configure", "setup", "set", "deploy", "prepare", "provide", "provision", "run", "running", "start", "enable", "create", "add", "get", "put",
            "установить", "установи", "установите", "установка", "настроить", "настрой", "настройте", "настройка", "поставить", "поставь", "развернуть", "разверни", "запустить", "запусти",
            "включить", "включи", "сделать", "сделай", "подготовить", "создать", "создай", "добавить", "добавь", "сконфигурировать",
        ].map(Stemmer.stem))
}
