import Foundation
import Ledger
import Observatory

/// What runs have spent, beside what was expected; also the JSON form of `runs --cost`.
struct RunCosts: Encodable {
    let schema = LedgerSchema.summary
    let runs: [Entry]
    let total: Total

    /// One run.
    struct Entry: Encodable {
        let run: String
        let recipe: String
        let status: RunStatus
        let started: Double
        let account: RunAccount
        /// In the site's currency; `nil` where no price was given.
        let price: Double?
    }

    /// All of them together.
    struct Total: Encodable {
        let spentRankSeconds: Double
        let usefulRankSeconds: Double
        let repeatedRankSeconds: Double
        let idleRankSeconds: Double
        let savedRankSeconds: Double
        /// By currency; empty text where the site file does not say.
        let prices: [String: Double]
    }

    init(_ records: [RunRecord], in layout: StoreLayout) {
        let runs = records.compactMap { record -> Entry? in
            let directory = RunDirectory(record.name, in: layout)
            guard let summary = try? RunJournal.summary(of: directory),
                let account = RunAccount.read(summary, in: directory)
            else { return nil }
            return Entry(
                run: record.name, recipe: record.recipe, status: summary.status, started: record.started,
                account: account, price: account.price)
        }
        func sum(_ value: (RunAccount) -> Double) -> Double { runs.reduce(0) { $0 + value($1.account) } }
        var prices: [String: Double] = [:]
        for entry in runs {
            if let price = entry.price { prices[entry.account.forecast?.currency ?? "", default: 0] += price }
        }
        self.runs = runs
        total = Total(
            spentRankSeconds: sum(\.spentRankSeconds), usefulRankSeconds: sum(\.usefulRankSeconds),
            repeatedRankSeconds: sum(\.repeatedRankSeconds), idleRankSeconds: sum(\.idleRankSeconds),
            savedRankSeconds: sum(\.savedRankSeconds), prices: prices)
    }

    /// Rank-hours of every run, and their sums.
    var lines: [String] {
        let isPriced = !total.prices.isEmpty
        var table = TextTable(
            [
                "run", "recipe", "status", "started", "time", "forecast", "rank-hours", "useful", "repeated", "idle",
                "saved",
            ]
                + (isPriced ? ["price"] : []), numeric: Set(4...11))
        for entry in runs {
            let account = entry.account
            table.append(
                [
                    entry.run, entry.recipe, entry.status.rawValue, HumanText.date(entry.started),
                    HumanText.duration(account.makespanSeconds),
                    HumanText.duration(account.forecast?.seconds.median),
                ]
                    + [
                        account.spentRankSeconds, account.usefulRankSeconds, account.repeatedRankSeconds,
                        account.idleRankSeconds, account.savedRankSeconds,
                    ].map(RunAccount.hours) + (isPriced ? [Self.price(entry)] : []))
        }
        if runs.count > 1 {
            let sums = [
                total.spentRankSeconds, total.usefulRankSeconds, total.repeatedRankSeconds, total.idleRankSeconds,
                total.savedRankSeconds,
            ]
            let prices = total.prices.sorted { $0.key < $1.key }.map { Self.amount($1, $0) }.joined(separator: " + ")
            table.append(
                ["\(runs.count) runs", "", "", "", "", ""] + sums.map(RunAccount.hours) + (isPriced ? [prices] : []))
        }
        return table.lines()
    }

    private static func price(_ entry: Entry) -> String {
        entry.price.map { amount($0, entry.account.forecast?.currency ?? "") } ?? "-"
    }

    private static func amount(_ price: Double, _ currency: String) -> String {
        RunAccount.money(price) + (currency.isEmpty ? "" : " " + currency)
    }
}
