// A model server in name only: it does what the text of a request tells it to, crashes included.
// CommonJS, as the real one is bundled: it has read its whole program before it reads the channel.
/* global process */
const { existsSync, writeFileSync } = require('node:fs');
const jsonrpc = require('vscode-jsonrpc/node');

process.on('disconnect', () => process.exit());
const connection = jsonrpc.createMessageConnection(
  new jsonrpc.IPCMessageReader(process),
  new jsonrpc.IPCMessageWriter(process),
);

function crash() {
  process.stderr.write('a fault in the engine\n');
  process.exit(7);
}

// Among the unknown words it says who it is.
const answerOf = (word) => ({ next: [{ word, probability: 1 }], unknown: [String(process.pid)] });

connection.onRequest('inference/next', async ({ text, after }, token) => {
  if (text === 'crash') crash();
  // `after` names a file that tells whether it has crashed before.
  if (text === 'crash once' && !existsSync(after)) {
    writeFileSync(after, '');
    crash();
  }
  if (text === 'fail') throw new Error('no such run');
  if (text === 'wait') {
    void connection.sendNotification('inference/notice', { sentence: 'waiting' });
    await new Promise((resolve) => token.onCancellationRequested(resolve));
    return answerOf('cancelled');
  }
  return answerOf(text);
});

connection.onRequest('inference/generate', async ({ ticket, prompt, words }) => {
  for (let count = 0; count < words; count++) {
    // A prompt that is a path names the file that tells whether it has crashed before.
    if (count === 2 && prompt.startsWith('/') && !existsSync(prompt)) {
      writeFileSync(prompt, '');
      crash();
    }
    await connection.sendNotification('inference/words', { ticket, words: [prompt], text: ` ${prompt}` });
  }
  return { words: Array(words).fill(prompt), text: ` ${prompt}`.repeat(words) };
});

connection.listen();
