"""The recipe in PyTorch: nn.LSTM, nn.GRU or nn.RNN, autograd, clip_grad_norm_ and SGD.

The number of threads is set before the start, by OMP_NUM_THREADS, MKL_NUM_THREADS and OPENBLAS_NUM_THREADS.
"""

import os
import time

import common

(torch,) = common.load("torch")

from pytorch_model import Model, cross_entropy, detached


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


class PyTorch(common.Side):
    # Words of the text in one call when it is evaluated: the best of these is taken.
    chunks = (35, 128, 512, 2048)
    chunk = None

    def versions(self):
        return {"PyTorch": torch.__version__}

    def description(self):
        threads = common.count(torch.get_num_threads(), "thread")
        calls = "" if self.chunk is None else f", {self.chunk} words a call"
        return f"PyTorch {torch.__version__}, {blas()}, {threads}{calls}"

    def build(self):
        torch.manual_seed(self.configuration["seed"])
        self.model = Model(self.configuration, self.vocabulary_size)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=self.rate)

    def convert(self, rows):
        text = torch.tensor(rows, dtype=torch.int64).t().contiguous()
        return text[:-1], text[1:]

    def reset(self):
        self.states = self.model.zeros(self.batch_size)

    def step(self, tokens, targets):
        # None instead of zeros is the faster of the two, and the default since 2.0.
        self.optimizer.zero_grad(set_to_none=True)
        logits, states = self.model(tokens, detached(self.states))
        self.states = states
        cost = cross_entropy(logits, targets) / self.batch_size
        cost.backward()
        if self.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        return cost.item()

    def prepare_evaluation(self):
        self.model.eval()
        self.text = torch.tensor(self.ids.tolist(), dtype=torch.int64).view(-1, 1)
        beginning = self.text[: 2 * max(self.chunks) + 1]
        self.chunk, times = self.chunks[0], {}
        self.evaluate(beginning)
        for self.chunk in self.chunks:
            start = time.perf_counter()
            self.evaluate(beginning)
            times[self.chunk] = time.perf_counter() - start
        self.chunk = min(times, key=times.get)

    def evaluate(self, text):
        states, nats = self.model.zeros(1), 0.0
        with torch.no_grad():
            for tokens, targets in zip(text[:-1].split(self.chunk), text[1:].split(self.chunk)):
                logits, states = self.model(tokens, states)
                nats += cross_entropy(logits, targets).item()
        return nats / (len(text) - 1)

    def product(self, size):
        left, right, product = (torch.rand(size, size) for _ in range(3))
        return lambda: torch.mm(left, right, out=product)


common.serve(PyTorch())
