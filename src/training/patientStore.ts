import type { CheckpointContent, CheckpointKind } from '../runs/checkpoints.ts';
import { saveCheckpoint } from '../runs/checkpoints.ts';
import type { MetricsRecord } from '../runs/schema.ts';
import type { RunStore, StatusPatch } from '../runs/store.ts';
import { Patience } from './patience.ts';
import type { PatienceOptions } from './patience.ts';

/** Writes a checkpoint of the run, with its configuration. */
type WriteCheckpoint = (content: Omit<CheckpointContent, 'configuration'>) => Promise<void>;

/** A run's folder, each write of which waits for a disk that refuses it for a while. All of it throws FileError. */
export class PatientStore {
  private readonly patience: Patience;

  /**
   * @param options.status what the status says of training
   * @param options.leaveOut told how long nothing was computed
   */
  constructor(
    private readonly store: RunStore,
    options: Pick<PatienceOptions, 'signal' | 'onNotice'> & {
      status: () => StatusPatch;
      leaveOut: (milliseconds: number) => void;
    },
  ) {
    this.patience = new Patience({
      ...options,
      // A status may be written where a checkpoint is refused.
      onTry: (sentence) => store.updateStatus({ ...options.status(), message: sentence }),
      onGoOn: async (sentence, milliseconds) => {
        options.leaveOut(milliseconds);
        await store.appendLog(sentence);
        await store.updateStatus({ ...options.status(), message: undefined });
      },
    });
  }

  append(record: MetricsRecord): Promise<void> {
    return this.patience.write(() => this.store.appendMetrics(record));
  }

  log(line: string): Promise<void> {
    return this.patience.write(() => this.store.appendLog(line));
  }

  setStatus(patch: StatusPatch): Promise<void> {
    return this.patience.write(() => this.store.updateStatus(patch));
  }

  /** @param make makes the content and writes it; again where the disk refuses that */
  async save(make: (write: WriteCheckpoint) => Promise<void>, kind: CheckpointKind = 'newest'): Promise<void> {
    const { folder, config } = this.store;
    const { configuration } = config;
    await this.patience.write(() => make((content) => saveCheckpoint(folder, { ...content, configuration }, kind)));
    this.patience.begin();
  }
}
