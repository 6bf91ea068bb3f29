"""How far forecasts can be believed: small runs of the main job, each predicted from the others.

Called by `scripts/bench calibrate [--runs N] [--keep DIR] [--json FILE]`. Every run has a store of its own, so that nothing is reused, and
its own steps, width, context, shards and ranks. Then, for every run, a store that knows only the other runs' times is asked for a plan:
its P10-P90 is held against what the run took. `orchestrate calibration` tells the same unit by unit.
"""
import argparse, json, os, shutil, sqlite3, statistics, subprocess, tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
program = os.path.join(root, ".build", "release", "orchestrate")


def orchestrate(*arguments):
    done = subprocess.run([program, *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 2):
        raise SystemExit(f"bench calibrate: orchestrate {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def variations(count):
    """Parameters of the runs: a fixed low-discrepancy walk, so that the same runs are made everywhere."""
    for number in range(1, count + 1):
        def pick(step, choices):
            return choices[int(number * step % 1 * len(choices))]
        yield {
            "steps": pick(0.6180339887, [8, 12, 16, 24, 32]), "width": pick(0.7548776662, [32, 48, 64]),
            "context": pick(0.5698402910, [128, 192]), "shards": pick(0.8191725134, [1, 2, 3, 4]),
            "layers": pick(0.6710436067, [1, 2]),
        }, pick(0.4656, [1, 2, 4])


def history(path, sources, without=None):
    """A history of all runs but one."""
    if os.path.exists(path):
        os.remove(path)
    shutil.copy(sources[0], path)
    merged = sqlite3.connect(path)
    merged.execute("DELETE FROM units")
    columns = ", ".join(row[1] for row in merged.execute("PRAGMA table_info(units)") if row[1] != "id")
    for number, source in enumerate(sources):
        if number == without:
            continue
        merged.execute("ATTACH ? AS other", (source,))
        merged.execute(f"INSERT INTO units ({columns}) SELECT {columns} FROM other.units ORDER BY id")
        merged.commit()
        merged.execute("DETACH other")
    merged.close()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench calibrate", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--episodes", type=int, default=16)
    parser.add_argument("--keep", metavar="DIR", help="keep the stores here, and use those that are there already")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    folder = arguments.keep or tempfile.mkdtemp(prefix="bench-calibrate-")
    os.makedirs(folder, exist_ok=True)
    made = orchestrate("submit", "recipes/simulate.swift", "--store", f"{folder}/data", "--ranks", "2", "--json", "--quiet",
                       "--set", f"episodes={arguments.episodes}")
    data = made["units"][0]["outputs"][0]["path"]
    runs = []
    for number, (settings, ranks) in enumerate(variations(arguments.runs)):
        store = f"{folder}/run-{number}"
        chosen = ["--set", f"data={data}", *[text for name, value in settings.items() for text in ("--set", f"{name}={value}")]]
        if not os.path.exists(f"{store}/history.sqlite"):
            orchestrate("submit", "recipes/pusht.swift", "--store", store, "--ranks", str(ranks), "--json", "--quiet", *chosen)
        spent = orchestrate("runs", "--cost", "--store", store, "--json")["runs"][0]["account"]
        runs.append((settings, ranks, chosen, store, spent["makespanSeconds"]))
    sources = [f"{store}/history.sqlite" for _, _, _, store, _ in runs]
    rows = []
    print(f"{'run':>4} {'settings':<58} {'ranks':>5} {'P10':>7} {'P50':>7} {'P90':>7} {'took':>7} {'inside':>7}")
    for number, (settings, ranks, chosen, _, took) in enumerate(runs):
        others = tempfile.mkdtemp(prefix="bench-calibrate-")
        history(f"{others}/history.sqlite", sources, without=number)
        estimate = orchestrate("plan", "recipes/pusht.swift", "--store", others, "--ranks", str(ranks), "--json", "--quiet",
                               *chosen)["estimate"]
        shutil.rmtree(others)
        low, middle, high = (estimate[name] for name in ("p10Seconds", "medianSeconds", "p90Seconds"))
        rows.append({"settings": settings, "ranks": ranks, "p10": low, "median": middle, "p90": high, "seconds": took,
                     "inside": low <= took <= high})
        text = " ".join(f"{name}={value}" for name, value in settings.items())
        print(f"{number:4d} {text:<58} {ranks:5d} {low:7.2f} {middle:7.2f} {high:7.2f} {took:7.2f} {'yes' if rows[-1]['inside'] else 'no':>7}")
    inside = sum(row["inside"] for row in rows) / len(rows)
    error = statistics.median(abs(row["median"] / row["seconds"] - 1) for row in rows)
    print(f"P10-P90 covers {100 * inside:.0f} % of {len(rows)} runs (to reach: 70-90 %); median error {100 * error:.0f} %")
    together = tempfile.mkdtemp(prefix="bench-calibrate-")
    history(f"{together}/history.sqlite", sources)
    units = orchestrate("calibration", "--store", together, "--json")
    shutil.rmtree(together)
    for row in units["rows"] + [units["overall"]]:
        print(f"  {row['kind']:<24} {row['units']:4d} units  error {100 * row['medianError']:4.0f} %  covered {100 * row['coverage']:4.0f} %")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": "calibrate", "rows": rows, "coverage": inside, "medianError": error,
                       "units": units}, file, indent=2, sort_keys=True)
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
