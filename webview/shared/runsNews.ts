import type { PanelNews, RunsNews } from '../../src/protocol/panel.ts';
import { withRunsNews } from '../../src/protocol/panel.ts';
import type { PanelHost } from './panelHost.ts';

/**
 * Keeps a page's list of runs up to date. News that comes before the list is left out: it names only what has changed since
 * an earlier page had the list, and the list that is on its way contains it.
 *
 * @param known the list as the page has it; null before it has come
 */
export function onRunsNews<Run extends { readonly key: string }>(
  host: Pick<PanelHost, 'on'>,
  message: PanelNews<RunsNews<Run>>,
  { known, take }: { known: () => readonly Run[] | null; take: (runs: Run[]) => void },
): void {
  host.on(message, (news) => {
    const runs = known();
    if (runs !== null) take(withRunsNews(runs, news));
  });
}
