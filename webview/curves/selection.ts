import type { AskedRuns, CurveRun } from '../../src/protocol/curves.ts';
import { freeSlot } from './colours.ts';
import type { PanelState } from './state.ts';

/** More lines than this cannot be told apart, and each costs time at every frame. */
export const maxShown = 30;

type Selection = Pick<PanelState, 'selected' | 'hidden' | 'followed' | 'follow' | 'newestSeen' | 'asked' | 'slots'>;

/**
 * What is shown after the list of runs has come. Runs that are gone are dropped. Where the panel follows, a run that is
 * newer than all seen before is shown: in place of the one that it followed before, or beside the others once the user
 * has put several together.
 */
export function afterList<State extends Selection>(state: State, runs: readonly CurveRun[]): State {
  const there = new Set(runs.map(({ key }) => key));
  const kept = keepOnly(state, (key) => there.has(key));
  const newest = newestOf(runs);
  if (newest === undefined) return kept;
  // A panel that has seen no list yet was opened to show what it shows.
  const isNew = state.newestSeen > 0 && newest.createdAt > state.newestSeen;
  const seen = { ...kept, newestSeen: Math.max(state.newestSeen, newest.createdAt) };
  if (!state.follow || !(isNew || kept.selected.length === 0)) return seen;
  return follow(seen, newest.key);
}

/** Switches following on or off; on, the newest run is shown at once. */
export function setFollow<State extends Selection>(state: State, on: boolean, runs: readonly CurveRun[]): State {
  const newest = newestOf(runs);
  const changed = { ...state, follow: on };
  return on && newest !== undefined ? follow(changed, newest.key) : changed;
}

/** What the user asked for elsewhere: these runs and no others. */
export function showOnly<State extends Selection>(state: State, keys: readonly string[]): State {
  const selected = [...new Set(keys)].slice(0, maxShown);
  return withSlots({ ...state, selected, hidden: [], followed: null });
}

/**
 * Carries out a request to show runs, whatever is shown. It comes as news, and again in the host's answers: only one
 * with another number than the last is carried out.
 */
export function showAsked<State extends Selection>(state: State, asked: AskedRuns | undefined): State {
  if (asked === undefined || asked.number === state.asked) return state;
  const noted = { ...state, asked: asked.number };
  return asked.keys.length === 0 ? noted : showOnly(noted, asked.keys);
}

/** Adds a run that the user chose, at the end. Over the limit nothing changes. */
export function add<State extends Selection>(state: State, key: string): State {
  if (state.selected.includes(key)) return state.followed === key ? { ...state, followed: null } : state;
  if (state.selected.length >= maxShown) return state;
  return withSlots({ ...state, selected: [...state.selected, key] });
}

export function remove<State extends Selection>(state: State, key: string): State {
  return keepOnly(state, (other) => other !== key);
}

export function setHidden<State extends Selection>(state: State, key: string, hide: boolean): State {
  const others = state.hidden.filter((other) => other !== key);
  return { ...state, hidden: hide ? [...others, key] : others };
}

function follow<State extends Selection>(state: State, key: string): State {
  if (state.selected.includes(key)) return state;
  const alone = state.selected.length === 1 && state.selected[0] === state.followed;
  const kept = alone ? { ...state, selected: [], hidden: [] } : state;
  // Over the limit the oldest of the legend makes room: following is worth nothing when it stops silently.
  const selected = [...kept.selected, key].slice(-maxShown);
  return withSlots({ ...kept, selected, followed: key });
}

function keepOnly<State extends Selection>(state: State, wanted: (key: string) => boolean): State {
  return {
    ...state,
    selected: state.selected.filter(wanted),
    hidden: state.hidden.filter(wanted),
    followed: state.followed !== null && wanted(state.followed) ? state.followed : null,
  };
}

function withSlots<State extends Selection>(state: State): State {
  const slots = { ...state.slots };
  for (const key of state.selected) slots[key] ??= freeSlot(slots, state.selected);
  return { ...state, slots };
}

function newestOf(runs: readonly CurveRun[]): CurveRun | undefined {
  return runs.reduce<CurveRun | undefined>(
    (newest, run) => (newest === undefined || run.createdAt > newest.createdAt ? run : newest),
    undefined,
  );
}
