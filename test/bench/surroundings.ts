import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { ConfigurationError } from '../../src/util/errors.ts';
import { machine } from './machine.ts';
import { askOurs } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { makeEnvironment, peersFolder } from './peerEnvironments.ts';
import { ageWarning, askOnce, findPeer, peers } from './peers.ts';
import type { Peer, PeerName } from './peers.ts';
import type { MachineReport, PeakResult } from './report.ts';
import { UnavailableError } from './side.ts';

const peakRequest = { kind: 'peak', size: 2048, seconds: 2 } as const;

/** A peer whose products reach less than this share of ours computes on a slow BLAS: 15 times slower was seen. */
const slowBlas = 0.3;

/** What there is to measure on and against. */
export interface Surroundings {
  report: MachineReport;
  found: readonly Peer[];
}

/** Looks at the machine and for the peers; makes those that are missing where that is asked for. */
export async function lookAround(options: BenchOptions, onProgress: (text: string) => void): Promise<Surroundings> {
  if (options.hugePages) checkHugePages();
  const warnings: string[] = options.hugePages ? await hugePagesWarnings() : [];
  const found: Peer[] = [];
  for (const name of options.peers) {
    onProgress(`looking for ${peers[name].title}`);
    const peer = await findOrMake(name, options, warnings);
    if (peer) found.push(peer);
  }
  onProgress("measuring the machine's peak");
  const { versions } = await askOurs((side) => side.ask({ kind: 'describe' }));
  const ours = await askOurs((side) => side.ask(peakRequest));
  const pytorch = found.find(({ name }) => name === 'pytorch');
  const peaks = [ours, ...(pytorch ? [await askOnce(pytorch, (side) => side.ask(peakRequest))] : [])];
  const [, theirs] = peaks;
  const age = pytorch && ageWarning(pytorch);
  if (age !== undefined) warnings.push(age);
  if (theirs) warnings.push(...blasWarnings(ours, theirs));
  onProgress('');
  const theirVersions: Record<string, string>[] = found.map((peer) => peer.versions);
  return {
    report: {
      ...machine(),
      versions: Object.assign({}, versions, ...theirVersions) as Record<string, string>,
      peaks,
      warnings,
    },
    found,
  };
}

/** Says in `warnings` what is missing and what to do. */
async function findOrMake(name: PeerName, options: BenchOptions, warnings: string[]): Promise<Peer | undefined> {
  const folder = peersFolder(options.peersFolder);
  const { title, packages } = peers[name];
  try {
    const peer = await findPeer(name, folder);
    if (ageWarning(peer) === undefined || !options.makePeers) return peer;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    if (!options.makePeers) {
      warnings.push(`${title} is not here, so it is not measured. Get it: npm run bench -- --peers. ${error.message}`);
      return undefined;
    }
  }
  try {
    await makeEnvironment(folder, { name, packages });
    return await findPeer(name, folder);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    warnings.push(`${title} could not be installed, so it is not measured. ${error.message}`);
    return undefined;
  }
}

function blasWarnings(ours: PeakResult, peer: PeakResult): string[] {
  const share = peer.flopsPerSecond / ours.flopsPerSecond;
  if (share >= slowBlas && !peer.description.includes('reference BLAS')) return [];
  return [
    `THE COMPARISON FLATTERS US: this PyTorch computes its products on a slow BLAS (${peer.description}), at ` +
      `${Math.round(share * 100)} % of the speed of ours. Do not quote the ratios. Today's PyTorch has MKL on x64: ` +
      'npm run bench -- --peers.',
  ];
}

/** Measures the peaks a second time and keeps the better: the first may have met a busy machine. */
export async function improvePeaks({ report, found }: Surroundings): Promise<PeakResult[]> {
  const better = (a: PeakResult, b: PeakResult) => (b.flopsPerSecond > a.flopsPerSecond ? b : a);
  const [ours, theirs] = report.peaks;
  const pytorch = found.find(({ name }) => name === 'pytorch');
  return [
    ...(ours ? [better(ours, await askOurs((side) => side.ask(peakRequest)))] : []),
    ...(theirs && pytorch ? [better(theirs, await askOnce(pytorch, (side) => side.ask(peakRequest)))] : []),
  ];
}

/** @throws ConfigurationError where there is no glibc to ask for huge pages */
function checkHugePages(): void {
  const report = z.object({ header: z.object({ glibcVersionRuntime: z.string() }) });
  if (process.platform === 'linux' && report.safeParse(process.report.getReport()).success) return;
  throw new ConfigurationError('--huge-pages: it needs Linux with glibc 2.35 or later');
}

/** Where the kernel gives no huge pages on request, both kinds of rows are alike. */
async function hugePagesWarnings(): Promise<string[]> {
  const file = '/sys/kernel/mm/transparent_hugepage/enabled';
  const text = await readFile(file, 'utf8').catch(() => '[never]');
  return text.includes('[never]')
    ? [`Huge pages are off in this kernel (${file}): rows with and without them are alike.`]
    : [];
}

/** Threads that a side may have: as the option says it, from 1. */
export function threadsOf(option: number): number {
  return option === 0 ? availableParallelism() : option;
}
