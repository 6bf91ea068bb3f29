import Commands
import Foundation
import Recipes
import Units

@main
enum Main {
    static func main() {
        exit(Program(name: "orchestrate", catalogue: .builtIn).run())
    }
}
