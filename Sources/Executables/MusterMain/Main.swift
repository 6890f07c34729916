import Commands

@main
struct MusterMain {
    static func main() async { await MusterCommand.start() }
}
