"""The peer of train-bench: the same model in PyTorch, whole training steps. Called by train.py.

`train_peer.py MODEL THREADS MODE...` prints a line of JSON for each mode: eager, compiled, eager-bf16, compiled-bf16. A step is
`leaves` micro-batches of gradient accumulation, clipping and fused AdamW; what a step costs is the median of the steps after
the warm-up, in wall time. MODEL is the JSON that `train-bench --describe` prints.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, hidden = c["width"], c["hiddenWidth"]
        self.heads, self.d = c["heads"], width // c["heads"]
        self.norm1, self.norm2 = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def rotate(self, x, cosines, sines):
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cosines - b * sines, b * cosines + a * sines], dim=-1)

    def forward(self, x, cosines, sines):
        b, t, n = x.shape
        y = self.norm1(x)
        q, k, v = (p(y).view(b, t, self.heads, self.d).transpose(1, 2) for p in (self.q, self.k, self.v))
        q, k = self.rotate(q, cosines, sines).type_as(v), self.rotate(k, cosines, sines).type_as(v)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, n))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embedding = nn.Embedding(c["vocabularySize"], c["width"])
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = nn.RMSNorm(c["width"], eps=1e-5)
        self.head = nn.Linear(c["width"], c["vocabularySize"], bias=False)
        d = c["width"] // c["heads"]
        angles = torch.outer(torch.arange(c["context"]).float(), 10000.0 ** (-torch.arange(0, d, 2).float() / d))
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, tokens, targets):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cosines, self.sines)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten(), reduction="sum")


def measure(c, mode):
    torch.manual_seed(1)
    model = Model(c)
    step_model = torch.compile(model) if mode.startswith("compiled") else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    shape = (c["sequences"], c["context"])
    total = c["leaves"] * c["sequences"] * c["context"]

    def step():
        for _ in range(c["leaves"]):
            tokens = torch.randint(c["vocabularySize"], shape)
            with torch.autocast("cpu", torch.bfloat16, enabled=mode.endswith("bf16")):
                loss = step_model(tokens, tokens.roll(-1, 1))
            (loss / total).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    times = []
    processor = time.process_time()
    for _ in range(c["steps"]):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    processor = time.process_time() - processor
    return {
        "median": statistics.median(times), "best": min(times), "processorSecondsAStep": processor / c["steps"]}


def main():
    c = json.loads(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    torch.set_flush_denormal(False)
    for mode in sys.argv[3:]:
        try:
            print(json.dumps({"mode": mode, "threads": int(sys.argv[2]), **measure(c, mode)}), flush=True)
        except Exception as error:  # a mode that this PyTorch lacks here, such as compiling without a C++ compiler
            print(f"train_peer.py: {mode} does not run here: {str(error).splitlines()[0]}", file=sys.stderr)


if __name__ == "__main__":
    main()
