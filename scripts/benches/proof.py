"""Proves the bits of an awkward training over ranks, threads and kernel sets, with and without kills. Called by `scripts/prove-bits golden`.

Width 72, vocabulary 1003, context 97, nothing a multiple of anything, active clipping, unequal loss weights, 50 steps. Every
combination of ranks, threads and kernel sets trains once without a stop, and once killed with SIGKILL from outside at random
times, every fifth kill inside the writing of a checkpoint, and taken up each time with another rank count, thread count and kernel
set. The last state hash must be the golden one each time.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Proof:
    def __init__(self, probe, steps, every, chance, variant):
        self.probe, self.steps, self.every, self.chance, self.variant = probe, steps, every, chance, variant
        self.kills = self.inside = self.shown = self.resumptions = 0

    def start(self, folder, ranks, threads, kernels, slow, log):
        command = [self.probe, folder, "--steps", str(self.steps), "--every", str(self.every), "--threads", str(threads)]
        command += ["--slow", str(slow)] if slow else []
        command += self.variant
        if ranks > 1:
            command = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks)] + command
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", ORCHESTRATE_KERNELS=kernels)
        return subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
                                start_new_session=True)

    def whole(self, ranks, threads, kernels):
        """The hash of a training without a stop."""
        folder = tempfile.mkdtemp(prefix="prove-bits-")
        with tempfile.TemporaryFile("w+") as log:
            process = self.start(folder, ranks, threads, kernels, 0, log)
            output, _ = process.communicate()
            log.seek(0)
            text = log.read()
        shutil.rmtree(folder)
        if process.returncode != 0:
            raise SystemExit(f"prove-bits: on {ranks} x {threads} {kernels} training ended with {process.returncode}: {text[-800:]}")
        return output.split()[-1]

    def killed(self, first, combinations, kills):
        """The hash of a training that was killed `kills` times."""
        folder = tempfile.mkdtemp(prefix="prove-bits-")
        ranks, threads, kernels = first
        hit = None  # the checkpoint whose writing the last kill hit
        try:
            while True:
                with tempfile.TemporaryFile("w+") as log:
                    # Every fifth kill of the whole proof waits for a write; the others come at a random time.
                    waits = kills > 0 and self.kills % 5 == 4
                    process = self.start(folder, ranks, threads, kernels, 30 if waits else 0, log)
                    previous, hit = hit, None
                    if kills > 0 and self.await_moment(process, folder, log, waits, kills) and self.kill(process):
                        hit = self.writing(folder) if waits else None
                        kills -= 1
                        self.kills += 1
                        self.inside += hit is not None
                    output, _ = process.communicate()
                    log.seek(0)
                    text = log.read()
                self.shown += previous is not None and f"checkpoint '{previous}' was interrupted" in text
                self.resumptions += len(re.findall(r"resumed at step [1-9]", text))
                if process.returncode == 0:
                    return output.split()[-1]
                if process.returncode > 0 and process.returncode != 137:
                    raise SystemExit(f"prove-bits: on {ranks} x {threads} {kernels} training ended with {process.returncode}: {text[-800:]}")
                ranks, threads, kernels = self.chance.choice(
                    [other for other in combinations if other[0] != ranks] or combinations)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def await_moment(self, process, folder, log, writes, kills):
        """Whether the moment for a kill has come before the training was done."""
        due = None
        while process.poll() is None:
            if writes:
                if self.writing(folder):
                    return True
            else:
                step = self.last_step(log)
                if step is not None and due is None:
                    due = step + self.chance.randint(0, max(1, (self.steps - step) // (kills + 1)))
                if due is not None and step >= due:
                    time.sleep(self.chance.uniform(0, 0.05))
                    return True
            time.sleep(0.001)
        return False

    @staticmethod
    def writing(folder):
        """The checkpoint that is being written, if its files have begun."""
        for name in os.listdir(folder):
            if name.startswith(".staging-") and os.path.exists(f"{folder}/{name}/weights.safetensors"):
                return name[len(".staging-"):]
        return None

    @staticmethod
    def last_step(log):
        text = os.pread(log.fileno(), 1 << 20, 0).decode(errors="replace")
        found = re.findall(r"^step (\d+)$", text, re.MULTILINE)
        return int(found[-1]) if found else None

    @staticmethod
    def kill(process):
        """Kills launcher and ranks at once, from outside; whether they were there."""
        if process.poll() is not None:
            return False
        children = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as file:
                        parent = int(file.read().rsplit(")", 1)[1].split()[1])
                except OSError:
                    continue
                if parent == process.pid:
                    children.append(int(entry))
        for pid in children + [process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return True


def available(probe):
    return subprocess.run([probe, "--sets"], capture_output=True, text=True, check=True).stdout.split()


def main(arguments):
    subprocess.run(["swift", "build", "-c", "release", "--product", "TrainProbe"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    folder = tempfile.mkdtemp(prefix="prove-bits-program-")
    # One binary for the whole proof, whatever is built meanwhile.
    probe = shutil.copy2(os.path.join(root, ".build", "release", "TrainProbe"), f"{folder}/TrainProbe")
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    sets = arguments.sets.split(",") if arguments.sets else available(probe)
    ranks = [int(count) for count in arguments.ranks.split(",")]
    combinations = [(count, threads, kernels) for count in ranks for threads in [1, 2] for kernels in sets]
    print(f"{len(combinations)} combinations of {arguments.ranks} ranks, 1 and 2 threads, {', '.join(sets)}; {arguments.kills} kills each, "
          f"seed {seed}", file=sys.stderr)
    failures, rows = [], []
    for name in arguments.variants.split(","):
        variant = ["--variant", name]
        golden = subprocess.run([probe, "--golden", str(arguments.steps)] + variant, capture_output=True, text=True,
                                check=True).stdout.strip()
        proof = Proof(probe, arguments.steps, 5, random.Random(seed), variant)
        start = time.time()
        counts = {}
        for number, combination in enumerate(combinations):
            hashes = {"whole": proof.whole(*combination)}
            if arguments.kills:
                hashes["killed"] = proof.killed(combination, combinations, arguments.kills)
            golden = golden or hashes["whole"]
            for how, value in hashes.items():
                row = counts.setdefault((combination[0], how), [0, 0])
                row[0] += 1
                row[1] += value == golden
                if value != golden:
                    failures.append(f"{name}, {combination}, {how}: {value}, not {golden}")
            print(f"  {name} {number + 1}/{len(combinations)}: {combination[0]} x {combination[1]} {combination[2]}: {hashes}", file=sys.stderr, flush=True)
        if proof.inside and proof.shown < proof.inside:
            failures.append(f"{name}: {proof.inside} kills hit a write, of which the logs show {proof.shown}")
        print(f"{name}: golden state hash {golden}; {proof.kills} kills, {proof.inside} inside the writing of a checkpoint "
              f"({proof.shown} shown by the log), {proof.resumptions} resumptions; {time.time() - start:.0f} s")
        print("| ranks | trainings | equal | with kills | equal |\n| --- | --- | --- | --- | --- |")
        for count in ranks:
            whole, hit = counts.get((count, "whole"), [0, 0]), counts.get((count, "killed"), [0, 0])
            print(f"| {count} | {whole[0]} | {whole[1]} | {hit[0]} | {hit[1]} |")
        rows.append({"variant": name, "golden": golden, "kills": proof.kills, "inside": proof.inside, "shown": proof.shown,
                     "resumptions": proof.resumptions,
                     "cases": [{"ranks": key[0], "how": key[1], "trainings": value[0], "equal": value[1]} for key, value in sorted(counts.items())]})
    shutil.rmtree(folder)
    for failure in failures:
        print(f"prove-bits: {failure}", file=sys.stderr)
    return rows, failures, seed
