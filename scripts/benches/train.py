"""Whole training steps of orchestrate beside PyTorch's, as a table. Called by `scripts/bench train`.

Ours and the peer take turns, so that a machine that others use slows both. Two times are told: `wall` is the best median of a
turn, `processor` the least processor time of a step, which is what counts where cores are shared. Ratios compare with the best
mode of PyTorch in the same precision at as many threads in all.
"""
import argparse
import json
import os
import platform
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
bench = os.path.join(root, ".build", "release", "train-bench")
peer_script = os.path.join(root, "scripts", "benches", "train_peer.py")


def lines(command):
    """The JSON objects that a command prints; what it says otherwise is passed on."""
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"bench train: {' '.join(command)} ended with {result.returncode}: {result.stderr[-2000:]}")
    sys.stderr.write("".join(line for line in result.stderr.splitlines(True) if line.startswith("train")))
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def ours(size, precision, ranks, threads, steps):
    command = [bench, "--size", size, "--precision", precision, "--steps", str(steps), "--threads", str(threads)]
    if ranks > 1:
        command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] + command
    return lines(command)[0]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench train", description=__doc__)
    parser.add_argument("size", nargs="?", default="small", choices=["small", "medium", "large"])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--modes", default="eager compiled")
    parser.add_argument("--precisions", default="fp32", help="ours, each compared with the peer's modes in it: 'fp32 bf16'")
    parser.add_argument("--layouts", default="1x1 1x2 2x1", help="ranks x threads of ours; the peer has as many threads in all")
    parser.add_argument("--peer", default="")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    described = subprocess.run(
        [bench, "--describe", "--size", arguments.size, "--steps", str(arguments.steps)], capture_output=True, text=True,
        check=True)
    model = json.loads(described.stdout)
    has_peer = subprocess.run(
        [arguments.peer or "false", "-c", "import torch"], capture_output=True).returncode == 0
    if not has_peer:
        print("no Python with torch (ORCHESTRATE_PEERS): the peer is left out", file=sys.stderr)
    layouts = [tuple(int(count) for count in layout.split("x")) for layout in arguments.layouts.split()]
    rows = {}  # (who, cores) to the best figures seen

    def note(who, cores, figures):
        row = rows.setdefault((who, cores), {"wall": float("inf"), "processor": float("inf")})
        row["wall"] = min(row["wall"], figures["median"])
        row["processor"] = min(row["processor"], figures["processorSecondsAStep"])
        for name in ("residentBytes", "estimatedBytes"):
            if name in figures:
                row[name] = figures[name]

    print(f"{model['parameters'] / 1e6:.1f}M parameters, {model['leaves']} leaves of {model['sequences']} x {model['context']} "
          f"tokens, {model['operations'] / 1e9:.0f} GFLOP a step; {arguments.turns} turns of {arguments.steps} steps", flush=True)
    for turn in range(arguments.turns):
        for ranks, threads in layouts:
            for precision in arguments.precisions.split():
                print(f"turn {turn + 1}: orchestrate, {precision}, {ranks} ranks x {threads} threads", file=sys.stderr)
                note(f"orchestrate {precision}, {ranks} x {threads}", ranks * threads,
                     ours(arguments.size, precision, ranks, threads, arguments.steps))
        if has_peer:
            for threads in sorted({ranks * threads for ranks, threads in layouts}):
                print(f"turn {turn + 1}: PyTorch, {threads} threads", file=sys.stderr)
                for figures in lines(
                        [arguments.peer, peer_script, described.stdout, str(threads), *arguments.modes.split()]):
                    note(f"PyTorch {figures['mode']}", threads, figures)
    print(f"{'ranks x threads':<28} {'cores':>5} {'wall s':>8} {'GFLOP/s':>8} {'ratio':>6} {'processor s':>12} {'ratio':>6} "
          f"{'MiB':>6} {'told':>6}")
    for (who, cores), row in sorted(rows.items(), key=lambda item: (item[0][1], item[0][0])):
        peers = [other for (name, count), other in rows.items()
                 if name.startswith("PyTorch") and ("bf16" in name) == ("bf16" in who) and count == cores]
        row["gigaflops"] = model["operations"] / row["wall"] / 1e9
        ratios = ["", ""]
        if who.startswith("orchestrate") and peers:
            for place, name in enumerate(["wall", "processor"]):
                row[name + "Ratio"] = min(peer[name] for peer in peers) / row[name]
                ratios[place] = f"{row[name + 'Ratio']:.2f}"
        memory = [f"{row[name] / 2**20:.0f}" if name in row else "" for name in ("residentBytes", "estimatedBytes")]
        print(f"{who:<28} {cores:>5} {row['wall']:>8.2f} {row['gigaflops']:>8.1f} {ratios[0]:>6} {row['processor']:>12.2f} "
              f"{ratios[1]:>6} {memory[0]:>6} {memory[1]:>6}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({
                "schema": 1, "bench": "train", "host": f"{platform.system()} {platform.machine()}",
                "cores": os.cpu_count(), "model": model,
                "figures": [{"name": who, "cores": cores, **row} for (who, cores), row in rows.items()]}, file, indent=2)


main()
