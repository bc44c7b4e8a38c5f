import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { peersFolder, pythonsOf } from '../../bench/peerEnvironments.ts';
import { ageWarning, peers } from '../../bench/peers.ts';

const titles = (threads: number) => peers.pytorch.variants(threads).map(({ title }) => title);

describe("the peers' settings", () => {
  it('gives PyTorch one thread, all, and one with all in products', () => {
    expect(titles(2)).toEqual(['1 thread', '2 threads', '1 thread, 2 in products']);
    expect(titles(8)).toEqual(['1 thread', '2 threads', '8 threads', '1 thread, 8 in products']);
    expect(peers.pytorch.variants(2)[2]?.environment).toEqual({
      OMP_NUM_THREADS: '1',
      MKL_NUM_THREADS: '2',
      OPENBLAS_NUM_THREADS: '2',
    });
  });

  it('limits every peer to one thread where one is asked for', () => {
    for (const peer of Object.values(peers)) {
      expect(peer.variants(1)).toHaveLength(1);
      expect(peer.variants(1)[0]?.title).toBe('1 thread');
    }
  });
});

describe('the age of a peer', () => {
  const warningOf = (version: string) =>
    ageWarning({ name: 'pytorch', versions: { PyTorch: version, Python: '3.11' } });

  it.each(['1.13.1', '2.9.0+cpu', '2.14.9'])(
    'calls a comparison with PyTorch %s worthless, and names the way out',
    (old) => {
      expect(warningOf(old)).toContain('PROVES NOTHING');
      expect(warningOf(old)).toContain(old);
      expect(warningOf(old)).toContain('--peers');
    },
  );

  it.each(['2.15.0+cu130', '2.15', '2.20.1', '3.0.0'])('accepts PyTorch %s', (recent) => {
    expect(warningOf(recent)).toBeUndefined();
  });
});

describe("the folder of the peers' environments", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it('is what the option names, else the variable, else in the cache', () => {
    const environment = { SEQUENCE_LAB_PEERS: '/named/peers', XDG_CACHE_HOME: '/cache' };
    expect(peersFolder('/given', environment, 'linux')).toBe('/given');
    expect(peersFolder(undefined, environment, 'linux')).toBe('/named/peers');
    expect(peersFolder(undefined, { XDG_CACHE_HOME: '/cache' }, 'linux')).toBe('/cache/sequence-lab/peers');
    expect(peersFolder(undefined, {}, 'linux')).toBe(join(homedir(), '.cache/sequence-lab/peers'));
    expect(peersFolder(undefined, {}, 'darwin')).toBe(join(homedir(), 'Library/Caches/sequence-lab/peers'));
  });

  it("prefers a peer's own environment, then a shared one, then the system's Python", () => {
    const folder = mkdtempSync(join(tmpdir(), 'peers-'));
    folders.push(folder);
    const [own, shared] = [join(folder, 'jax', 'bin'), join(folder, 'bin')];
    for (const bin of [own, shared]) {
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'python'), '');
    }
    expect(pythonsOf('jax', folder).slice(0, 2)).toEqual([join(own, 'python'), join(shared, 'python')]);
    expect(pythonsOf('keras', folder)[0]).toBe(join(shared, 'python'));
  });
});
