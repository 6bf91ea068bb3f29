"""The peers of token-bench: `tokens.py TEXT VOCABULARY_FOLDER`, one core, processor time, the least of some turns."""
import json
import os
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tiktoken
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPLIT = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def figure(name, value, unit):
    print(json.dumps({"name": name, "value": value, "unit": unit}))


def least(turns, body):
    best = float("inf")
    for _ in range(turns):
        start = time.process_time()
        result = body()
        best = min(best, time.process_time() - start)
    return best, result


path, folder = sys.argv[1:]
text = open(path, encoding="utf-8").read()
vocabulary = json.load(open(f"{folder}/encoder.json", encoding="utf-8"))
lines = open(f"{folder}/vocab.bpe", encoding="utf-8").read().split("\n")[1:]
merges = [tuple(line.split()) for line in lines if line]
printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
table = {chr(c): c for c in printable}
table.update({chr(256 + i): c for i, c in enumerate(c for c in range(256) if c not in printable)})
ranks = {bytes(table[c] for c in token): rank for token, rank in vocabulary.items() if token != "<|endoftext|>"}
theirs = tiktoken.Encoding("gpt2-local", pat_str=SPLIT, mergeable_ranks=ranks, special_tokens={})
seconds, ids = least(5, lambda: theirs.encode_ordinary(text))
figure("encode with GPT-2, tiktoken", len(text.encode()) / seconds / 1e6, "MB/s")
figure("tokens, tiktoken", len(ids), "")
other = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
seconds, _ = least(3, lambda: other.encode(text))
figure("encode with GPT-2, tokenizers", len(text.encode()) / seconds / 1e6, "MB/s")


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([text[: int(len(text) * 0.9)]], trainers.BpeTrainer(
        vocab_size=2048, min_frequency=2, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))


figure("train 2048 merges, tokenizers", least(3, train)[0], "s")
