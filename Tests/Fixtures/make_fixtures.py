"""Writes the HDF5 fixtures of this folder with h5py: python make_fixtures.py

Made with h5py 3.16 (HDF5 2.0), numpy 2.4 and Pillow 13.0; the files are small and committed.
"""

import io
import json
import os

import h5py
import numpy as np
from PIL import Image

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



def unusual():
    """Storages that only the library reads, and what leads out of the file."""
    with h5py.File(path("unusual.hdf5"), "w") as file:
        rows = np.arange(40, dtype="i4").reshape(20, 2)
        file.create_dataset("scaled", data=rows, chunks=(8, 2), scaleoffset=0)
        file.create_dataset("lzf", data=rows, chunks=(8, 2), compression="lzf")
        file.create_dataset("checked_first", data=rows, chunks=(7, 1), fletcher32=True)
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        for name, values in {"compact": rows, "compact_text": np.array([b"left", b"right "])}.items():
            space = h5py.h5s.create_simple(values.shape)
            dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(values.dtype), space, compact)
            dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        twelve = h5py.h5t.STD_I16LE.copy()
        twelve.set_precision(12)
        twelve.set_offset(2)
        odd = h5py.h5d.create(file.id, b"twelve_bits", twelve, h5py.h5s.create_simple((5,)))
        odd.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([-2048, -1, 0, 5, 2047], "i2"))
        file.create_dataset("never", (4, 3), "f4", fillvalue=2.5)
        file.create_dataset("no_elements", data=h5py.Empty("f4"))
        layout = h5py.VirtualLayout(shape=(20, 2), dtype="i4")
        layout[:] = h5py.VirtualSource(".", "compact", shape=(20, 2))
        file.create_virtual_dataset("virtual", layout)
        file["soft"] = h5py.SoftLink("/compact")
        file["nowhere"] = h5py.SoftLink("/absent")
        file["other_file"] = h5py.ExternalLink("types.hdf5", "/numbers/f8")
        file.create_group("around")["back"] = file["/"]
        file["again"] = file["compact"]
    # A filter that nobody has: its chunk is never expanded. Another was skipped for a chunk.
    with h5py.File(path("filters.hdf5"), "w") as file:
        for name, number in {"zstd": 32015, "nobody": 31999}.items():
            made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            made.set_chunk((8, 2))
            made.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (3,))
            space = h5py.h5s.create_simple((8, 2))
            dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_INT32, space, made)
            dataset.write_direct_chunk((0, 0), b"not what the filter made", filter_mask=0)
        noise = np.random.default_rng(3).integers(0, 2**31, (16, 2), dtype="i4")
        file.create_dataset("lzf_shuffled", data=rows, chunks=(7, 2), compression="lzf", shuffle=True)
        # LZF does not make noise smaller, so its chunks skip the filter.
        file.create_dataset("lzf_noise", data=noise, chunks=(8, 2), compression="lzf")
        file["noise"] = noise
    with h5py.File(path("user_block.hdf5"), "w", userblock_size=512) as file:
        file["values"] = rows
        file.create_dataset("chunked", data=rows, chunks=(8, 2), compression="gzip")


def conversions():
    """Values at the ends of every stored type, and what they are nearest to in every type of memory.

    Computed here: the library (1.10 and 2.0) misses some ends, such as 2**31 as a 32-bit integer.
    """
    whole = {"i1": 8, "u1": 8, "i2": 16, "u2": 16, "i4": 32, "u4": 32, "i8": 64, "u8": 64}
    ends = {n: [0, 1, 2**(b - 1) - 1, 2**(b - 1) - 2, 77] for n, b in whole.items()}
    for name, bits in whole.items():
        ends[name] += [2**bits - 1, 2**bits - 2, 2**(bits - 1)] if name[0] == "u" else [-1, -(2**(bits - 1)), -77]
    floats = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 127.9, 255.5, 256, -129, 65504, 0.1]
    wide = [1e9, 3e9, -3e9, 2.0**31, 2.0**40 + 1, -(2.0**63), 16777217, 3.4e38, float("inf"), float("-inf")]
    ends |= {"f2": floats, "f4": floats + wide, "f8": floats + wide + [9.3e18, 1e300, -1e300, 1e-300, 1 + 2**-40]}
    with h5py.File(path("conversions.hdf5"), "w", libver=("v108", "v108")) as file:
        for name, values in ends.items():
            for order in "<>":
                group = file.create_group(("big_" if order == ">" else "") + name)
                group["stored"] = np.array(values, order + name)
                exact = [v.item() for v in group["stored"][()]]
                for memory in ["u1", "i1", "u2", "i2", "i4", "i8"]:
                    least, most = np.iinfo(memory).min, np.iinfo(memory).max
                    nearest = [least if v <= least else most if v >= most else int(v) for v in exact]
                    group[memory] = np.array(nearest, memory)
                with np.errstate(over="ignore"):
                    group["f4"], group["f8"] = np.array(exact).astype("f4"), np.array(exact).astype("f8")


