import { appendSample, listProbes, truncateProbes, writeProbe } from '../runs/probes.ts';
import type { ProbePlace, ProbeRecord } from '../runs/probes.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { mayPass } from '../util/fileErrors.ts';
import type { Probe } from './probe.ts';

/**
 * Writes a run's probe into its folder while it trains. The disk works while the next steps compute. The records are an
 * extra: a run goes on without those that cannot be made or written, and says so once.
 */
export class ProbeWriter {
  private probe: Probe | undefined;
  private writing: Promise<void> = Promise.resolve();
  private hasMissed = false;

  constructor(
    probe: Probe | undefined,
    private readonly folder: string,
    private readonly onNotice: ((sentence: string) => void) | undefined,
  ) {
    this.probe = probe;
  }

  /**
   * Before the first step, or the next one of a run that goes on: removes what was recorded after the checkpoint, and
   * makes a record that is due and not there.
   *
   * @param finishedEpochs epochs whose validation is in the checkpoint
   */
  async begin(place: ProbePlace, finishedEpochs: number): Promise<void> {
    await this.attempt(async (probe) => {
      await truncateProbes(this.folder, { step: place.step, finishedEpochs });
      if (!probe.isDue(place.step)) return;
      const places = await listProbes(this.folder);
      if (!places.some(({ step }) => step === place.step)) this.write(await probe.record(place));
    });
  }

  /** After a step: makes a record where one is due. */
  async afterStep(place: ProbePlace): Promise<void> {
    // Nothing is waited for at the many steps where none is.
    if (this.probe?.isDue(place.step) !== true) return;
    await this.attempt(async (probe) => {
      await this.writing;
      this.write(await probe.record(place));
    });
  }

  /** After a validation: writes a sample. */
  async afterValidation({ step, epoch }: ProbePlace): Promise<void> {
    await this.attempt(async (probe) => {
      const text = await probe.sample();
      if (text !== undefined) await appendSample(this.folder, { step, epoch, text });
    });
  }

  /** After the last step, which may come early: makes a record where there is none of it, and waits for it. */
  async end(place: ProbePlace): Promise<void> {
    await this.attempt(async (probe) => {
      await this.writing;
      const places = await listProbes(this.folder);
      if (!places.some(({ step }) => step === place.step)) this.write(await probe.record(place));
      await this.writing;
    });
  }

  /** Waits for what is being written. Never rejects. */
  async settle(): Promise<void> {
    await this.attempt(() => this.writing);
  }

  private write(record: ProbeRecord): void {
    this.writing = writeProbe(this.folder, record);
    // Told when it is waited for.
    this.writing.catch(() => undefined);
  }

  /** Does not reject, whatever the error: no record is worth a run of hours, nor may it hide why the run ended. */
  private async attempt(work: (probe: Probe) => Promise<void>): Promise<void> {
    if (this.probe === undefined) return;
    try {
      await work(this.probe);
    } catch (error) {
      this.writing = Promise.resolve();
      if (error instanceof FileError && mayPass(error)) {
        // One record less; the next ones may be written.
        if (!this.hasMissed) this.onNotice?.(`A record of the probe is missing, because ${messageOf(error)}.`);
        this.hasMissed = true;
        return;
      }
      this.probe = undefined;
      this.onNotice?.(`The probe is no longer recorded: ${messageOf(error)}`);
    }
  }
}
