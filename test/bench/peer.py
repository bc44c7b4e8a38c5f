"""The benchmark's peer: the same recipe in PyTorch, asked over standard input and output as protocol.ts says.

The number of threads is set before the start, by OMP_NUM_THREADS and OPENBLAS_NUM_THREADS.
"""

import array
import json
import os
import resource
import sys
import time


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


try:
    import torch
except ImportError as error:
    say({"kind": "unavailable", "message": f"{sys.executable}: {error}"})
    sys.exit(0)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_memory_bytes():
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def blas():
    """Which library computes the matrix products, as well as can be told from outside."""
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    if "BLAS_INFO=mkl" in torch.__config__.show():
        return "MKL"
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "/" in line}
    except OSError:
        return "BLAS unknown"
    paths = {path.lower() for path in paths if "numpy" not in path}
    # libblas.so decides where there is one: Debian's names the library behind it by its folder. LAPACK may have another.
    files = {path for path in paths if os.path.basename(path).startswith("libblas")} or paths
    for part, title in (("openblas", "OpenBLAS"), ("blis", "BLIS"), ("mkl_", "MKL"), ("atlas", "ATLAS")):
        if any(part in path for path in files):
            return title
    return "BLAS unknown" if files is paths else "reference BLAS"



def description():
    threads = torch.get_num_threads()
    return f"PyTorch {torch.__version__}, {blas()}, {threads} thread{'' if threads == 1 else 's'}"


class Model(torch.nn.Module):
    """Dropout on the embedded input and on each layer's output, as in src/model/languageModel.ts."""

    def __init__(self, configuration, vocabulary_size):
        super().__init__()
        model, training = configuration["model"], configuration["training"]
        hidden, layers = model["hiddenSize"], model["layers"]
        between = 1 - training["outputKeepProbability"] if layers > 1 else 0
        self.embedding = torch.nn.Embedding(vocabulary_size, hidden)
        self.input_dropout = torch.nn.Dropout(1 - training["inputKeepProbability"])
        self.lstm = torch.nn.LSTM(hidden, hidden, layers, dropout=between)
        self.output_dropout = torch.nn.Dropout(1 - training["outputKeepProbability"])
        self.output = torch.nn.Linear(hidden, vocabulary_size)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -model["initScale"], model["initScale"])

    def forward(self, tokens, states):
        """tokens [steps, batch] -> logits [steps, batch, vocabulary]"""
        x, states = self.lstm(self.input_dropout(self.embedding(tokens)), states)
        return self.output(self.output_dropout(x)), states


class Side:
    def prepare(self, request):
        configuration = request["configuration"]
        training = configuration["training"]
        self.steps, self.batch_size = training["steps"], training["batchSize"]
        self.clip = training["gradientClip"]
        ids = array.array("H")
        with open(request["idsFile"], "rb") as file:
            ids.frombytes(file.read())
        # [length, batch]: row b is the b-th stretch of the text, as in src/corpus/batches.ts.
        length = len(ids) // self.batch_size
        used = torch.tensor(ids[: length * self.batch_size].tolist(), dtype=torch.int64)
        self.text = used.view(self.batch_size, length).t().contiguous()
        self.windows = (length - 1) // self.steps
        self.window = 0
        torch.manual_seed(configuration["seed"])
        self.model = Model(configuration, request["vocabularySize"])
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=training["learningRate"])
        self.reset_states()
        return {"kind": "ready", "description": description()}

    def reset_states(self):
        lstm = self.model.lstm
        zeros = torch.zeros(lstm.num_layers, self.batch_size, lstm.hidden_size)
        self.states = (zeros, zeros.clone())

    def step(self):
        """Returns the cost: nats summed over the window's steps, divided by the batch."""
        start = self.window * self.steps
        tokens = self.text[start : start + self.steps]
        targets = self.text[start + 1 : start + 1 + self.steps]
        # None instead of zeros is the faster of the two in this PyTorch, and its default since 2.0.
        self.optimizer.zero_grad(set_to_none=True)
        logits, states = self.model(tokens, tuple(state.detach() for state in self.states))
        self.states = states
        cost = torch.nn.functional.cross_entropy(
            logits.view(-1, logits.shape[-1]), targets.reshape(-1), reduction="sum"
        ) / self.batch_size
        cost.backward()
        if self.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.window += 1
        return cost.item()

    def round(self, request):
        before = cpu_seconds()
        milliseconds, cost = [], 0.0
        for _ in range(request["steps"]):
            if self.window >= self.windows:
                self.window = 0
                self.reset_states()
            start = time.perf_counter()
            cost += self.step()
            milliseconds.append((time.perf_counter() - start) * 1000)
        return {
            "kind": "round",
            "milliseconds": milliseconds,
            "natsPerWord": cost / (request["steps"] * self.steps),
            "cpuSeconds": {"before": before, "after": cpu_seconds()},
            "peakMemoryBytes": peak_memory_bytes(),
        }

    def peak(self, request):
        size = request["size"]
        left, right, product = (torch.rand(size, size) for _ in range(3))
        best, runs, end = float("inf"), 0, time.perf_counter() + request["seconds"]
        while runs < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            torch.mm(left, right, out=product)
            best, runs = min(best, time.perf_counter() - start), runs + 1
        return {"kind": "peak", "description": description(), "flopsPerSecond": 2 * size**3 / best}


def main():
    side = Side()
    handlers = {"prepare": side.prepare, "round": side.round, "peak": side.peak}
    # readline, not iteration: a line must come through the moment it is written.
    for line in iter(sys.stdin.readline, ""):
        try:
            request = json.loads(line)
            answer = handlers[request["kind"]](request)
        except Exception as error:
            answer = {"kind": "error", "message": f"{type(error).__name__}: {error}"}
        say(answer)


main()
