/// Names for runs that people can say and remember, such as `brave-heron`.
enum RunNames {
    static let adjectives = [
        "able", "amber", "ample", "bold", "brave", "brief", "bright", "brisk", "calm", "civil", "clear", "clever",
        "cosy", "crisp",
        "deft", "eager", "early", "even", "fair", "fleet", "fond", "frank", "fresh", "gentle", "glad", "golden",
        "grand", "green",
        "happy", "hardy", "humble", "keen", "kind", "light", "lively", "loyal", "lucid", "lucky", "mellow", "merry",
        "mild", "neat",
        "nimble", "noble", "patient", "placid", "plain", "polite", "prime", "proud", "quick", "quiet", "rapid", "ready",
        "sage",
        "silver", "smart", "sober", "solid", "spry", "steady", "stout", "sunny", "swift", "tidy", "true", "vivid",
        "warm", "wise",
        "witty", "young", "zesty",
    ]

    static let nouns = [
        "alder", "aspen", "badger", "beaver", "birch", "bison", "brook", "cedar", "comet", "condor", "crane", "curlew",
        "daisy", "dove",
        "eagle", "elm", "falcon", "fern", "finch", "fjord", "fox", "gecko", "grove", "gull", "harbor", "hare", "hawk",
        "hazel",
        "heron", "ibis", "iris", "island", "jay", "kestrel", "lagoon", "lark", "linden", "lotus", "lynx", "magpie",
        "maple", "marten",
        "meadow", "merlin", "moss", "newt", "oak", "orca", "oriole", "osprey", "otter", "owl", "panda", "pebble",
        "pine", "plover",
        "poppy", "puffin", "quail", "raven", "reed", "robin", "salmon", "seal", "sparrow", "spruce", "stork", "swan",
        "tern", "thistle",
        "trout", "tulip", "walnut", "willow", "wren", "yarrow",
    ]

    /// A name drawn from `random`; after many collisions a number is added.
    static func draw(attempt: Int, using random: inout some RandomNumberGenerator) -> String {
        let adjective = adjectives[Int.random(in: adjectives.indices, using: &random)]
        let noun = nouns[Int.random(in: nouns.indices, using: &random)]
        return "\(adjective)-\(noun)" + (attempt > 20 ? "-\(Int.random(in: 2...9999, using: &random))" : "")
    }
}
