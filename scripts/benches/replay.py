"""Recorded workflows on real ranks, units that sleep, beside the simulation of the same.

Called by `scripts/bench schedule --real [TRACES] [--ranks 4,8] [--count N] [--seconds S] [--json FILE]`. Every task of a trace becomes a
Command that sleeps for its recorded time, scaled so that the work of all takes S seconds on the ranks; tasks under 50 ms of sleep are
raised to it in both. The simulation schedules the scaled trace with known durations.
"""
import argparse, gzip, json, os, shutil, subprocess, tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
program = os.path.join(root, ".build", "release", "orchestrate")


def orchestrate(*arguments):
    done = subprocess.run([program, *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench replay: orchestrate {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path) as file:
        return json.load(file)


def scaled(trace, ranks, seconds, least):
    """Tasks in an order in which they can run: id, parents, seconds of sleep."""
    run = {task["id"]: max(task["runtimeInSeconds"], 0.001) for task in trace["workflow"]["execution"]["tasks"]}
    tasks = trace["workflow"]["specification"]["tasks"]
    factor = seconds * ranks / sum(run.values())
    parents = {task["id"]: task["parents"] for task in tasks}
    order, placed = [], set()
    while len(order) < len(tasks):
        for task in tasks:
            if task["id"] not in placed and all(parent in placed for parent in parents[task["id"]]):
                placed.add(task["id"])
                order.append(task["id"])
    return [(name, parents[name], max(least, run[name] * factor)) for name in order]


def recipe(tasks):
    """The tasks as units; each reads what its parents left."""
    position = {name: number for number, (name, _, _) in enumerate(tasks)}
    lines = ['let recipe = Recipe("replay") {']
    for number, (_, parents, seconds) in enumerate(tasks):
        inputs = ", ".join(f'"p{position[parent]}": u{position[parent]}' for parent in parents)
        arguments = f', inputs: [{inputs}]' if inputs else ""
        # The number makes equal sleeps different units.
        call = f'Command(["sh", "-c", "sleep {seconds:.4f} # {number}"]{arguments}, standardOutput: "out.txt")'
        lines.append(f"    let u{number} = {call}")
    lines += [f"    u{number}" for number in range(len(tasks))]
    return "\n".join(lines + ["}"]) + "\n"


def wfformat(tasks):
    """The scaled trace, for the simulator."""
    children = {name: [] for name, _, _ in tasks}
    for name, parents, _ in tasks:
        for parent in parents:
            children[parent].append(name)
    return {
        "name": "replay", "schemaVersion": "1.5", "createdAt": "2026-01-01T00:00:00Z",
        "runtimeSystem": {"name": "Pegasus", "version": "1", "url": "x"},
        "workflow": {
            "specification": {
                "tasks": [{"name": name, "id": name, "parents": parents, "children": children[name], "inputFiles": [],
                           "outputFiles": []} for name, parents, _ in tasks], "files": []},
            "execution": {"makespanInSeconds": 1, "executedAt": "2026-01-01T00:00:00Z",
                          "tasks": [{"id": name, "runtimeInSeconds": seconds} for name, _, seconds in tasks]}}}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench schedule --real", description=__doc__)
    parser.add_argument("traces", nargs="?", default=os.path.join(root, "..", "shared", "traces", "wf"))
    parser.add_argument("--ranks", default="4,8")
    parser.add_argument("--count", type=int, default=4, help="so many traces, the smallest that have 20 tasks")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    files = [os.path.join(arguments.traces, name) for name in sorted(os.listdir(arguments.traces))
             if name.endswith((".json", ".json.gz"))]
    sized = sorted((len(read(path)["workflow"]["specification"]["tasks"]), path) for path in files)
    rows = []
    print(f"{'trace':<44} {'tasks':>6} {'ranks':>6} {'policy':<14} {'simulated':>10} {'real':>8} {'off':>7}")
    for tasks_count, path in [entry for entry in sized if entry[0] >= 20][:arguments.count]:
        name = os.path.basename(path).split(".")[0]
        for ranks in (int(text) for text in arguments.ranks.split(",")):
            tasks = scaled(read(path), ranks, arguments.seconds, least=0.05)
            folder = tempfile.mkdtemp(prefix="bench-replay-")
            with open(f"{folder}/replay.swift", "w") as file:
                file.write(recipe(tasks))
            with open(f"{folder}/replay.json", "w") as file:
                json.dump(wfformat(tasks), file)
            for policy, model in [("fifo", "fifo"), ("airflow", "airflow"), ("critical-path", "oracle")]:
                store = f"{folder}/{policy}"
                if policy == "critical-path":
                    # What the first run took is known: predictions are what the history says of the same units.
                    os.makedirs(store)
                    shutil.copy(f"{folder}/fifo/history.sqlite", f"{store}/history.sqlite")
                simulated = orchestrate("simulate", f"{folder}/replay.json", "--ranks", str(ranks), "--policy", model, "--json")
                expected = simulated["rows"][0]["makespanSeconds"]
                orchestrate("submit", f"{folder}/replay.swift", "--store", store, "--ranks", str(ranks), "--policy", policy,
                            "--json", "--quiet")
                account = orchestrate("runs", "--cost", "--store", store, "--json")["runs"][0]["account"]
                took = account["makespanSeconds"]
                rows.append({"trace": name, "tasks": tasks_count, "ranks": ranks, "policy": policy, "simulated": expected,
                             "real": took})
                print(f"{name:<44} {tasks_count:6d} {ranks:6d} {policy:<14} {expected:10.2f} {took:8.2f} {100 * (took / expected - 1):6.1f}%",
                      flush=True)
            shutil.rmtree(folder)
    errors = sorted(abs(row["real"] / row["simulated"] - 1) for row in rows)
    print(f"simulated against real makespan: median {100 * errors[len(errors) // 2]:.1f} %, worst {100 * errors[-1]:.1f} % (to reach: 3 %)")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": "schedule-real", "rows": rows}, file, indent=2, sort_keys=True)


if __name__ == "__main__":
    main()
