"""The most memory that a training's rank held beside what was told before it began. Called by `scripts/bench memory`."""
import argparse
import json
import os
import shutil
import subprocess
import tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
bench = os.path.join(root, ".build", "release", "train-bench")


def train(size, ranks, threads, recompute, saving):
    folder = tempfile.mkdtemp(prefix="bench-memory-")
    command = [bench, "--size", size, "--steps", "2", "--threads", str(threads)]
    command += ["--recompute"] if recompute else []
    command += ["--checkpoints", folder, "--every", "1"] if saving else []
    if ranks > 1:
        command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] + command
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    shutil.rmtree(folder)
    if result.returncode != 0:
        raise SystemExit(f"bench memory: {' '.join(command)} ended with {result.returncode}: {result.stderr[-2000:]}")
    return json.loads(next(line for line in result.stdout.splitlines() if line.startswith("{")))


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["small", "medium"])
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    rows = []
    for size in arguments.sizes:
        for ranks, threads, recompute, saving in [
                (1, 1, False, False), (1, 2, False, True), (2, 1, False, True), (1, 1, True, False), (2, 1, True, True)]:
            figures = train(size, ranks, threads, recompute, saving)
            estimate, held = figures["estimatedBytes"] / 2**20, figures["residentBytes"] / 2**20
            rows.append({"size": size, "ranks": ranks, "threads": threads, "recompute": recompute, "saving": saving,
                         "estimateMiB": estimate, "heldMiB": held})
            print(f"{size}, {ranks} x {threads}{', recompute' if recompute else ''}{', saving' if saving else ''}: told {estimate:.0f} "
                  f"MiB, held {held:.0f}: {100 * (held / estimate - 1):+.1f} % (wanted: within 15)", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": "memory", "figures": rows}, file, indent=2)


main()
