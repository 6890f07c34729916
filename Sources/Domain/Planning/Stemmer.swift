/// Cuts English and Russian words down to what their forms have in common. Light on purpose: it only has to bring
/// `configure`, `configured` and `настроить`, `настройка` near each other.
enum Stemmer {
    static func stem(_ word: String) -> String {
        let isCyrillic = word.unicodeScalars.contains { (0x400...0x4ff).contains($0.value) }
        let endings = isCyrillic ? russian : english
        for ending in endings where word.hasSuffix(ending) && word.count - ending.count >= (isCyrillic ? 4 : 3) {
            return String(word.dropLast(ending.count))
        }
        return word
    }

    private static let english = ["ations", "ation", "ings", "ing", "ers", "ures", "ure", "ies", "es", "ed", "er", "s", "e", "y"]
    private static let russian = [
        "ированием", "ирование", "ировать", "ированный", "ениями", "ениях", "ения", "ение", "ению", "ением", "иями", "ями", "ами", "ого", "ему", "ому", "ыми",
        "ими", "ать", "ить", "еть", "уй", "йте", "ите", "ай", "ой", "ей", "ий", "ый", "ая", "яя", "ое", "ее", "ах", "ях", "ам", "ям", "ом", "ем", "ов", "ев",
        "ию", "ью", "ия", "ья", "а", "я", "о", "е", "и", "ы", "у", "ю", "ь", "й",
    ]
}
