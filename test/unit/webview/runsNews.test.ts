import { expect, it } from 'vitest';

import { panelNews } from '../../../src/protocol/panel.ts';
import type { RunsNews } from '../../../src/protocol/panel.ts';
import { onRunsNews } from '../../../webview/shared/runsNews.ts';

it('a page that is on show again keeps what it showed, though news come before its list', () => {
  type Run = { key: string };
  const message = panelNews<RunsNews<Run>>('test/runsChanged');
  let tell: (news: RunsNews<Run>) => void = () => undefined;
  let runs: readonly Run[] | null = null;
  const taken: string[][] = [];
  onRunsNews<Run>({ on: (_message, take) => void (tell = take as typeof tell) }, message, {
    known: () => runs,
    take: (now) => {
      runs = now;
      taken.push(now.map(({ key }) => key));
    },
  });
  // A heartbeat of one run: to a page that knows none, the others would be gone.
  tell({ changed: [{ key: 'training' }] });
  expect(taken).toEqual([]);
  runs = [{ key: 'training' }, { key: 'other' }];
  tell({ changed: [{ key: 'training' }] });
  tell({ changed: [{ key: 'new' }], keys: ['new', 'training', 'other'] });
  expect(taken).toEqual([
    ['training', 'other'],
    ['new', 'training', 'other'],
  ]);
});
