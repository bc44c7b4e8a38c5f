import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pythonsOf } from './peerEnvironments.ts';
import type { Answer, AnswerTo } from './protocol.ts';
import { Side, UnavailableError } from './side.ts';

export const peerNames = ['pytorch', 'keras', 'jax'] as const;
export type PeerName = (typeof peerNames)[number];

/** One way to run a peer. */
export interface PeerVariant {
  /** Behind the peer's name: `1 thread, 2 in products`. */
  title: string;
  environment: Readonly<Record<string, string>>;
}

export interface PeerKind {
  title: string;
  /** Its script in test/bench/peers. */
  script: string;
  /** What pip installs: the newest releases. */
  packages: readonly string[];
  /** Older than this, a comparison proves nothing. Of the version with the peer's title. */
  minVersion?: string;
  /** @param threads that it may use at most, from 1 */
  variants(threads: number): PeerVariant[];
}

const counted = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** For OpenMP, and for each library of products that PyTorch may have been built with. */
const openMpThreads = (own: number, products: number) => ({
  OMP_NUM_THREADS: `${own}`,
  MKL_NUM_THREADS: `${products}`,
  OPENBLAS_NUM_THREADS: `${products}`,
});

/** TensorFlow's package for processors has other names where there is no other package. */
const tensorflowPackage =
  process.platform === 'win32' || (process.platform === 'linux' && process.arch === 'x64')
    ? 'tensorflow-cpu'
    : 'tensorflow';

/** One row a peer: what it is, and the settings that are tried. */
export const peers: Readonly<Record<PeerName, PeerKind>> = {
  pytorch: {
    title: 'PyTorch',
    script: 'pytorch_side.py',
    packages: ['torch'],
    minVersion: '2.15',
    /**
     * Where steps are small PyTorch's best is often one thread in all, or one of its own and all for the products: those
     * are tried beside two and all threads.
     */
    variants(threads) {
      const same = [...new Set([1, 2, threads])].filter((count) => count <= threads);
      const variants = same.map((count) => ({ title: counted(count), environment: openMpThreads(count, count) }));
      const products = { title: `1 thread, ${threads} in products`, environment: openMpThreads(1, threads) };
      return threads === 1 ? variants : [...variants, products];
    },
  },
  keras: {
    title: 'Keras on TensorFlow',
    script: 'keras_side.py',
    packages: [tensorflowPackage, 'keras'],
    // XLA (jit_compile) took half as much processor time again, and unrolled loops a quarter: neither is tried.
    variants: (threads) => [{ title: counted(threads), environment: {} }],
  },
  jax: {
    title: 'JAX',
    script: 'jax_side.py',
    packages: ['jax'],
    variants: (threads) => [{ title: counted(threads), environment: {} }],
  },
};

/** Taken away from a peer: what other tools may have set to slow OpenBLAS down or to mend it. */
const withoutTuning = { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined };

/** glibc asks the kernel for huge pages: what NumPy does for itself and neither Node nor PyTorch does. */
export const hugePagesEnvironment = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** A peer that was found on this machine. */
export interface Peer {
  name: PeerName;
  python: string;
  versions: AnswerTo<'describe'>['versions'];
}

export interface StartOptions {
  variant: PeerVariant;
  /** At most. */
  threads: number;
  hugePages?: boolean;
}

export function startPeer(
  { name, python }: Pick<Peer, 'name' | 'python'>,
  { variant, threads, hugePages = false }: StartOptions,
): Side {
  const { title, script } = peers[name];
  return new Side({
    name: `${title}, ${variant.title}${hugePages ? ', huge pages' : ''}`,
    command: python,
    // From dist/bench.js as from test/bench: two folders up is the repository.
    arguments: ['-B', fileURLToPath(new URL(`../test/bench/peers/${script}`, import.meta.url))],
    environment: {
      ...withoutTuning,
      SEQUENCE_LAB_BENCH_THREADS: `${threads}`,
      ...variant.environment,
      ...(hugePages ? hugePagesEnvironment : {}),
    },
  });
}

/** A side with all cores that is asked one thing and ends: its matrices do not count as another's memory. */
export async function askOnce<T extends Answer>(
  peer: Pick<Peer, 'name' | 'python'>,
  question: (side: Side) => Promise<T>,
): Promise<T> {
  const threads = availableParallelism();
  const side = startPeer(peer, { threads, variant: { title: '', environment: openMpThreads(threads, threads) } });
  try {
    return await question(side);
  } finally {
    await side.stop();
  }
}

/**
 * The peer in the first Python that has it.
 * @throws UnavailableError that says why each Python does not do
 */
export async function findPeer(name: PeerName, folder: string): Promise<Peer> {
  const reasons: string[] = [];
  for (const python of pythonsOf(name, folder)) {
    try {
      const { versions } = await askOnce({ name, python }, (side) => side.ask({ kind: 'describe' }));
      return { name, python, versions };
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new UnavailableError(`No Python with ${peers[name].title} was found (${reasons.join('; ')}).`);
}

/** What to say of a peer that is too old for the comparison to mean anything; undefined where it is not. */
export function ageWarning({ name, versions }: Pick<Peer, 'name' | 'versions'>): string | undefined {
  const { title, minVersion } = peers[name];
  const version = versions[title];
  if (minVersion === undefined || version === undefined || !isOlder(version, minVersion)) return undefined;
  return (
    `THE COMPARISON PROVES NOTHING: this is ${title} ${version}, several times slower than today's. Do not quote the ` +
    `ratios. Today's: npm run bench -- --peers, which installs it in an environment of its own.`
  );
}

/** By numbers, part by part: 2.9 is older than 2.15. */
function isOlder(version: string, least: string): boolean {
  const parts = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [ours, theirs] = [parts(version), parts(least)];
  for (const [index, part] of theirs.entries()) {
    const difference = (ours[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
