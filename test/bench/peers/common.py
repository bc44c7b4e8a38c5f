"""What every peer of the benchmark shares: requests over standard input, answers over standard output, as protocol.ts says.

A peer is a module that calls `serve` with its class. Threads are set before the start, by the environment of the process.
"""

import array
import importlib
import json
import os
import platform
import sys
import time


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def load(*names):
    """The modules of these names. Where one is missing, every request would fail: says so and ends the process."""
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as error:
        unavailable(str(error))


def unavailable(reason):
    say({"kind": "unavailable", "message": f"{sys.executable}: {reason}"})
    sys.exit(0)


# Windows has none.
(resource,) = load("resource")


def threads():
    """How many threads this process may use, as peers.ts set it; all cores where it did not."""
    return int(os.environ.get("SEQUENCE_LAB_BENCH_THREADS") or os.cpu_count() or 1)


def count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_memory_bytes():
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def read_ids(path):
    ids = array.array("H")
    with open(path, "rb") as file:
        ids.frombytes(file.read())
    return ids


class Side:
    """Serves the requests. A subclass names its library and computes; what it leaves out it cannot be asked for.

    Its methods:
      description()        the library, its version and how it computes, in a few words
      versions()           of the libraries, by name
      build()              makes the model, its weights from a seed
      reset()              sets the recurrent states to zero
      convert(rows)        tokens and targets of a window as the library takes them, from ids [batch][steps + 1]
      step(tokens, targets) trains one step on a window; returns the cost in nats summed over the window's steps and
                           divided by the batch size
      prepare_evaluation() puts the text into `text`, and warms up
      evaluate(text)       scores a text with the states carried; returns the mean cost of a word in nats
      product(size)        a function that multiplies two square float32 matrices
    """

    def describe(self, request):
        return {
            "kind": "described",
            "description": self.description(),
            "versions": {**self.versions(), "Python": platform.python_version()},
        }

    def prepare(self, request):
        training = request["configuration"]["training"]
        self.configuration = request["configuration"]
        self.work = request["work"]
        self.vocabulary_size = request["vocabularySize"]
        self.steps, self.batch_size = training["steps"], training["batchSize"]
        self.rate, self.clip = training["learningRate"], training["gradientClip"]
        self.ids = read_ids(request["idsFile"])
        self.build()
        if self.work == "training":
            self.cut()
        else:
            self.prepare_evaluation()
        return {"kind": "ready", "description": self.description()}

    def cut(self):
        """The text as windows: row b is the b-th stretch of it, as in src/corpus/batches.ts."""
        length = len(self.ids) // self.batch_size
        starts = [row * length for row in range(self.batch_size)]
        count = (length - 1) // self.steps
        self.windows = [
            self.convert([self.ids[s + w * self.steps : s + (w + 1) * self.steps + 1].tolist() for s in starts])
            for w in range(count)
        ]
        self.window = 0
        self.reset()

    def train(self):
        """One training step; returns the mean cost of a word in nats."""
        if self.window >= len(self.windows):
            self.window = 0
            self.reset()
        cost = self.step(*self.windows[self.window])
        self.window += 1
        return cost / self.steps

    def round(self, request):
        before = cpu_seconds()
        milliseconds, nats = [], 0.0
        for _ in range(request["steps"]):
            start = time.perf_counter()
            nats += self.train() if self.work == "training" else self.evaluate(self.text)
            milliseconds.append((time.perf_counter() - start) * 1000)
        return {
            "kind": "round",
            "milliseconds": milliseconds,
            "natsPerWord": nats / max(1, request["steps"]),
            "cpuSeconds": {"before": before, "after": cpu_seconds()},
            "peakMemoryBytes": peak_memory_bytes(),
        }

    def peak(self, request):
        size = request["size"]
        multiply = self.product(size)
        best, runs, end = float("inf"), 0, time.perf_counter() + request["seconds"]
        while runs < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            multiply()
            best, runs = min(best, time.perf_counter() - start), runs + 1
        return {"kind": "peak", "description": self.description(), "flopsPerSecond": 2 * size**3 / best}


def serve(side):
    """Answers requests until the input ends; a request that fails is answered with the error."""
    handlers = {"describe": side.describe, "prepare": side.prepare, "round": side.round, "peak": side.peak}
    # readline, not iteration: a line must come through the moment it is written.
    for line in iter(sys.stdin.readline, ""):
        try:
            request = json.loads(line)
            answer = handlers[request["kind"]](request)
        except Exception as error:
            answer = {"kind": "error", "message": f"{type(error).__name__}: {error}"}
        say(answer)
