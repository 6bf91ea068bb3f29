/// The README of an exported model, whose Python part is run by a test.
enum ExportReadme {
    static func text() -> String {
        """
        # An any-to-any policy in Llama's format

        | file | content |
        | --- | --- |
        | `model.safetensors`, `config.json`, `generation_config.json` | the model, as `LlamaForCausalLM` |
        | `tokenizer.json`, `tokenizer_config.json` | text to ids of the shared vocabulary |
        | `vocabulary.json` | blocks of ids, the order of a step's tokens, bin edges of actions and sensors |
        | `image_codebook.npy` | pixels of every image code, `[codes, patch, patch, channels]`, where there are images; the program's own decoder also takes the block edges away |

        A sequence is `<bos>`, the instruction, `<steps>`, then for every step the codes of each camera row by row, the
        sensors, the actions; where `recorded_steps` is above 1, the actions of so many steps follow one observation. This program reads an instruction and a picture, chooses an action in its own units and
        imagines the next picture. It needs `transformers` and `numpy`.

        ```python
        import json, sys
        import numpy as np
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = sys.argv[1] if len(sys.argv) > 1 else "."
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        vocabulary = json.load(open(folder + "/vocabulary.json"))
        special, blocks = vocabulary["special_tokens"], vocabulary["blocks"]
        codebook = np.load(folder + "/image_codebook.npy") if vocabulary["cameras"] else None

        def encode_frame(picture, camera):                 # [H, W, C] of 0...255, to ids
            p = camera["patch"]
            pad = [(0, camera["rows"] * p - picture.shape[0]), (0, camera["columns"] * p - picture.shape[1]), (0, 0)]
            picture = np.pad(picture.astype("f4"), pad, "edge")
            patches = picture.reshape(camera["rows"], p, camera["columns"], p, -1).transpose(0, 2, 1, 3, 4)
            patches = patches.reshape(camera["rows"] * camera["columns"], 1, -1)
            return blocks["image"]["first"] + ((patches - codebook.reshape(1, len(codebook), -1)) ** 2).sum(-1).argmin(-1)

        def decode_frame(ids, camera):                     # ids, to [H, W, C] of 0...255
            p = camera["patch"]
            patches = codebook[np.array(ids) - blocks["image"]["first"]]
            patches = patches.reshape(camera["rows"], camera["columns"], p, p, -1).transpose(0, 2, 1, 3, 4)
            picture = patches.reshape(camera["rows"] * p, camera["columns"] * p, -1)
            return picture[: camera["height"], : camera["width"]].astype("u1")

        def decode_row(ids, stream, block):                # ids, to values in their own units
            bins = np.array(ids) - blocks[block]["first"]
            return [(edges[b] + edges[b + 1]) / 2 for edges, b in zip(stream["bin_edges"], bins)]

        def spell(frequencies):                            # the coefficients that each id of a chunk stands for
            words = [[frequencies["least"] + i] for i in range(frequencies["symbols"])]
            for left, right, result in frequencies["merges"]:
                if result == len(words):
                    words.append(words[left] + words[right])
            return words

        def decode_chunk(ids, stream, steps):              # ids, to actions [steps, dimensions] in their own units
            f, width = stream["frequencies"], len(stream["dimensions"])
            numbers = sum((spell(f)[i - blocks["action"]["first"]] for i in ids), [])
            k = np.arange(steps)
            basis = np.cos(np.pi * (k[None, :] + 0.5) * k[:, None] / steps) * np.sqrt(np.where(k[:, None] == 0, 1, 2) / steps)
            rows = basis.T @ (np.array(numbers).reshape(steps, width) / f["scale"])
            span = np.subtract(f["high"], f["low"])
            return (rows + 1) / 2 * np.where(span < 1e-6, 1, span + 1e-6) + f["low"]

        def extend(ids, block, count, sizes=None):         # the likeliest ids of one block, one after another
            first, size = blocks[block]["first"], blocks[block]["count"]
            start, sizes = len(ids), np.array(sizes or [1] * size)
            while count > 0:                               # an id that stands for more than is missing is no choice
                logits = model(input_ids=model.dummy_inputs["input_ids"].new_tensor([ids])).logits[0, -1]
                best = int(np.where(sizes <= count, logits[first : first + size].detach().numpy(), -np.inf).argmax())
                ids, count = ids + [first + best], count - int(sizes[best])
            return ids, ids[start:]

        instruction = "push the block"
        ids = [special["<bos>"]] + tokenizer(instruction)["input_ids"] + [special["<steps>"]]
        for camera in vocabulary["cameras"]:
            picture = np.full((camera["height"], camera["width"], camera["channels"]), 128)   # put yours here
            ids += [int(i) for i in encode_frame(picture, camera)]
        for sensor in vocabulary["sensors"]:
            ids, _ = extend(ids, "sensor", len(sensor["dimensions"]))                         # or encode what you measured
        actions, steps = vocabulary["actions"], vocabulary["recorded_steps"]
        count = steps * len(actions["dimensions"])
        if "frequencies" in actions:
            ids, said = extend(ids, "action", count, [len(word) for word in spell(actions["frequencies"])])
            rows = decode_chunk(said, actions, steps).tolist()
        else:
            ids, said = extend(ids, "action", count)
            rows = [decode_row(said[i : i + count // steps], actions, "action") for i in range(0, count, count // steps)]
        for row in rows:
            print("action", dict(zip(actions["dimensions"], row)))
        for camera in vocabulary["cameras"]:
            ids, codes = extend(ids, "image", camera["rows"] * camera["columns"])
            print("next picture", decode_frame(codes, camera).shape)
        ```

        """
    }
}
