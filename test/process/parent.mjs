/** A parent of a trainer, to be killed: starts it, asks one thing of it and tells what it hears. */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

const [script, log, request] = process.argv.slice(2);
const file = openSync(log, 'a');
const child = spawn(process.execPath, [script], { detached: true, stdio: ['ignore', file, file, 'ipc'] });
child.on('message', (message) => process.stdout.write(`heard ${JSON.stringify(message)}\n`));
child.send(JSON.parse(request), () => process.stdout.write(`asked ${child.pid}\n`));
