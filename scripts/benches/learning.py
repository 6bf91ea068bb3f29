"""What a small model learns of this project's own text, beside PyTorch. Called by `scripts/bench learning`.

Ours trains first and writes down its initial weights, its batches and the held-out windows. PyTorch then trains the same model on the
same batches: once from the same weights in the same order, and once for each seed from weights of its own in an order of its own. Told
are held-out losses; the last of ours should be within 0.5 % of the same start's, and between those of the seeds.
"""
import argparse
import glob
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn

from train_peer import Model

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
length = 1025  # bytes of a document


def text():
    """Documents of the project's sources and pages, in an order that repeats; every sixteenth is held out."""
    paths = sorted(
        path for pattern in ["Documentation/**/*.md", "Sources/**/*.swift", "Sources/**/*.h"]
        for path in glob.glob(os.path.join(root, pattern), recursive=True))
    whole = b"".join(open(path, "rb").read() for path in paths)
    documents = [whole[start:start + length] for start in range(0, len(whole) - length, length)]
    return documents, [d for n, d in enumerate(documents) if n % 16], documents[::16][:32]


def rows(path, context):
    return torch.from_numpy(numpy.fromfile(path, dtype="<i4").reshape(-1, 2, context).astype("int64"))


def safetensors(path):
    data = open(path, "rb").read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]], dtype="<f4")
            .reshape(entry["shape"]).copy())
        for name, entry in header.items() if name != "__metadata__"}


def start_from(model, weights):
    """Ours, under Hugging Face's Llama names, into the peer's model."""
    with torch.no_grad():
        model.embedding.weight.copy_(weights["model.embed_tokens.weight"])
        model.norm.weight.copy_(weights["model.norm.weight"])
        model.head.weight.copy_(weights["lm_head.weight"])
        for number, block in enumerate(model.blocks):
            layer = f"model.layers.{number}."
            for ours, theirs in [
                ("self_attn.q_proj", block.q), ("self_attn.k_proj", block.k), ("self_attn.v_proj", block.v),
                ("self_attn.o_proj", block.o), ("mlp.gate_proj", block.gate), ("mlp.up_proj", block.up),
                ("mlp.down_proj", block.down), ("input_layernorm", block.norm1), ("post_attention_layernorm", block.norm2)]:
                theirs.weight.copy_(weights[layer + ours + ".weight"])


def start_at_random(model, layers):
    """The distribution that ours starts from."""
    for name, weight in model.named_parameters():
        if weight.dim() > 1:
            residual = name.endswith(".o.weight") or name.endswith(".down.weight")
            nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers) if residual else 0.02)


def rate(c, step):
    if step <= c["warmup"]:
        return c["rate"] * step / c["warmup"]
    progress = (step - c["warmup"]) / (c["steps"] - c["warmup"])
    return c["rate"] * (c["floor"] + (1 - c["floor"]) * 0.5 * (1 + math.cos(math.pi * progress)))


def held_out(model, windows):
    model.eval()
    with torch.no_grad():
        total = sum(model(part[:, 0], part[:, 1]).item() for part in windows.split(16))
    model.train()
    return total / (windows.shape[0] * windows.shape[2])


def train(c, model, batches, windows):
    matrices = [p for p in model.parameters() if p.dim() > 1]
    gains = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": c["weightDecay"]}, {"params": gains, "weight_decay": 0.0}],
        lr=c["rate"], betas=(0.9, 0.95), eps=1e-8)
    curve = {}
    for step in range(1, c["steps"] + 1):
        batch = batches[(step - 1) * c["batch"]:step * c["batch"]]
        for group in optimizer.param_groups:
            group["lr"] = rate(c, step)
        (model(batch[:, 0], batch[:, 1]) / batch[:, 1].numel()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), c["clip"])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % c["evaluateEvery"] == 0 or step == c["steps"]:
            curve[step] = held_out(model, windows)
    return curve


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench learning", description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", help="keeps text, batches and curves; a second call with it goes on with the curves that are missing")
    parser.add_argument("--trainings", type=int, default=99, help="at most so many of the peer's in this call, of those that --folder lacks")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder = arguments.folder or tempfile.mkdtemp(prefix="learning-")
    try:
        learn(arguments, folder)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder)


def learn(arguments, folder):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(f"{folder}/trained/metrics.jsonl"):
        _, training, validation = text()
        for name, part in [("training", training), ("validation", validation)]:
            with open(f"{folder}/{name}.bin", "wb") as file:
                file.write(b"".join(part))
        subprocess.run(
            [os.path.join(root, ".build", "release", "train-bench"), "--learn", folder, "--steps", str(arguments.steps),
             "--threads", str(arguments.threads)], check=True)
    documents = os.path.getsize(f"{folder}/training.bin") // length
    c = json.load(open(f"{folder}/learning.json"))
    records = [json.loads(line) for line in open(f"{folder}/trained/metrics.jsonl")]
    curves = {"ours": {r["step"]: r["validation"]["loss"] for r in records if r.get("validation")}}
    if os.path.exists(f"{folder}/curves.json"):
        known = json.load(open(f"{folder}/curves.json"))
        curves |= {name: {int(step): loss for step, loss in curve.items()} for name, curve in known.items() if name != "ours"}
    batches, windows = rows(f"{folder}/batches.bin", c["context"]), rows(f"{folder}/heldout.bin", c["context"])
    model = Model(c)
    wanted = ["PyTorch, same start"] + [f"PyTorch, seed {seed}" for seed in range(1, arguments.seeds + 1)]
    for name in [name for name in wanted if name not in curves][:arguments.trainings]:
        if name == wanted[0]:
            start_from(model, safetensors(f"{folder}/initial/weights.safetensors"))
            curves[name] = train(c, model, batches, windows)
        else:
            torch.manual_seed(int(name.split()[-1]))
            model = Model(c)
            start_at_random(model, c["layers"])
            curves[name] = train(c, model, batches[torch.randperm(len(batches))], windows)
        print(f"{name}: {curves[name][c['steps']]:.4f}", file=sys.stderr, flush=True)
        with open(f"{folder}/curves.json", "w") as file:
            json.dump(curves, file, indent=2)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters / 1e6:.2f}M parameters, {documents} documents of {length} bytes, {len(windows)} held-out windows of {c['context']}; "
          f"{c['steps']} steps of {c['batch']} sequences; held-out loss in nats a byte")
    print("| step | " + " | ".join(curves) + " |\n| --- |" + " --- |" * len(curves))
    for step in curves["ours"]:
        print(f"| {step} | " + " | ".join(f"{curve[step]:.4f}" for curve in curves.values()) + " |")
    last = c["steps"]
    if wanted[0] not in curves:
        return
    ours, same = curves["ours"][last], curves[wanted[0]][last]
    seeds = [curve[last] for name, curve in curves.items() if "seed" in name]
    print(f"ours {ours:.4f}; {100 * (ours / same - 1):+.3f} % of the same start's (wanted: within 0.5)", end="")
    print(f"; seeds {min(seeds):.4f} to {max(seeds):.4f} (wanted: between them)" if seeds else "")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"schema": 1, "bench": "learning", "model": c, "curves": curves}, file, indent=2)


if __name__ == "__main__":
    main()
