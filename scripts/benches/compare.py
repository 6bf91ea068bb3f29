"""Two variants of one training that take steps in turns in the same processes. Called by `scripts/bench tax` and `scripts/bench scaling`.

tax: sums in any order and MPI's own sum of floats, against the gradient tree; told is by how much the tree's step is longer.
scaling: trainings of one rank side by side, against one training of all ranks with as many leaves on each; told is what share of
their speed it has.
"""
import argparse
import json
import os
import subprocess

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
bench = os.path.join(root, ".build", "release", "train-bench")


def compare(kind, size, ranks, threads, steps):
    command = [bench, "--compare", kind, "--size", size, "--steps", str(steps), "--threads", str(threads)]
    command = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks)] + command
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"bench {kind}: {' '.join(command)} ended with {result.returncode}: {result.stderr[-2000:]}")
    return json.loads(next(line for line in result.stdout.splitlines() if line.startswith("{")))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["tax", "scaling", "profile", "recompute"])
    parser.add_argument("size", nargs="?", default="small", choices=["small", "medium", "large"])
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--ranks", help="rank counts, with commas")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    usual = {"tax": "1,2,4", "scaling": "2", "profile": "1", "recompute": "1"}[arguments.kind]
    rows = []
    for ranks in [int(count) for count in (arguments.ranks or usual).split(",")]:
        row = compare(arguments.kind, arguments.size, ranks, 1, arguments.steps)
        rows.append(row)
        ratio, low, high = row["ratio"], row["ratioLow"], row["ratioHigh"]
        if arguments.kind == "scaling":
            told = f"{100 / ratio:.1f} % [{100 / high:.1f}-{100 / low:.1f}] of side by side (wanted: 95)"
        else:
            told = f"{100 * (ratio - 1):+.1f} % [{100 * (low - 1):+.1f} to {100 * (high - 1):+.1f}]"
            told += " (wanted: 2)" if arguments.kind == "tax" else ""
        print(f"{arguments.kind}, {ranks} ranks, {arguments.size}: {row['first']:.3f} s and {row['second']:.3f} s a step; median of "
              f"{row['steps']:.0f} pairs {told}", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": arguments.kind, "size": arguments.size, "figures": rows}, file, indent=2)


main()
