"""What checkpoints cost a training, and how soon it goes on from one. Called by `scripts/bench checkpoint`.

A training saves every few steps. Told are the time that training stood still for a checkpoint, how much longer the step takes
beside which it is written than the others do, and both together as a share of twenty steps. Then the training is taken up from
its last checkpoint, and the time until its first leaf begins is told beside that of reading the files alone.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
bench = os.path.join(root, ".build", "release", "train-bench")


def train(size, ranks, threads, steps, every, folder):
    command = [bench, "--size", size, "--steps", str(steps), "--threads", str(threads), "--checkpoints", folder,
               "--every", str(every)]
    if ranks > 1:
        command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] + command
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"bench checkpoint: {' '.join(command)} ended with {result.returncode}: {result.stderr[-2000:]}")
    return json.loads(next(line for line in result.stdout.splitlines() if line.startswith("{")))


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench checkpoint", description=__doc__)
    parser.add_argument("size", nargs="?", default="small", choices=["small", "medium", "large"])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    rows = []
    for ranks, threads in [(1, 1), (1, 2), (2, 1)]:
        folder = tempfile.mkdtemp(prefix="bench-checkpoint-")
        try:
            figures = train(arguments.size, ranks, threads, arguments.steps, arguments.every, folder)
            # One more step than the last checkpoint has: what is read is that checkpoint.
            newest = sorted(glob.glob(folder + "/step-*"))[-1]
            begun = time.time()
            read = 0
            for name in os.listdir(newest):
                with open(f"{newest}/{name}", "rb", buffering=0) as file:
                    while block := file.read(1 << 20):
                        read += len(block)
            reading = time.time() - begun
            again = train(arguments.size, ranks, threads, arguments.steps, arguments.every, folder)
        finally:
            shutil.rmtree(folder)
        stall = figures["stallSeconds"] / figures["checkpoints"]
        beside = figures["stepWhileWriting"] - figures["stepOtherwise"]
        twenty = 20 * figures["stepOtherwise"]
        row = {"ranks": ranks, "threads": threads, "step": figures["stepOtherwise"], "stall": stall, "beside": beside,
               "stallShare": stall / twenty, "share": (stall + max(0, beside)) / twenty,
               "resume": again["secondsToFirstLeaf"], "reading": reading, "bytes": read}
        rows.append(row)
        print(f"{ranks} x {threads}: step {row['step']:.3f} s; a checkpoint of {read / 2**20:.0f} MiB stops training for "
              f"{1000 * stall:.0f} ms, the step beside it takes {1000 * beside:+.0f} ms: {100 * row['stallShare']:.2f} % and in "
              f"all {100 * row['share']:.2f} % of twenty steps (wanted: 1); taken up in {row['resume']:.2f} s, "
              f"of which reading is {reading:.2f} s (wanted: 1 s and reading)", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": "checkpoint", "size": arguments.size, "figures": rows}, file, indent=2)


main()
