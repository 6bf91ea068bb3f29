"""Writes the HDF5 fixtures of this folder with h5py: python make_fixtures.py

Made with h5py 3.16 (HDF5 2.0) and numpy 2.4; the files are small and committed.
"""

import json
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def frames(steps, side, seed):
    """A square that moves over a flat ground: compresses as rendered pictures do."""
    rng = np.random.default_rng(seed)
    pixels = np.full((steps, side, side, 3), 220, np.uint8)
    for t in range(steps):
        x = (t + seed) % (side - 3)
        pixels[t, 2:5, x : x + 3] = rng.integers(0, 255, 3, dtype=np.uint8)
    return pixels


def episode(data, name, steps, seed, number="f8", side=12):
    rng = np.random.default_rng(seed)
    group = data.create_group(name)
    group.attrs["num_samples"] = steps
    group.attrs["ep_meta"] = json.dumps({"lang": f"push the block {'left' if seed % 2 else 'right'}", "seed": seed})
    group["actions"] = rng.uniform(-1, 1, (steps, 2)).cumsum(0).astype(number)
    group["rewards"] = np.linspace(0, 1, steps) if steps else np.zeros(0)
    group["dones"] = np.arange(1, steps + 1) // max(steps, 1)
    group["states"] = rng.normal(size=(steps, 5))
    obs = group.create_group("obs")
    packing = {"chunks": (min(4, steps), side, side, 3), "compression": "gzip"} if steps else {}
    obs.create_dataset("camera", data=frames(steps, side, seed), **packing)
    obs["position"] = rng.normal(size=(steps, 2)).cumsum(0).astype(number)
    obs["touch"] = np.zeros((steps, 1), "i4")
    obs["balls"] = rng.normal(size=(steps, 1 + seed % 2, 4)).astype("f4")
    return group


def robomimic(name, lengths=(9, 12, 7, 15, 8, 10), mutate=None, **options):
    with h5py.File(path(name), "w", **options) as file:
        data = file.create_group("data")
        for i, steps in enumerate(lengths):
            episode(data, f"demo_{i}", steps, i, "f4" if i % 2 else "f8")
        # demo_10 after demo_2 shows the order of numbers.
        episode(data, "demo_10", 6, 10)
        names = [f"demo_{i}" for i in range(len(lengths))] + ["demo_10"]
        data.attrs["total"] = int(sum(lengths) + 6)
        data.attrs["env_args"] = json.dumps({"env_name": "Fixture", "env_type": 2, "env_kwargs": {}})
        for key, chosen in {
            "train": names[:4], "valid": names[4:6], "test": names[6:], "success": names[:3], "fail": names[3:],
        }.items():
            file[f"mask/{key}"] = np.array([n.encode() for n in chosen])
        if mutate:
            mutate(file)


def replace(file, name, values):
    del file[name]
    file[name] = values


def ragged(file):
    replace(file, "data/demo_2/obs/position", np.zeros((5, 2)))


def missing(file):
    del file["data/demo_3/obs/camera"]


def no_actions(file):
    del file["data/demo_1/actions"]


def strings(file):
    replace(file, "data/demo_1/actions", np.array([[b"left", b"right"]] * 12))


def nan(file):
    file["data/demo_1/actions"][5, 1] = np.nan


def empty(file):
    del file["data/demo_4"]
    episode(file["data"], "demo_4", 0, 4)


def stated(file):
    file["data/demo_0"].attrs["num_samples"] = 11


def stranger(file):
    replace(file, "mask/valid", np.array([b"demo_4", b"demo_99"]))


def bad_meta(file):
    file["data/demo_0"].attrs["ep_meta"] = "{not json"


def camera_width(file):
    del file["data/demo_5/obs/camera"]
    file["data/demo_5/obs/camera"] = frames(10, 8, 5)


def types():
    with h5py.File(path("types.hdf5"), "w") as file:
        numbers = file.create_group("numbers")
        for name in ["i1", "u1", "i2", "u2", "i4", "i8", "f4", "f8", ">f8", ">i4"]:
            numbers[name.replace(">", "big_")] = np.arange(6).reshape(3, 2).astype(name)
        numbers["bool"] = np.array([True, False, True])
        numbers["scalar"] = np.float64(2.5)
        numbers["none"] = np.zeros((0, 3))
        numbers["half"] = np.array([0.5, 1.5], "f2")
        storage = file.create_group("storage")
        rows = np.arange(50 * 6, dtype="u1").reshape(50, 2, 3)
        storage["contiguous"] = rows
        storage.create_dataset("gzip", data=rows, chunks=(8, 2, 3), compression="gzip")
        storage.create_dataset("split", data=rows, chunks=(8, 1, 3), compression="gzip")
        storage.create_dataset("shuffled", data=rows, chunks=(8, 2, 3), compression="gzip", shuffle=True)
        storage.create_dataset("checked", data=rows, chunks=(8, 2, 3), compression="gzip", fletcher32=True)
        storage.create_dataset("growing", data=rows[:5], chunks=(8, 2, 3), maxshape=(None, 2, 3), compression="gzip")
        holes = storage.create_dataset("holes", (50, 2, 3), "u1", chunks=(8, 2, 3), compression="gzip", fillvalue=7)
        holes[16:24] = rows[16:24]
        text = file.create_group("text")
        text["fixed"] = np.array([b"demo_0", b"demo_10", b"x"])
        text.create_dataset("variable", data=["push left", "", "Zürich 推"], dtype=h5py.string_dtype())
        attributes = file.create_group("attributes").attrs
        attributes["integer"] = 42
        attributes["float"] = 0.25
        attributes["text"] = "Größe"
        attributes["bytes"] = np.bytes_(b"plain")
        attributes["list"] = [1, 2, 3]
        attributes["names"] = ["a", "bc"]
        attributes["truth"] = True
        file["compound"] = np.zeros(2, [("a", "f4"), ("b", "i4")])


robomimic("robomimic.hdf5")
robomimic("robomimic_latest.hdf5", libver="latest")
robomimic("ragged.hdf5", mutate=ragged)
robomimic("missing_camera.hdf5", mutate=missing)
robomimic("no_actions.hdf5", mutate=no_actions)
robomimic("string_actions.hdf5", mutate=strings)
robomimic("nan_actions.hdf5", mutate=nan)
robomimic("empty_episode.hdf5", mutate=empty)
robomimic("stated_length.hdf5", mutate=stated)
robomimic("mask_stranger.hdf5", mutate=stranger)
robomimic("bad_meta.hdf5", mutate=bad_meta)
robomimic("camera_width.hdf5", mutate=camera_width)
types()
