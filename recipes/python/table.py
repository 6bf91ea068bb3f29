"""Writes a table of points with a noisy linear label. Equal seeds give equal bytes."""

import argparse
import os
import random


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    numbers = random.Random(int(os.environ.get("ORCHESTRATE_SEED", "0")))
    with open(arguments.out, "w") as file:
        file.write("x,y,label\n")
        for _ in range(arguments.rows):
            x, y = numbers.uniform(-1, 1), numbers.uniform(-1, 1)
            label = 1.5 * x - 0.75 * y + 0.25 + numbers.gauss(0, 0.05)
            file.write(f"{x!r},{y!r},{label!r}\n")


if __name__ == "__main__":
    main()
