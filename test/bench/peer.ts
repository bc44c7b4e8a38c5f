import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { AnswerTo, Request } from './protocol.ts';
import { Side, UnavailableError } from './side.ts';

/** From dist/bench.js as from test/bench: two folders up is the repository. */
const script = fileURLToPath(new URL('../test/bench/peer.py', import.meta.url));

/** Debian's PyTorch belongs to the system's Python, which another one on PATH often hides. */
const pythons = process.platform === 'linux' ? ['/usr/bin/python3', 'python3'] : ['python3', 'python'];

const advice =
  'On Debian and Ubuntu: apt-get install python3-torch python3-numpy libopenblas0-pthread ' +
  '(without the last, its products run on the reference BLAS, 15 times slower).';

/** How many threads PyTorch's own loops (OpenMP) and its matrix products (BLAS) may have. */
export interface PeerThreads {
  openMp: number;
  blas: number;
}

/**
 * Where steps are small PyTorch's best is often one thread in all, or one of its own and all cores for the products (the
 * defaults of Debian's build): those are tried beside two and all cores.
 */
export function peerVariants(): PeerThreads[] {
  const cores = availableParallelism();
  const same = [...new Set([1, 2, cores])].filter((count) => count <= cores);
  const variants = same.map((count) => ({ openMp: count, blas: count }));
  return cores === 1 ? variants : [...variants, { openMp: 1, blas: cores }];
}

export function startPeer(python: string, { openMp, blas }: PeerThreads): Side {
  const threads = `${openMp} thread${openMp === 1 ? '' : 's'}`;
  return new Side({
    name: `PyTorch, ${threads}${blas === openMp ? '' : `, ${blas} in products`}`,
    command: python,
    arguments: [script],
    environment: { OMP_NUM_THREADS: `${openMp}`, OPENBLAS_NUM_THREADS: `${blas}`, MKL_NUM_THREADS: `${blas}` },
  });
}

/**
 * The first Python with PyTorch in it, and the peak it reaches with all cores.
 * @throws UnavailableError that says why each Python does not do and how to get PyTorch
 */
export async function findPeer(
  request: Extract<Request, { kind: 'peak' }>,
): Promise<{ python: string; peak: AnswerTo<'peak'> }> {
  const reasons: string[] = [];
  for (const python of pythons) {
    try {
      return { python, peak: await measurePeerPeak(python, request) };
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new UnavailableError(`No Python with PyTorch was found (${reasons.join('; ')}). ${advice}`);
}

/** In a process of its own, so that its matrices do not count as a side's memory. */
export async function measurePeerPeak(python: string, request: Extract<Request, { kind: 'peak' }>) {
  const side = startPeer(python, { openMp: availableParallelism(), blas: availableParallelism() });
  try {
    return await side.ask(request);
  } finally {
    await side.stop();
  }
}
