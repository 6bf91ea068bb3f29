public import Episodes
public import Recipes

extension Layout: NamedCases {}
extension FirstRow: NamedCases {}
extension ChannelOrder: NamedCases {}

/// What happens to an episode that is damaged.
public enum DamagePolicy: String, Hashable, Sendable, CaseIterable, NamedCases {
    /// The unit fails and names the damage.
    case fail
    /// The episode is left out, with the damage as the reason.
    case drop
}
