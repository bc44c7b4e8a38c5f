"""Our recurrent language model in PyTorch, from a configuration of ours."""

import torch


class Model(torch.nn.Module):
    """Dropout on the embedded input and on each layer's output, as in src/model/languageModel.ts."""

    def __init__(self, configuration, vocabulary_size):
        super().__init__()
        model, training = configuration["model"], configuration["training"]
        hidden, layers = model["hiddenSize"], model["layers"]
        between = 1 - training["outputKeepProbability"] if layers > 1 else 0
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[model["cell"]]
        self.embedding = torch.nn.Embedding(vocabulary_size, hidden)
        self.input_dropout = torch.nn.Dropout(1 - training["inputKeepProbability"])
        self.layers = layer(hidden, hidden, layers, dropout=between)
        self.output_dropout = torch.nn.Dropout(1 - training["outputKeepProbability"])
        self.output = torch.nn.Linear(hidden, vocabulary_size)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -model["initScale"], model["initScale"])

    def zeros(self, batch_size):
        shape = (self.layers.num_layers, batch_size, self.layers.hidden_size)
        if isinstance(self.layers, torch.nn.LSTM):
            return (torch.zeros(shape), torch.zeros(shape))
        return torch.zeros(shape)

    def forward(self, tokens, states):
        """tokens [steps, batch] -> logits [steps, batch, vocabulary]"""
        x, states = self.layers(self.input_dropout(self.embedding(tokens)), states)
        return self.output(self.output_dropout(x)), states


def detached(states):
    return tuple(state.detach() for state in states) if isinstance(states, tuple) else states.detach()


def cross_entropy(logits, targets):
    """Nats, summed."""
    return torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.reshape(-1), reduction="sum")
