import { describe, expect, it } from 'vitest';
import { parseOptions, usage } from '../../bench/options.ts';
import { peerNames } from '../../bench/peers.ts';
import { shapeNames } from '../../bench/shapes.ts';
import { ConfigurationError } from '../../../src/util/errors.ts';

describe("the benchmark's options", () => {
  it('trains the two published networks on all cores against every peer where nothing is said', () => {
    expect(parseOptions([])).toEqual({
      tables: ['train'],
      shapes: ['200', '650'],
      threads: [0],
      peers: peerNames,
      makePeers: false,
      hugePages: false,
      json: false,
      help: false,
    });
  });

  it('takes several shapes and numbers of threads, with commas or repeated', () => {
    const { shapes, threads } = parseOptions(['--shape', 'gru,rnn', '--shape', '200', '--threads', '1,2,1']);
    expect(shapes).toEqual(['gru', 'rnn', '200']);
    expect(threads).toEqual([1, 2]);
    expect(parseOptions(['--shape=all']).shapes).toEqual(shapeNames);
  });

  it('prints the tables that were chosen, and training beside them only where that is said', () => {
    expect(parseOptions(['--sessions', '--eval']).tables).toEqual(['eval', 'sessions']);
    expect(parseOptions(['--train', '--profile']).tables).toEqual(['train', 'profile']);
  });

  it('takes some peers, all or none', () => {
    expect(parseOptions(['--peer', 'jax,pytorch']).peers).toEqual(['jax', 'pytorch']);
    expect(parseOptions(['--peer', 'all']).peers).toEqual(peerNames);
    expect(parseOptions(['--peer', 'none']).peers).toEqual([]);
  });

  it.each([
    [['--shape', '300'], '--shape: expected 200, 650, gru, rnn, gru-650, rnn-650 or all, got "300"'],
    [['--shape', '200,all'], '--shape: expected 200, 650, gru, rnn, gru-650, rnn-650 or all, got "all"'],
    [['--threads', '-1'], '--threads'],
    [['--threads', '1.5'], '--threads: expected a whole number from 0 to 1024, got "1.5"'],
    [['--threads', ''], '--threads: expected a whole number from 0 to 1024, got ""'],
    [['--rounds', '0'], '--rounds: expected a whole number from 1 to 1000, got "0"'],
    [['--peer', 'none,jax'], '--peer: none stands alone, got "none,jax"'],
    [['--peer', 'torch'], '--peer: expected pytorch, keras, jax, all or none, got "torch"'],
    [['--fast'], 'See npm run bench -- --help'],
    [['200'], 'See npm run bench -- --help'],
  ])('refuses %j and says what it expected', (args, message) => {
    expect(() => parseOptions(args)).toThrow(ConfigurationError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('has every option in its help', () => {
    const options = '--train --eval --sessions --profile --shape --threads --rounds --huge-pages --peer --peers';
    for (const option of [...options.split(' '), '--peers-folder', '--json', '--help', ...shapeNames, ...peerNames]) {
      expect(usage).toContain(option);
    }
    for (const line of usage.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  });
});
