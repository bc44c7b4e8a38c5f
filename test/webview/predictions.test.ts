import { expect, it } from 'vitest';
import type { Locator } from 'playwright-core';

import type { PredictionsScenario } from './fakePredictions.ts';
import { describePanel } from './describePanel.ts';
import type { Panel, PanelOptions } from './panel.ts';
import { learning, twoRuns } from './predictionRuns.ts';
import { allRunsNews } from './runsNews.ts';

/** A loaded machine takes its time. */
const soon = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 15_000 });

describePanel('the next-word predictions', (openPanel) => {
  let panel: Panel;

  const open = async (
    scenario: Partial<PredictionsScenario> = {},
    options: Partial<PanelOptions> = {},
  ): Promise<void> => {
    const predictions = { ...twoRuns, ...scenario };
    panel = await openPanel({ panel: 'predictions', scenario: { runs: [], predictions }, ...options });
    await panel.page.locator('#text:visible, .empty h2:visible').first().waitFor();
  };
  const area = (): Locator => panel.page.locator('#text');
  const tokens = (lane = 0): Locator => panel.page.locator('.lane').nth(lane).locator('.token .token-word');
  const bars = (): Locator => panel.page.locator('.next-lane .bar:visible');
  const totals = (): Promise<string[]> => panel.page.locator('.totals:visible').allInnerTexts();
  const heading = (words: string): Promise<void> =>
    panel.page.getByRole('heading', { name: words, exact: true }).waitFor();
  const read = async (text: string): Promise<void> => {
    await area().fill(text);
    const words = text.split(/(\n)|\s/u).filter((word) => word !== undefined && word !== '');
    await soon(() => tokens().allTextContents()).toEqual(words.map((word) => (word === '\n' ? '⏎' : word)));
  };
  const choose = async (control: string, option: number): Promise<void> => {
    await panel.page.locator(`vscode-dropdown[data-control="${control}"]`).click();
    await panel.page.locator(`vscode-dropdown[data-control="${control}"] vscode-option`).nth(option).click();
  };
  const asked = async (): Promise<Record<string, unknown>> =>
    (await panel.sent('predictions/next')).at(-1)?.['ask'] as Record<string, unknown>;

  it('shows the likeliest words at once, as one types, and the tokens in the colours of their surprisal', async () => {
    await open();
    await heading('First word of a sentence');
    await bars().nth(11).waitFor();
    await panel.page.getByText('LSTM, 2 × 200 units, weights of step 4,000').waitFor();
    await read('the company xyzzy\nit');
    await heading('Next word after “the company xyzzy it”');
    expect(await tokens().allTextContents()).toEqual(['the', 'company', 'xyzzy', '⏎', 'it']);
    expect(await panel.page.locator('.token.unknown').allTextContents()).toEqual(['xyzzy']);
    await panel.page.getByText('Not in the vocabulary: “xyzzy”.').waitFor();
    expect(await totals()).toEqual([
      expect.stringMatching(/^5 tokens · 1 unknown · [\d.]+ bits · perplexity [\d.,]+$/u),
    ]);
    const colours = await tokens().evaluateAll((all) =>
      (all as unknown as { style: { backgroundColor: string } }[]).map(({ style }) => style.backgroundColor),
    );
    expect(new Set(colours).size).toBe(5);
    // The last key is answered, whatever was asked before.
    await area().pressSequentially(' said it would');
    await soon(async () => (await asked())['text']).toBe('the company xyzzy\nit said it would');
    await soon(() => tokens().count()).toBe(8);
  });

  it('appends a word by a click and by keys, at the caret', async () => {
    await open();
    await read('the market');
    const first = await bars().first().locator('.bar-word').innerText();
    await bars().first().click();
    expect(await area().inputValue()).toBe(`the market ${first}`);
    // The focus stays where it was: typing goes on.
    await area().press('!');
    expect(await area().inputValue()).toBe(`the market ${first}!`);
    await area().press('Control+z');
    await soon(() => area().inputValue()).toBe(`the market ${first}`);
    await area().press('Control+z');
    await soon(() => area().inputValue()).toBe('the market');
    await area().press('Control+Shift+z');
    await soon(() => area().inputValue()).toBe(`the market ${first}`);
    await area().press('Home');
    await heading('First word of a sentence');
    await bars().first().focus();
    await panel.page.keyboard.press('ArrowDown');
    const second = await bars().nth(1).locator('.bar-word').innerText();
    await panel.page.keyboard.press('Enter');
    expect(await area().inputValue()).toBe(`${second} the market ${first}`);
    await heading(`Next word after “${second}”`);
  });

  it('draws with the options: they are sent, said, and can be taken back', async () => {
    await open();
    await bars().nth(11).waitFor();
    await panel.page.getByText('Changed by the options below: no unknown words (<unk>).').waitFor();
    await panel.page.locator('#top-k').fill('3');
    await soon(() => bars().count()).toBe(3);
    await panel.page.locator('#temperature').fill('0.5');
    await panel.page.locator('#top-p').fill('0.9');
    await panel.page
      .getByText('options below: temperature 0.5, only the 3 most likely words, nucleus 0.9, no unknown words (<unk>).')
      .waitFor();
    expect((await asked())['sampling']).toEqual({ temperature: 0.5, topK: 3, topP: 0.9, banUnknown: true });
    for (const wrong of ['many', '1.5', '-5', '99999999999']) {
      await panel.page.locator('#top-k').fill(wrong);
      await panel.page.locator('#top-k-note', { hasText: 'A whole number from 0 to 100,000' }).waitFor();
      expect(await panel.page.locator('#top-k').getAttribute('aria-invalid')).toBe('true');
      expect(await bars().count()).toBe(3);
    }
    await panel.page.locator('#top-k').blur();
    expect(await panel.page.locator('#top-k').inputValue()).toBe('3');
    await panel.page.locator('#top-k-note').waitFor({ state: 'hidden' });
    await panel.page.locator('#top-k').fill('');
    await soon(() => bars().count()).toBe(12);
    await soon(async () => (await asked())['sampling']).toMatchObject({ topK: 0 });
    await panel.page.getByRole('button', { name: 'Reset Sampling' }).click();
    await panel.page.locator('.next-note').waitFor({ state: 'hidden' });
    expect((await asked())['sampling']).toEqual({ temperature: 1, topK: 0, topP: 1, banUnknown: false });
  });

  it('tells of a token on hover and by keys; a word in its place changes those after it, and can be undone', async () => {
    await open();
    await read('the company said it would buy');
    await tokens().nth(2).hover();
    await panel.page.locator('.tip', { hasText: /^“said”: [\d.]+ %, [\d.]+ bits, rank \d+/u }).waitFor();
    expect(await panel.page.locator('.tip tr').count()).toBe(6);
    await panel.page.mouse.move(2, 2);
    await panel.page.locator('.tip').waitFor({ state: 'hidden' });
    await panel.page.locator('.tokens').first().focus();
    await panel.page.keyboard.press('Home');
    await panel.page.keyboard.press('ArrowRight');
    await panel.page.locator('.strip-words', { hasText: '“company”:' }).waitFor();
    await panel.page.getByRole('option', { name: /^company, \d+\.\d bits$/u }).waitFor();
    const before = await totals();
    await panel.page.locator('#replacement').fill('market');
    await panel.page.locator('#replacement').press('Enter');
    expect(await area().inputValue()).toBe('the market said it would buy');
    await panel.page.getByText('“market” in place of “company”.').waitFor();
    await soon(() => panel.page.locator('.token .mark').count()).toBe(2);
    // It goes on where it was: at the end of the text.
    await heading('Next word after “… market said it would buy”');
    expect(await panel.page.locator('.token .mark').allTextContents()).toEqual([
      expect.stringMatching(/^[▲▼] \d+\.\d$/u),
      expect.stringMatching(/^[▲▼] \d+\.\d$/u),
    ]);
    expect(await totals()).toEqual([expect.stringContaining(' → ')]);
    await tokens().nth(2).click();
    await panel.page.getByText(/^Before the change: [\d.]+ %\./u).waitFor();
    await panel.page.locator('.change').getByRole('button', { name: 'Undo' }).click();
    await soon(totals).toEqual(before);
    expect(await area().inputValue()).toBe('the company said it would buy');
    // An alternative is put in the place by a click.
    const other = await panel.page.locator('.strip .bar-word').nth(1).innerText();
    await panel.page.locator('.strip .bar').nth(1).click();
    await soon(() => area().inputValue()).toBe(`the company ${other} it would buy`);
    await panel.page.getByRole('button', { name: 'Keep' }).click();
    await panel.page.locator('.mark').first().waitFor({ state: 'detached' });
    expect(await area().inputValue()).toBe(`the company ${other} it would buy`);
  });

  it('writes on with a seed, the same words again, and stops', async () => {
    await open({ pace: 20 });
    await read('the company');
    const write = panel.page.getByRole('button', { name: 'Continue Text' });
    const stop = panel.page.getByRole('button', { name: 'Stop' });
    await panel.page.getByLabel('Words to write').fill('6');
    const written = async (): Promise<string> => {
      await write.click();
      await soon(async () => (await area().inputValue()).split(' ').length).toBe(8);
      await write.waitFor();
      const text = await area().inputValue();
      await panel.page.getByRole('button', { name: 'Undo', exact: true }).click();
      await soon(() => area().inputValue()).toBe('the company');
      return text;
    };
    const first = await written();
    expect(await written()).toBe(first);
    await panel.page.getByRole('button', { name: 'New seed' }).click();
    expect(await written()).not.toBe(first);
    await panel.page.getByLabel('Words to write').fill('500');
    await write.click();
    await soon(async () => (await area().inputValue()).split(' ').length).toBeGreaterThan(4);
    await stop.click();
    await write.waitFor();
    expect(await panel.sent('predictions/stop')).toHaveLength(1);
    const length = (await area().inputValue()).length;
    await soon(() => panel.page.locator('.tokens').first().getAttribute('aria-busy')).toBe('false');
    expect((await area().inputValue()).length).toBe(length);
  });

  it('reads a text that is typed into an empty box at once, and never says that there is none', async () => {
    await open({ scoreTime: 50 });
    await panel.page.getByText('There is nothing to read yet.').waitFor();
    await panel.page.evaluate(`(() => {
      const said = (globalThis.said = []);
      const area = document.querySelector('#text');
      new MutationObserver(() => {
        const words = document.querySelector('.totals:not([hidden])')?.textContent ?? '';
        if (area.value !== '' && said.at(-1) !== words) said.push(words);
      }).observe(document.querySelector('.reading-section'), { subtree: true, childList: true, characterData: true });
    })()`);
    const began = Date.now();
    await area().fill('the company said it would buy back the market in new york a year back');
    await tokens().nth(14).waitFor();
    const taken = Date.now() - began;
    const said = await panel.page.evaluate<string[]>('said');
    expect(said[0]).toBe('The text is being read…');
    expect(said.slice(1)).toEqual([expect.stringMatching(/^15 tokens/u)]);
    // The pause is 120 ms, the scores take 50: the rest is what a loaded machine takes.
    expect(taken).toBeLessThan(1500);
  });

  it('changes places with what it is compared with, rather than compare a run with itself', async () => {
    await open();
    await read('the company');
    await choose('second-run', 2);
    await soon(() => bars().count()).toBe(24);
    await choose('run', 1);
    await soon(async () => (await panel.state())['first']).toMatchObject({ key: '/runs/two' });
    expect((await panel.state())['second']).toMatchObject({ key: '/runs/one' });
    await soon(() => bars().count()).toBe(24);
  });

  it('compares two runs, and two checkpoints of one', async () => {
    await open();
    await read('the company said it');
    await choose('second-run', 2);
    await soon(() => bars().count()).toBe(24);
    await soon(() => tokens(1).count()).toBe(4);
    expect(await totals()).toHaveLength(2);
    expect(new Set(await totals()).size).toBe(2);
    await panel.page.locator('#token-1-2').click();
    await soon(() => panel.page.locator('.strip-words:visible').count()).toBe(2);
    expect(await panel.page.locator('.token.chosen').count()).toBe(2);
    await choose('second-run', 1);
    // Of a run that trains nothing was tested.
    const own = panel.page.locator('vscode-dropdown[data-control=second-weights] vscode-option').first();
    await soon(() => own.textContent()).toBe('Default');
    await choose('second-weights', 4);
    await panel.page.getByText('LSTM, 2 × 200 units, weights of step 3,000').waitFor();
    expect(await asked()).toMatchObject({ model: { folder: '/runs/one', checkpoint: 3000 } });
    await choose('second-run', 0);
    await soon(() => bars().count()).toBe(12);
    expect(await totals()).toHaveLength(1);
  });

  it('of a bidirectional model fills the place of the caret, and says what its figures are', async () => {
    await open({ direction: 'bidirectional' });
    await read('the said it');
    await heading('Word between “the said it” and the end of the sentence');
    await area().press('Home');
    for (let letter = 1; letter <= 3; letter++) await area().press('ArrowRight');
    await heading('Word between “the” and “said it”');
    expect(await asked()).toMatchObject({ text: 'the', after: ' said it' });
    expect(await totals()).toEqual([expect.stringContaining('pseudo-perplexity')]);
    await panel.page.getByText('predicted from both sides').waitFor();
    const write = panel.page.locator('vscode-button', { hasText: 'Continue Text' });
    expect(await write.getAttribute('title')).toMatch(/^A bidirectional network cannot continue a text/u);
    expect(await panel.page.getByRole('button', { name: 'Continue Text: A bidirectional network' }).isDisabled()).toBe(
      true,
    );
  });

  it('shows newer weights when they come, and what the run has recorded', async () => {
    await open({ learning });
    await heading('Learning now');
    expect(await panel.page.locator('.heat-table tbody th').allTextContents()).toEqual(
      expect.arrayContaining(['rose', 'fell', 'said']),
    );
    expect(await panel.page.locator('.heat-table tbody tr').first().locator('.heat').count()).toBe(40);
    await panel.page.getByText('“We do n’t,” he said.').waitFor();
    const opened = await panel.sentCount('predictions/open');
    const read = await panel.sentCount('predictions/learning');
    await panel.host('news', 'predictions/weightsChanged', { key: '/runs/one', newest: [5000, 4000], best: 3000 });
    await soon(() => panel.sentCount('predictions/open')).toBe(opened + 1);
    await panel.host('news', 'predictions/learningChanged', { key: '/runs/one' });
    await soon(() => panel.sentCount('predictions/learning')).toBe(read + 1);
    await panel.host('news', 'predictions/learningChanged', { key: '/runs/two' });
    await panel.host(
      'news',
      'predictions/runsChanged',
      allRunsNews(twoRuns.runs.map((run) => ({ ...run, state: 'done', isTraining: false }))),
    );
    await heading('How it learned');
    expect(await panel.sentCount('predictions/learning')).toBe(read + 1);
  });

  it('without a run says what to do, and goes on when the first is there', async () => {
    await open({ runs: [] });
    await heading('No experiments yet');
    await panel.page.getByRole('button', { name: 'Train PTB Model' }).click();
    expect(await panel.sent('predictions/command')).toEqual([{ command: 'trainPtb' }]);
    await panel.host('news', 'predictions/runsChanged', allRunsNews(twoRuns.runs));
    await bars().nth(11).waitFor();
  });

  it('says why a model cannot be used and that a run is gone, and keeps the text', async () => {
    const words = 'no checkpoint of /runs/one can be used';
    await open({ refused: { '/runs/one': words } });
    await panel.page.getByText(words).waitFor();
    await area().fill('the company');
    expect(await bars().count()).toBe(0);
    await choose('run', 1);
    await bars().nth(11).waitFor();
    await panel.host('news', 'predictions/runsChanged', allRunsNews(twoRuns.runs.slice(0, 1)));
    await panel.page.getByText('no longer exists. Choose another one; your text is kept.').waitFor();
    expect(await area().inputValue()).toBe('the company');
    await panel.host('news', 'predictions/runsChanged', allRunsNews(twoRuns.runs));
    await bars().nth(11).waitFor();
    await panel.host('news', 'predictions/runsChanged', allRunsNews([]));
    await panel.page.getByText('no longer exists').waitFor();
    expect(await area().inputValue()).toBe('the company');
  });

  it('says that a text was not answered, and answers the next one', async () => {
    await open({ feared: 'spider' });
    await read('the spider');
    await panel.page.getByText('I am afraid').waitFor();
    expect(await bars().count()).toBe(0);
    await read('the market');
    await bars().nth(11).waitFor();
    await panel.page.getByText('I am afraid').waitFor({ state: 'hidden' });
  });

  it('takes a run and a text that were asked for, once, and is as it was after a reload', async () => {
    await open({ asked: { number: 5, key: '/runs/two', text: 'the market\r\nfell' } });
    await soon(() => area().inputValue()).toBe('the market\nfell');
    expect((await panel.sent('predictions/open')).at(-1)).toEqual({ model: { folder: '/runs/two' } });
    await read('he said');
    await panel.page.locator('#top-k').fill('4');
    await tokens().nth(1).click();
    await panel.page.locator('#replacement').fill('would');
    await panel.page.locator('#replacement').press('Enter');
    await soon(() => panel.page.locator('.change').isVisible()).toBe(true);
    await soon(async () => (await panel.state())['text']).toBe('he would');
    await panel.page.reload();
    await soon(() => area().inputValue()).toBe('he would');
    await soon(() => bars().count()).toBe(4);
    await panel.page.getByText('“would” in place of “said”.').waitFor();
    expect((await panel.sent('predictions/next')).at(-1)?.['ask']).toMatchObject({ model: { folder: '/runs/two' } });
  });

  it('shows so many tokens of a long text, asks no more of it than is shown, and strange texts as they are', async () => {
    await open();
    const long = 'the company said it '.repeat(6000);
    await area().fill(long);
    await panel.page.getByText('The text is longer: its first 20,000 tokens are read and shown.').waitFor();
    expect(await tokens().count()).toBe(20_000);
    const { ask } = (await panel.sent('predictions/score')).at(-1) as { ask: { text: string; top: number } };
    expect(ask.text.split(/\s+/u)).toHaveLength(20_000);
    expect(ask.top).toBe(0);
    await panel.page.getByText(/Only the text from character [\d,]+ on is read\./u).waitFor();
    for (const [text, direction] of [
      ['שלום עולם the', 'rtl'],
      ['the שלום', 'ltr'],
      ['😀 \u0000 the', 'ltr'],
    ] as const) {
      await area().fill(text);
      await soon(() => tokens().count()).toBe(text.split(' ').length);
      expect(await panel.page.locator('.tokens').first().getAttribute('dir')).toBe(direction);
    }
    expect(await tokens().nth(1).textContent()).toBe('␀');
    await area().fill('');
    await panel.page.getByText('There is nothing to read yet.').waitFor();
  });

  it('fits 320 pixels with two runs, follows the theme, names all its controls, and is still while nothing is done', async () => {
    await open({ learning }, { size: { width: 320, height: 800 } });
    await read('the company said it');
    await choose('second-run', 2);
    await soon(() => tokens(1).count()).toBe(4);
    await tokens().nth(1).click();
    await panel.page.mouse.move(2, 2);
    expect(await panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    const small = `Math.min(...[...document.querySelectorAll('body *')].filter((at) => at.checkVisibility() && at.childNodes.length === 1 && at.firstChild.nodeType === 3 && at.textContent.trim() !== '').map((at) => parseFloat(getComputedStyle(at).fontSize)))`;
    expect(await panel.page.evaluate(small)).toBeGreaterThanOrEqual(11);
    const fill = `getComputedStyle(document.querySelector('.token-word')).backgroundColor`;
    const dark = await panel.page.evaluate(fill);
    await panel.setTheme('light');
    await soon(() => panel.page.evaluate(fill)).not.toBe(dark);
    const unnamed = await panel.page.evaluate(
      `[...document.querySelectorAll('input, textarea, vscode-dropdown, vscode-button')].filter((at) => at.checkVisibility() && !at.getAttribute('aria-label') && !at.labels?.length && at.textContent.trim() === '').length`,
    );
    expect(unnamed).toBe(0);
    const changes = await panel.page.evaluate(`new Promise((done) => {
      let count = document.getAnimations().length;
      const observer = new MutationObserver((records) => (count += records.length));
      observer.observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true });
      setTimeout(() => done(count), 700);
    })`);
    expect(changes).toBe(0);
  });
});
