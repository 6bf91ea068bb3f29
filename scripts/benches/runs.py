"""Runs of recipes under the program, from outside: starting them, finding their processes, reading what they left. For scripts/prove-*."""
import glob, json, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
program = "orchestrate"


def submit(recipe, store, ranks, settings):
    command = [program, "submit", recipe, "--store", store, "--ranks", str(ranks), "--json", "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    # Standard output goes to a file: ranks that outlive a killed supervisor must not hold a pipe open.
    output = tempfile.TemporaryFile("w+")
    return subprocess.Popen(command, cwd=root, stdout=output, stderr=subprocess.DEVNULL), output


def report(output):
    output.seek(0)
    return json.loads(output.read())


def finish(recipe, store, ranks, settings):
    start = time.time()
    process, output = submit(recipe, store, ranks, settings)
    code = process.wait()
    if code != 0:
        sys.exit(f"on {ranks} ranks the run ended with {code}; see {store}")
    return report(output), time.time() - start


def reused(run):
    """Units that did not run in `run`: they would prove nothing."""
    return sorted(unit["name"] for unit in run["units"] if unit["state"] != "ran")


def digests(run):
    return {f"{unit['name']}/{output['name']}": output["digest"] for unit in run["units"] for output in unit["outputs"]}


def processes(store):
    """Process ids by role, of the processes that work on `store`."""
    found = {"supervisor": [], "launcher": [], "rank": []}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            words = open(f"/proc/{entry}/cmdline").read().split("\0")
        except OSError:
            continue
        if store not in words:
            continue
        name = os.path.basename(words[0])
        role = "launcher" if name.startswith("mpirun") else "supervisor" if "submit" in words else "rank"
        if role == "rank" and "run" not in words:
            continue
        found[role].append(int(entry))
    return found


def strike(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def training_step(store):
    """(completed, total) steps of a training that is at work, or None."""
    found = None
    for path in glob.glob(f"{store}/runs/*/run.sqlite"):
        try:
            database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)
            row = database.execute(
                "SELECT p.completed, p.total FROM progress p JOIN units u USING (position) "
                "WHERE u.kind = 'Train' AND u.state = 'running' ORDER BY p.id DESC LIMIT 1").fetchone()
        except sqlite3.Error:
            continue
        if row and (found is None or row > found):
            found = row
    return found


def journals(store):
    """Attempts of all runs in the store, oldest run first: (unit, key, outcome)."""
    rows = []
    for path in glob.glob(f"{store}/runs/*/run.sqlite"):
        # Not read-only: what a killed writer left in its log has to be taken in first.
        database = sqlite3.connect(path, timeout=10)
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'units'").fetchone():
            continue  # killed before it wrote anything
        (started,) = database.execute("SELECT started FROM run").fetchone() or (0,)
        # The attempt that ran stands in its unit's row until another one takes its place.
        for row in database.execute(
            "SELECT a.started, a.attempt, u.name, hex(u.key), a.outcome FROM attempts a JOIN units u USING (position) "
            "UNION ALL SELECT started, attempt, name, hex(key), 'ran' FROM units WHERE session IS NOT NULL"
        ):
            rows.append((started, *row))
    return [row[3:] for row in sorted(rows)]


def repeated(store):
    """Units that were started again after they had been committed."""
    committed, again = set(), []
    for name, key, outcome in journals(store):
        if key in committed:
            again.append(name)
        if outcome == "ran":
            committed.add(key)
    return again


def resumptions(store):
    """(step, steps) of every resumed training, from the units' logs."""
    found = []
    for path in glob.glob(f"{store}/runs/*/logs/*"):
        for match in re.finditer(r"resumed at step (\d+) of (\d+)", open(path, errors="replace").read()):
            found.append((int(match[1]), int(match[2])))
    return found


def build(folder):
    """One binary for a whole proof, whatever is built meanwhile."""
    global program
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    subprocess.run(["swift", "build", "-c", "release", "--product", "orchestrate"], cwd=root, check=True,
                   stdout=subprocess.DEVNULL)
    os.makedirs(folder, exist_ok=True)
    program = shutil.copy2(os.path.join(root, ".build", "release", "orchestrate"), f"{folder}/orchestrate")
    return program
