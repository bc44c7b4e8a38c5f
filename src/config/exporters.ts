/**
 * The formats that something is exported in: what each is called, what it is saved as, and who writes it. Whoever writes has
 * a table with a writer for each of its formats (`ExporterIdOf`), so that a row here without a writer does not compile.
 */

/** Who writes a file: `seqlab export`, the extension host (states that the model server computes), or the page of each panel that saves what it shows. */
type ExportingProcess = 'seqlab' | 'host' | 'page';

interface Exporter {
  /** In buttons, in dialogs and in messages. */
  readonly title: string;
  /** A file with an extension, without its dot; or a folder whose name ends so. */
  readonly target:
    { readonly kind: 'file'; readonly extension: string } | { readonly kind: 'folder'; readonly ending: string };
  readonly writtenBy: readonly ExportingProcess[];
}

/** In the order in which choices and buttons show them. */
export const exporters = {
  safetensors: {
    title: 'safetensors',
    target: { kind: 'file', extension: 'safetensors' },
    writtenBy: ['seqlab'],
  },
  png: {
    title: 'PNG',
    target: { kind: 'file', extension: 'png' },
    writtenBy: ['page'],
  },
  csv: {
    title: 'CSV',
    target: { kind: 'file', extension: 'csv' },
    writtenBy: ['seqlab', 'page'],
  },
  lstmvis: {
    title: 'LSTMVis',
    target: { kind: 'folder', ending: '-lstmvis' },
    writtenBy: ['seqlab', 'host'],
  },
} as const satisfies Record<string, Exporter>;

type Exporters = typeof exporters;
export type ExporterId = keyof Exporters;

/** The formats that a process writes. */
export type ExporterIdOf<Process extends ExportingProcess> = {
  [Id in ExporterId]: Process extends Exporters[Id]['writtenBy'][number] ? Id : never;
}[ExporterId];

/** The formats that are a single file, or a folder of files. */
export type ExporterIdFor<Kind extends Exporter['target']['kind']> = {
  [Id in ExporterId]: Exporters[Id]['target']['kind'] extends Kind ? Id : never;
}[ExporterId];

const table: Readonly<Record<ExporterId, Exporter>> = exporters;
const ids = Object.keys(exporters) as ExporterId[];

/** The formats that a process writes, in the order of the table. */
export function exportersOf<Process extends ExportingProcess>(process: Process): ExporterIdOf<Process>[] {
  return ids.filter((id): id is ExporterIdOf<Process> => table[id].writtenBy.includes(process));
}

/** What a text that somebody typed is: the id of a format, or undefined. */
export function exporterNamed(name: string): ExporterId | undefined {
  return ids.find((id) => id === name);
}

/** What is saved is called so where nobody has named it: `RUN.csv`, `RUN-lstmvis`. */
export function exportName(id: ExporterId, stem: string): string {
  const { target } = table[id];
  return target.kind === 'file' ? `${stem}.${target.extension}` : `${stem}${target.ending}`;
}

/** The title of the dialog that asks where to: `Save CSV`, `Save for LSTMVis`. */
export function saveTitle(id: ExporterId): string {
  const { title, target } = table[id];
  return target.kind === 'file' ? `Save ${title}` : `Save for ${title}`;
}

/** The words of a button: more questions follow. */
export function saveLabel(id: ExporterId): string {
  return `${saveTitle(id)}…`;
}
