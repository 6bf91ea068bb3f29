"""The main job as people run it: time, memory of all ranks, and what the policy is worth over seeds.

Called by `scripts/bench demo [--ranks N] [--seeds N] [--json FILE]`. Every seed is a run of recipes/pusht.swift in a store
that holds only the demonstrations; the last is submitted once more, which must run nothing.
"""
import argparse, json, os, shutil, subprocess, tempfile, time

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
program = os.path.join(root, ".build", "release", "orchestrate")


def resident(store):
    """Bytes of memory that the processes working on `store` hold; shared pages are counted once a process."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if store in open(f"/proc/{entry}/cmdline").read().split("\0"):
                    total += int(open(f"/proc/{entry}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                pass
    return total


def submit(recipe, store, ranks, settings):
    """The run's report, its seconds and the most memory seen."""
    command = [program, "submit", recipe, "--store", store, "--ranks", str(ranks), "--json", "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    start = time.time()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=root, stdout=output)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(store))
            time.sleep(0.05)
        if process.returncode != 0:
            raise SystemExit(f"bench demo: {' '.join(command)} ended with {process.returncode}")
        output.seek(0)
        return json.load(output), time.time() - start, peak


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench demo", description=__doc__)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    folder = tempfile.mkdtemp(prefix="bench-demo-")
    run, made, _ = submit("recipes/simulate.swift", f"{folder}/data", arguments.ranks, [])
    data = run["units"][0]["outputs"][0]["path"]
    rows = []
    print(f"{'seed':>5} {'seconds':>8} {'MiB':>6} {'action error':>13} {'better baseline':>16} {'below':>7} "
          f"{'images':>8} {'success':>8} {'again: ran':>11} {'s':>6}")
    for seed in range(17, 17 + arguments.seeds):
        store = f"{folder}/seed-{seed}"
        settings = [f"data={data}", f"seed={seed}"]
        run, seconds, peak = submit("recipes/pusht.swift", store, arguments.ranks, settings)
        again, repeated, _ = submit("recipes/pusht.swift", store, arguments.ranks, settings)
        figures = next(unit["figures"] for unit in run["units"] if unit["kind"] == "Evaluate")
        row = {
            "seed": seed, "seconds": made + seconds, "peakBytes": peak, "figures": figures,
            "ranAgain": sum(unit["state"] == "ran" for unit in again["units"]), "secondsAgain": repeated}
        rows.append(row)
        baseline = min(figures["action_error_repeating_last"], figures["action_error_mean_action"])
        print(f"{seed:>5} {row['seconds']:>8.1f} {peak / 2**20:>6.0f} {figures['action_error']:>13.4f} {baseline:>16.4f} "
              f"{figures['action_improvement']:>7.1%} {figures.get('shuffled_images_raise_loss_by', 0):>+8.3f} "
              f"{figures.get('success', 0):>8.2f} {row['ranAgain']:>11} {repeated:>6.2f}", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "ranks": arguments.ranks, "simulateSeconds": made, "runs": rows}, file, indent=2)
    shutil.rmtree(folder)


main()