# Layouts beside robomimic's. Pictures of these have a bright top row and a dark bottom row, red in the left half and blue in
# the right, so that what is turned or exchanged shows.
def marked(steps, height=16, width=24):
    pixels = np.zeros((steps, height, width, 3), np.uint8)
    pixels[:, :, : width // 2, 0] = 200
    pixels[:, :, width // 2 :, 2] = 200
    pixels[:, : height // 4] = 255
    pixels[:, -height // 4 :] = 10
    for t in range(steps):
        pixels[t, height // 2, t % width] = 128
    return pixels


def rows(steps, width, seed):
    return np.random.default_rng(seed).normal(size=(steps, width)).cumsum(0)


def jpeg(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def aloha(name, steps, seed, style, damage=None):
    with h5py.File(path(name), "w") as file:
        file.attrs["sim"] = True
        if seed % 2 == 0:
            file.attrs["language_instruction"] = "hand over the cube"
        file["action"] = rows(steps, 4, seed).astype("f4")
        for key in ["qpos", "qvel"] + (["effort"] if style == "jpeg" else []):
            file[f"observations/{key}"] = rows(steps, 4, seed + len(key)).astype("f4")
        pixels = marked(steps)
        if style == "jpeg":
            files = [jpeg(p) for p in pixels]
            longest = max(map(len, files))
            padded = np.stack([np.pad(f, (0, longest - len(f))) for f in files])
            file.attrs["compress"] = True
            file.create_dataset("observations/images/top", data=padded, chunks=(1, longest))
            lengths = np.array([[len(f) for f in files]], "f4")
            if damage == "length":
                lengths[0, 2] = longest + 7
            if damage == "cut":
                padded[1, 200:] = 0
                file["observations/images/top"][...] = padded
            file["compress_len"] = lengths
        else:
            packing = {"compression": "gzip"} if style == "gzip" else {}
            file.create_dataset("observations/images/top", data=pixels, chunks=(1, *pixels.shape[1:]), **packing)


def d4rl():
    with h5py.File(path("d4rl.hdf5"), "w") as file:
        packing = {"compression": "gzip"}
        file.create_dataset("observations", data=rows(30, 5, 1).astype("f4"), chunks=(8, 2), **packing)
        file.create_dataset("next_observations", data=rows(30, 5, 1).astype("f4"), chunks=(8, 2), **packing)
        file.create_dataset("actions", data=rows(30, 3, 2).astype("f4"), chunks=(7, 1), **packing)
        file["rewards"] = np.arange(30).astype("f4")
        file["terminals"] = np.arange(30) == 9
        file["timeouts"] = np.arange(30) == 20
        file["infos/qpos"] = rows(30, 2, 3)


def minari():
    with h5py.File(path("minari.hdf5"), "w") as file:
        for i, steps in enumerate([5, 8]):
            group = file.create_group(f"episode_{i}")
            group.attrs.update({"id": i, "total_steps": steps, "seed": 7})
            group["actions"] = rows(steps, 2, i).astype("f4")
            group["rewards"] = np.zeros(steps)
            group["terminations"] = np.arange(steps) == steps - 1
            group["truncations"] = np.zeros(steps, bool)
            for key, width in {"observation": 4, "achieved_goal": 2, "desired_goal": 2}.items():
                group[f"observations/{key}"] = rows(steps + 1, width, i + width)


def libero():
    with h5py.File(path("libero.hdf5"), "w") as file:
        data = file.create_group("data")
        data.attrs["problem_info"] = json.dumps({"problem_name": "x", "language_instruction": '"open the drawer"'})
        data.attrs["macros_image_convention"] = "opengl"
        data.attrs["env_args"] = json.dumps({"env_name": "Libero", "env_kwargs": {}})
        for i, steps in enumerate([4, 6]):
            group = data.create_group(f"demo_{i}")
            group.attrs["num_samples"] = steps
            group["actions"] = rows(steps, 7, i)
            group["obs/ee_states"] = rows(steps, 6, i)
            for camera in ["agentview_rgb", "eye_in_hand_rgb"]:
                group[f"obs/{camera}"] = marked(steps)[:, ::-1]


def robosuite():
    with h5py.File(path("robosuite.hdf5"), "w") as file:
        data = file.create_group("data")
        data.attrs.update({"env": "Lift", "env_info": "{}", "repository_version": "1.4.1", "date": "1-2-2024", "time": "3:4:5"})
        for i, steps in enumerate([5, 7]):
            group = data.create_group(f"demo_{i}")
            group.attrs["model_file"] = "<mujoco>" + " " * 2000 + "</mujoco>"
            group["states"] = rows(steps, 9, i)
            group["actions"] = rows(steps, 7, i)
            group["user_info/ticks"] = rows(3 * steps, 2, i)


def strange():
    """Layouts that no reader knows."""
    with h5py.File(path("strange_groups.hdf5"), "w") as file:
        for i, steps in enumerate([6, 4, 9]):
            group = file.create_group(f"runs/run_{i}")
            group.attrs["task"] = f"sort pile {i}"
            group.create_dataset("rgb/front", data=marked(steps).transpose(0, 3, 1, 2), compression="gzip")
            group["cmd"] = rows(steps, 3, i)
            group["joints"] = rows(steps, 5, i + 9).astype("f4")
            group["score"] = np.linspace(0, 1, steps)
            group["operator_ticks"] = rows(4 * steps, 1, i)
    ends = [6, 10, 19]
    with h5py.File(path("strange_flat.hdf5"), "w") as file:
        file.create_dataset("data/img", data=marked(19)[..., ::-1], chunks=(8, 16, 24, 3), compression="gzip")
        file["data/action"] = rows(19, 2, 4).astype("f4")
        file["data/state"] = rows(19, 3, 5).astype("f4")
        file["data/id"] = np.repeat([7, 3, 8], np.diff([0, *ends]))
        file["data/stop"] = np.isin(np.arange(19) + 1, ends)
        file["meta/episode_ends"] = ends


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
unusual()
conversions()
os.makedirs(path("aloha"), exist_ok=True)
for number, (steps, style) in enumerate([(6, "raw"), (5, "gzip"), (7, "jpeg")]):
    aloha(f"aloha/episode_{number}.hdf5", steps, number, style)
aloha("aloha_length.hdf5", 5, 0, "jpeg", damage="length")
aloha("aloha_cut.hdf5", 5, 0, "jpeg", damage="cut")
d4rl()
minari()
libero()
robosuite()
strange()
