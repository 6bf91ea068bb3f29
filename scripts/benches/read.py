"""The peer of read-bench: `read.py write FOLDER` writes the files, `read.py read FILE...` reads them with h5py, and `read.py random FILE COUNT`
single frames in an order that jumps."""
import json
import sys
import time

import h5py
import numpy

DEMOS, FRAMES, SIZE = 20, 100, 96


def frames(random):
    """A pushed square on a shaded table with a little sensor noise: compresses as rendered demonstrations do."""
    y, x = numpy.mgrid[0:SIZE, 0:SIZE]
    table = numpy.stack([200 + x // 8, 190 + y // 8, 180 + (x + y) // 16], axis=-1)
    out = numpy.empty((FRAMES, SIZE, SIZE, 3), numpy.uint8)
    place, step = random.uniform(20, 60, 2), random.uniform(-0.4, 0.4, 2)
    for t in range(FRAMES):
        frame = table.copy()
        a, b = (place + step * t).astype(int) % 70
        frame[a : a + 20, b : b + 20] = (90, 120, 160)
        noisy = random.integers(0, SIZE, (200, 2))
        frame[noisy[:, 0], noisy[:, 1]] += random.integers(-3, 4, (200, 3))
        out[t] = frame.clip(0, 255)
    return out


def write(folder):
    random = numpy.random.default_rng(1)
    demos = [frames(random) for _ in range(DEMOS)]
    for rows in (1, 16):
        with h5py.File(f"{folder}/chunks-of-{rows}.hdf5", "w") as file:
            data = file.create_group("data")
            data.attrs["total"] = DEMOS * FRAMES
            for number, pixels in enumerate(demos):
                demo = data.create_group(f"demo_{number}")
                demo.attrs["num_samples"] = FRAMES
                demo.create_dataset(
                    "obs/agentview_image", data=pixels, chunks=(rows, SIZE, SIZE, 3), compression="gzip")


def read(path, rounds=7):
    best, size, check = float("inf"), 0, 0
    for _ in range(rounds):
        # Opened anew: HDF5 keeps the chunks of an open dataset, and a second reading would measure copies.
        with h5py.File(path) as file:
            cameras = [file[f"data/{name}/obs/agentview_image"] for name in file["data"]]
            start, size, check = time.thread_time(), 0, 0
            for camera in cameras:
                pixels = camera[()]
                size += pixels.nbytes
                check += int(pixels.reshape(-1)[pixels.size // 2])
            best = min(best, time.thread_time() - start)
    print(json.dumps({"file": path, "bytes": size, "seconds": best, "check": check}))


def read_randomly(path, count):
    with h5py.File(path) as file:
        names = sorted(file["data"], key=lambda name: int(name.split("_")[1]))
        observations = [file[f"data/{name}/obs"] for name in names]
        cameras = [group[name] for group in observations for name in sorted(group) if group[name].ndim == 4]
        frames = [(number, row) for number, camera in enumerate(cameras) for row in range(camera.shape[0])]
        place, size, check, start = 1, 0, 0, time.thread_time()
        for _ in range(count):
            place = (place * 6364136223846793005 + 1442695040888963407) % 2**64
            number, row = frames[(place >> 33) % len(frames)]
            pixels = cameras[number][row]
            size += pixels.nbytes
            check += int(pixels.reshape(-1)[pixels.size // 2])
        seconds = time.thread_time() - start
    print(json.dumps({"file": path, "frames": count, "bytes": size, "seconds": seconds, "check": check}))


if sys.argv[1] == "write":
    write(sys.argv[2])
elif sys.argv[1] == "random":
    read_randomly(sys.argv[2], int(sys.argv[3]))
else:
    for path in sys.argv[2:]:
        read(path)
