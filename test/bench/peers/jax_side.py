"""The recipe in JAX: one compiled function a training step, with lax.scan over the steps of the window.

The input's products stand outside the scan, as one product for all steps. The gradient is taken of the embedding's rows as
they were looked up, so the update touches those rows alone.
"""

import os
import sys

import common

# XLA's own pool takes its size from NPROC; its products are told apart.
os.environ["NPROC"] = str(common.threads())
os.environ["JAX_PLATFORMS"] = "cpu"
if common.threads() == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    # What of XLA asks for the number of processors otherwise gets one.
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

jax, jnp = common.load("jax", "jax.numpy")
lax = jax.lax
# Dropout's random numbers: the default's take a tenth of a step.
jax.config.update("jax_default_prng_impl", "rbg")


def lstm(states, projected, recurrent, _):
    h, c = states
    i, f, g, o = jnp.split(projected + h @ recurrent, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return (jax.nn.sigmoid(o) * jnp.tanh(c), c)


def gru(states, projected, recurrent, bias):
    (h,) = states
    r, z, n = jnp.split(h @ recurrent + bias, 3, axis=-1)
    pr, pz, pn = jnp.split(projected, 3, axis=-1)
    r, z = jax.nn.sigmoid(pr + r), jax.nn.sigmoid(pz + z)
    n = jnp.tanh(pn + r * n)
    return (n + z * (h - n),)


def rnn(states, projected, recurrent, _):
    return (jnp.tanh(projected + states[0] @ recurrent),)


# The step of each cell, its blocks of columns, its states.
cells = {"lstm": (lstm, 4, 2), "gru": (gru, 3, 1), "rnn": (rnn, 1, 1)}


def dropped(x, keep, key):
    return x if keep == 1 else jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0)


class Jax(common.Side):
    def versions(self):
        return {"JAX": jax.__version__}

    def description(self):
        return f"JAX {jax.__version__}, {common.count(common.threads(), 'thread')}"

    def build(self):
        model = self.configuration["model"]
        hidden, words = model["hiddenSize"], self.vocabulary_size
        _, blocks, _ = cells[model["cell"]]
        layer = {"input": (hidden, blocks * hidden), "recurrent": (hidden, blocks * hidden), "bias": (blocks * hidden,)}
        if model["cell"] == "gru":
            layer["recurrentBias"] = (blocks * hidden,)
        shapes = {
            "embedding": (words, hidden),
            "layers": [layer] * model["layers"],
            "output": {"weights": (hidden, words), "bias": (words,)},
        }
        leaves, tree = jax.tree.flatten(shapes, is_leaf=lambda node: isinstance(node, tuple))
        keys = jax.random.split(jax.random.key(self.configuration["seed"]), len(leaves) + 1)
        scale = model["initScale"]
        self.parameters = jax.tree.unflatten(
            tree, [jax.random.uniform(key, shape, minval=-scale, maxval=scale) for key, shape in zip(keys, leaves)]
        )
        self.key = keys[-1]
        self.compiled = jax.jit(self.step_function(), donate_argnums=(0, 1, 2))

    def step_function(self):
        model, training = self.configuration["model"], self.configuration["training"]
        cell, _, _ = cells[model["cell"]]
        keep_input, keep_output = training["inputKeepProbability"], training["outputKeepProbability"]
        batch_size, clip, rate = self.batch_size, self.clip, self.rate

        def cost_of(looked_up, rest, states, targets, key):
            """looked_up [steps, batch, hidden] -> the cost, and the next states"""
            keys = jax.random.split(key, model["layers"] + 1)
            x, following = dropped(looked_up, keep_input, keys[0]), []
            for weights, state, layer_key in zip(rest["layers"], states, keys[1:]):

                def advance(before, projected, weights=weights):
                    after = cell(before, projected, weights["recurrent"], weights.get("recurrentBias"))
                    return after, after[0]

                state, x = lax.scan(advance, state, x @ weights["input"] + weights["bias"])
                x = dropped(x, keep_output, layer_key)
                following.append(state)
            logits = x @ rest["output"]["weights"] + rest["output"]["bias"]
            chosen = jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
            return jnp.sum(jax.nn.logsumexp(logits, axis=-1) - chosen) / batch_size, following

        def step(parameters, states, key, tokens, targets):
            key, dropout_key = jax.random.split(key)
            embedding = parameters["embedding"]
            rest = {name: value for name, value in parameters.items() if name != "embedding"}
            (cost, states), (rows, dense) = jax.value_and_grad(cost_of, argnums=(0, 1), has_aux=True)(
                embedding[tokens], rest, states, targets, dropout_key
            )
            scale = 1.0
            if clip is not None:
                squares = [jnp.sum(jnp.square(gradient)) for gradient in jax.tree.leaves((rows, dense))]
                scale = clip / jnp.maximum(jnp.sqrt(sum(squares)), clip)
            following = jax.tree.map(lambda weights, gradient: weights - rate * scale * gradient, rest, dense)
            return {**following, "embedding": embedding.at[tokens].add(-rate * scale * rows)}, states, key, cost

        return step

    def convert(self, rows):
        text = jnp.asarray(rows, dtype=jnp.int32).T
        return text[:-1], text[1:]

    def reset(self):
        model = self.configuration["model"]
        _, _, states = cells[model["cell"]]
        shape = (self.batch_size, model["hiddenSize"])
        # Arrays of their own: the step's memory is reused, and no array may be given twice.
        self.states = [tuple(jnp.zeros(shape) for _ in range(states)) for _ in range(model["layers"])]

    def step(self, tokens, targets):
        self.parameters, self.states, self.key, cost = self.compiled(
            self.parameters, self.states, self.key, tokens, targets
        )
        return float(cost)


common.serve(Jax())
