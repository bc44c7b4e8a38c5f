import { commands } from 'vscode';
import type { Disposable } from 'vscode';

import { measureOf } from '../../../config/measures.ts';
import { publishedFor } from '../../../config/published.ts';
import { curvesNews, curvesNotices, curvesRequests } from '../../../protocol/curves.ts';
import type { CurveRun, RunHistory } from '../../../protocol/curves.ts';
import type { ListedRun } from '../../../runs/list.ts';
import { MetricsTail } from '../../../runs/tail.ts';
import { isActive, nameOf } from '../../experiments/experiments.ts';
import { stateOf, stoppedByHand, sumsOf } from '../../experiments/runWords.ts';
import type { OpenPanel } from '../openPanel.ts';
import type { PanelKind, PanelParts } from '../panelKind.ts';
import { savePageFile } from '../save.ts';
import { OpenedByKey } from './openedByKey.ts';
import { commandName } from '../../commandNames.ts';

/** Runs, by their folders. */
interface WantedRuns {
  readonly keys: string[];
}

export const curvesPanel: PanelKind<WantedRuns> = {
  title: 'Loss Curves',
  icon: 'panel',
  page: 'curves',
  show: curvesNews.show,
  fill: (panel, parts) => panel.own(new Curves(panel, parts)),
};

interface FollowedRun extends Disposable {
  readonly tail: MetricsTail;
}

/** The histories of the runs that the page shows, and what their trainers add to them. */
class Curves implements Disposable {
  private readonly followed = new OpenedByKey<FollowedRun>();

  constructor(
    private readonly panel: OpenPanel<WantedRuns>,
    private readonly parts: PanelParts,
  ) {
    const { messages } = panel;
    panel.offerRuns(curvesRequests.runs, curvesNews.runs, curveRunOf);
    panel.own(parts.experiments.onDidChange(() => this.followStates()));
    panel.onVisibility((isVisible) => {
      if (isVisible) panel.send(curvesNews.visible, {});
      else this.followed.keepOnly(new Set());
    });
    messages.onRequest(curvesRequests.history, ({ key }) => this.history(key));
    messages.onRequest(curvesRequests.save, savePageFile);
    messages.onNotification(curvesNotices.watch, ({ keys }) => this.followed.keepOnly(new Set(keys)));
    messages.onNotification(curvesNotices.command, ({ command, key }) =>
      commands.executeCommand(
        command === 'trainPtb' ? commandName('trainPtb') : commandName('openLog'),
        ...(key === undefined ? [] : [{ kind: 'run', folder: key }]),
      ),
    );
  }

  private async history(key: string): Promise<RunHistory> {
    const { tail } = await this.follow(this.panel.anyRun(key));
    return { key, ...tail.history() };
  }

  private follow(run: ListedRun): Promise<FollowedRun> {
    const key = run.folder;
    return this.followed.get(key, async () => {
      const tail = await MetricsTail.open(key, { isActive: isActive(run), ...stepsPerEpochOf(run) });
      const subscription = tail.onPoints((points) => this.panel.send(curvesNews.points, { key, ...points }));
      const dispose = (): void => {
        subscription.dispose();
        tail.dispose();
      };
      return { tail, dispose };
    });
  }

  private followStates(): void {
    this.followed.forEach(({ tail }, key) => {
      const run = this.parts.experiments.find(key);
      if (run !== undefined) tail.setActive(isActive(run));
    });
  }

  dispose(): void {
    this.followed.keepOnly(new Set());
  }
}

function stepsPerEpochOf(run: ListedRun): { stepsPerEpoch?: number } {
  const stepsPerEpoch = run.kind === 'run' ? run.status.progress.stepsPerEpoch : undefined;
  return stepsPerEpoch === undefined ? {} : { stepsPerEpoch };
}

function curveRunOf(run: ListedRun): CurveRun {
  const { id, folder: key } = run;
  const state = stoppedByHand(run) ? 'stopped' : stateOf(run);
  const base = { key, id, name: nameOf(run), state, createdAt: run.createdAt } as const;
  if (run.kind === 'broken') return { ...base, measure: 'perplexity', fraction: 0, secondsLeft: null };
  const { config, status } = run;
  const { preset, model } = config.configuration;
  const { floor } = config.corpus;
  const { latest, best, progress } = status;
  const measure = measureOf(model);
  const published = publishedFor(config.configuration);
  return {
    ...base,
    ...(preset === undefined ? {} : { preset }),
    measure,
    // A floor of models that see the words before says nothing of one that sees both sides.
    ...(floor === undefined || measure !== 'perplexity' ? {} : { floor: figuresOf(floor) }),
    ...(published === undefined ? {} : { published }),
    ...(latest.testPerplexity === undefined ? {} : { testPerplexity: latest.testPerplexity }),
    ...(best.validPerplexity === undefined ? {} : { bestValidPerplexity: best.validPerplexity }),
    fraction: progress.fraction,
    secondsLeft: progress.secondsLeft,
    ...sumsOf(run),
  };
}

/** Only the figures: a newer version's run may say more. */
function figuresOf(floor: { train?: number | undefined; valid?: number | undefined; test?: number | undefined }) {
  const { train, valid, test } = floor;
  return {
    ...(train === undefined ? {} : { train }),
    ...(valid === undefined ? {} : { valid }),
    ...(test === undefined ? {} : { test }),
  };
}
