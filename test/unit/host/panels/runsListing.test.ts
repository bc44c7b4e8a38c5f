import { describe, expect, it } from 'vitest';
import { RunsListing } from '../../../../src/host/panels/runsListing.ts';
import { withRunsNews } from '../../../../src/protocol/panel.ts';
import type { ListedRun } from '../../../../src/runs/list.ts';

function listed(folder: string, problem = 'damaged'): ListedRun {
  return { kind: 'broken', id: folder, folder, createdAt: 0, problem };
}

function listingOf(isShown: (run: ListedRun) => boolean = () => true) {
  let described = 0;
  const listing = new RunsListing((run) => {
    described++;
    return isShown(run) && run.kind === 'broken' ? { key: run.folder, problem: run.problem } : undefined;
  });
  return { listing, described: () => described };
}

describe('the list of runs that a page knows', () => {
  it('tells only the runs that have changed, and looks only at those', () => {
    const { listing, described } = listingOf();
    const runs = Array.from({ length: 500 }, (_, index) => listed(`run${index}`));
    expect(listing.all(runs)).toHaveLength(500);
    expect(listing.difference(runs)).toBeUndefined();
    const heartbeat = runs.map((run, index) => (index === 7 ? listed(run.folder, 'gone') : run));
    expect(listing.difference(heartbeat)).toEqual({ changed: [{ key: 'run7', problem: 'gone' }] });
    // The same words in another object are no news.
    expect(listing.difference(heartbeat.map((run) => ({ ...run })))).toBeUndefined();
    expect(described()).toBe(500 + 1 + 500);
  });

  it('tells of runs that have come, gone or changed places', () => {
    const { listing } = listingOf();
    const [a, b, c] = [listed('a'), listed('b'), listed('c')];
    let page = listing.all([a, b]);
    for (const runs of [[c, a, b], [a, b], [b, a], []]) {
      const news = listing.difference(runs);
      if (news === undefined) throw new Error('there is news');
      page = withRunsNews(page, news);
      expect(page.map(({ key }) => key)).toEqual(runs.map(({ folder }) => folder));
    }
  });

  it('leaves out runs that the page does not show', () => {
    const { listing } = listingOf((run) => run.folder !== 'hidden');
    expect(listing.all([listed('hidden'), listed('shown')])).toEqual([{ key: 'shown', problem: 'damaged' }]);
    expect(listing.difference([listed('hidden', 'otherwise'), listed('shown')])).toBeUndefined();
  });
});

it('news of runs that a page does not know are left out until their place is told', () => {
  const news = { changed: [{ key: 'new' }] };
  expect(withRunsNews([{ key: 'old' }], news)).toEqual([{ key: 'old' }]);
  expect(withRunsNews([{ key: 'old' }], { ...news, keys: ['new', 'old'] })).toEqual([{ key: 'new' }, { key: 'old' }]);
});
