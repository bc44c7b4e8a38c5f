"""Trains a run's recipe in PyTorch and prints its validation perplexities beside the run's, epoch by epoch.

    seqlab train --preset medium --data FOLDER            # as many epochs as there is time for
    python pytorch_curve.py RUN FOLDER --epochs 8 --checkpoint FILE

RUN is the run's folder, FOLDER that of the Penn Treebank's texts (ptb.train.txt, ptb.valid.txt). An epoch that was ended
is kept in the checkpoint, so it goes on from there when it is started again. Only `constant` and `stepDecay` schedules of
SGD are known.
"""

import argparse
import json
import math
import os
import time

import torch
from pytorch_model import Model, cross_entropy, detached

evaluated_words = 512


def read_json(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)


def read_ids(path, words):
    """The ids of a text: a line is a sentence, <eos> stands at its end, what is not in the vocabulary is <unk>."""
    ids = {word: index for index, word in enumerate(words)}
    with open(path, encoding="utf-8") as file:
        tokens = [token for line in file for token in [*line.split(), "<eos>"]]
    return torch.tensor([ids.get(token, ids["<unk>"]) for token in tokens])


def perplexities_of(run):
    """The run's validation perplexities by epoch."""
    found = {}
    with open(os.path.join(run, "metrics.jsonl"), encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["event"] == "epoch":
                found[record["epoch"]] = record["validPerplexity"]
    return found


def rate_of(training, epoch):
    schedule = training["schedule"]
    if schedule["kind"] == "constant":
        return training["learningRate"]
    if schedule["kind"] != "stepDecay":
        raise SystemExit(f"this script does not know the schedule {schedule['kind']}")
    return training["learningRate"] / schedule["divisor"] ** max(0, epoch - schedule["afterEpoch"])


def make_model(configuration, vocabulary_size):
    model = Model(configuration, vocabulary_size)
    hidden = configuration["model"]["hiddenSize"]
    for name, parameter in model.layers.named_parameters():
        # We have one bias; PyTorch's second one stays 0.
        if name.startswith("bias_hh"):
            torch.nn.init.zeros_(parameter)
            parameter.requires_grad_(False)
        elif name.startswith("bias_ih") and isinstance(model.layers, torch.nn.LSTM):
            with torch.no_grad():
                parameter[hidden : 2 * hidden] += configuration["model"]["forgetBias"]
    return model


def train_epoch(model, optimizer, text, training):
    """Windows of all rows side by side; what fills no window at the end is left out."""
    batch_size, steps = training["batchSize"], training["steps"]
    rows = text[: len(text) // batch_size * batch_size].view(batch_size, -1).t().contiguous()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    states = model.zeros(batch_size)
    model.train()
    for start in range(0, (len(rows) - 1) // steps * steps, steps):
        tokens, targets = rows[start : start + steps], rows[start + 1 : start + steps + 1]
        optimizer.zero_grad(set_to_none=True)
        logits, states = model(tokens, detached(states))
        (cross_entropy(logits, targets) / batch_size).backward()
        torch.nn.utils.clip_grad_norm_(parameters, training["gradientClip"])
        optimizer.step()


def perplexity(model, text):
    """Of a whole text, read as one stream."""
    model.eval()
    text = text.view(-1, 1)
    states, nats = model.zeros(1), 0.0
    with torch.no_grad():
        for tokens, targets in zip(text[:-1].split(evaluated_words), text[1:].split(evaluated_words)):
            logits, states = model(tokens, states)
            nats += cross_entropy(logits, targets).item()
    return math.exp(nats / (len(text) - 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("corpus")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--checkpoint", required=True)
    options = parser.parse_args()

    configuration = read_json(options.run, "config.json")["configuration"]
    training = configuration["training"]
    if training["optimizer"]["kind"] != "sgd":
        raise SystemExit(f"this script does not know the optimizer {training['optimizer']['kind']}")
    words = read_json(options.run, "vocabulary.json")["words"]
    train, valid = (read_ids(os.path.join(options.corpus, f"ptb.{split}.txt"), words) for split in ("train", "valid"))

    torch.manual_seed(configuration["seed"])
    model = make_model(configuration, len(words))
    curve = []
    if os.path.exists(options.checkpoint):
        saved = torch.load(options.checkpoint)
        model.load_state_dict(saved["model"])
        torch.set_rng_state(saved["random"])
        curve = saved["curve"]
    for epoch in range(len(curve) + 1, options.epochs + 1):
        start = time.monotonic()
        optimizer = torch.optim.SGD(
            [parameter for parameter in model.parameters() if parameter.requires_grad], lr=rate_of(training, epoch)
        )
        train_epoch(model, optimizer, train, training)
        curve.append({"perplexity": perplexity(model, valid), "seconds": time.monotonic() - start})
        part = f"{options.checkpoint}.part"
        torch.save({"model": model.state_dict(), "random": torch.get_rng_state(), "curve": curve}, part)
        os.replace(part, options.checkpoint)
    ours = perplexities_of(options.run)
    print(f"PyTorch {torch.__version__}, validation perplexity\nepoch  PyTorch     ours   difference")
    for epoch, point in enumerate(curve, 1):
        theirs, own = point["perplexity"], ours.get(epoch)
        beside = "" if own is None else f" {own:8.2f}   {100 * (own / theirs - 1):+.2f} %"
        print(f"{epoch:5} {theirs:8.2f}{beside}")


main()
