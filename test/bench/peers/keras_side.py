"""The recipe in Keras on TensorFlow: its own layers, states carried by hand, a whole step as one function of TensorFlow.

SEQUENCE_LAB_BENCH_JIT=1 has XLA compile the step, SEQUENCE_LAB_BENCH_UNROLL=1 has Keras unroll the layers' loops: both
were slower, and are left to whoever wants to try them again.
"""

import os

import common

threads = common.threads()
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
jit = os.environ.get("SEQUENCE_LAB_BENCH_JIT") == "1"
unroll = os.environ.get("SEQUENCE_LAB_BENCH_UNROLL") == "1"

tf, keras = common.load("tensorflow", "keras")
tf.config.threading.set_intra_op_parallelism_threads(threads)
# Operators beside each other only where there are threads for them.
tf.config.threading.set_inter_op_parallelism_threads(threads)


class Keras(common.Side):
    def versions(self):
        return {"Keras": keras.__version__, "TensorFlow": tf.__version__}

    def description(self):
        return f"Keras {keras.__version__} on TensorFlow {tf.__version__}, {common.count(threads, 'thread')}"

    def build(self):
        model, training = self.configuration["model"], self.configuration["training"]
        hidden, scale = model["hiddenSize"], model["initScale"]
        keras.utils.set_random_seed(self.configuration["seed"])
        uniform = lambda: keras.initializers.RandomUniform(-scale, scale)
        layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}[model["cell"]]
        drop = lambda x, keep: x if keep == 1 else keras.layers.Dropout(1 - keep)(x)

        tokens = keras.Input((self.steps,), batch_size=self.batch_size, dtype="int32")
        states = [
            [keras.Input((hidden,), batch_size=self.batch_size) for _ in range(2 if model["cell"] == "lstm" else 1)]
            for _ in range(model["layers"])
        ]
        x = keras.layers.Embedding(self.vocabulary_size, hidden, embeddings_initializer=uniform())(tokens)
        x, following = drop(x, training["inputKeepProbability"]), []
        for state in states:
            recurrent = layer(
                hidden,
                return_sequences=True,
                return_state=True,
                unroll=unroll,
                kernel_initializer=uniform(),
                recurrent_initializer=uniform(),
                bias_initializer=uniform(),
                **({"unit_forget_bias": False} if model["cell"] == "lstm" else {}),
            )
            x, *after = recurrent(x, initial_state=state)
            x = drop(x, training["outputKeepProbability"])
            following.append(after)
        logits = keras.layers.Dense(
            self.vocabulary_size, kernel_initializer=uniform(), bias_initializer=uniform()
        )(x)
        self.model = keras.Model([tokens, *sum(states, [])], [logits, *sum(following, [])])
        self.state_count = len(sum(states, []))
        self.optimizer = keras.optimizers.SGD(float(self.rate))
        self.optimizer.build(self.model.trainable_variables)
        self.compiled = tf.function(self.traced, jit_compile=jit)

    def traced(self, tokens, targets, *states):
        with tf.GradientTape() as tape:
            logits, *states = self.model([tokens, *states], training=True)
            costs = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
            cost = tf.reduce_sum(costs) / self.batch_size
        variables = self.model.trainable_variables
        gradients = tape.gradient(cost, variables)
        if self.clip is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip)
        self.optimizer.apply_gradients(zip(gradients, variables))
        return cost, *states

    def convert(self, rows):
        text = tf.constant(rows, dtype=tf.int32)
        return text[:, :-1], text[:, 1:]

    def reset(self):
        shape = (self.batch_size, self.configuration["model"]["hiddenSize"])
        self.states = [tf.zeros(shape) for _ in range(self.state_count)]

    def step(self, tokens, targets):
        cost, *self.states = self.compiled(tokens, targets, *self.states)
        return float(cost)


common.serve(Keras())
