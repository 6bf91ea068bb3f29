"""Fits a line by stochastic gradient descent: what a training script needs to be a unit, with the standard library alone.

* It saves its state to $ORCHESTRATE_CHECKPOINT_DIR (kept across attempts) and goes on from what it finds there.
* It tells its progress to $ORCHESTRATE_METRICS, one JSON object a line.
* At SIGTERM it saves and ends; the next attempt loses nothing.
* Equal seeds give equal bytes, interrupted or not: the order of the rows depends on seed and epoch alone.
"""

import argparse
import json
import os
import random
import signal
import sys

WANTS_REQUEUE = 85  # "checkpointed; start me again"


class Stop:
    """Set by the stop signal, looked at once a step."""

    asked = False

    @classmethod
    def ask(cls, *_):
        cls.asked = True


def save(path, state):
    """Replaces a file at once, so that no crash leaves half of one."""
    with open(path + ".new", "w") as file:
        json.dump(state, file, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--checkpoint-every", type=int, default=200)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, Stop.ask)

    with open(arguments.table) as file:
        rows = [tuple(map(float, line.split(","))) for line in file.read().splitlines()[1:]]
    seed = int(os.environ.get("ORCHESTRATE_SEED", "0"))
    checkpoint = os.path.join(os.environ.get("ORCHESTRATE_CHECKPOINT_DIR", "."), "state.json")
    metrics = os.environ.get("ORCHESTRATE_METRICS", os.devnull)

    state = {"step": 0, "weights": [0.0, 0.0, 0.0]}
    if os.path.exists(checkpoint):
        with open(checkpoint) as file:
            state = json.load(file)
        print(f"going on from step {state['step']}", file=sys.stderr)

    order, order_epoch = [], -1
    while state["step"] < arguments.steps:
        epoch, place = divmod(state["step"], len(rows))
        if epoch != order_epoch:
            order = list(range(len(rows)))
            random.Random(seed * 1_000_003 + epoch).shuffle(order)
            order_epoch = epoch
        x, y, label = rows[order[place]]
        a, b, c = state["weights"]
        error = a * x + b * y + c - label
        rate = arguments.rate * (1 - state["step"] / arguments.steps)
        state["weights"] = [a - rate * error * x, b - rate * error * y, c - rate * error]
        state["step"] += 1
        step = state["step"]
        if step % 100 == 0 or step == arguments.steps:
            with open(metrics, "a") as file:
                file.write(json.dumps({"step": step, "total": arguments.steps, "loss": error * error}) + "\n")
        if Stop.asked or step % arguments.checkpoint_every == 0:
            save(checkpoint, state)
        if Stop.asked and step < arguments.steps:
            return WANTS_REQUEUE

    a, b, c = state["weights"]
    loss = sum((a * x + b * y + c - label) ** 2 for x, y, label in rows) / len(rows)
    save(arguments.out, {"loss": loss, "weights": state["weights"]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
