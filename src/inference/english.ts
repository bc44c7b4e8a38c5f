/** Words that the Penn Treebank parts: both parts, and where. */
export const splitWords: ReadonlyMap<string, readonly [first: string, second: string, place: number]> = new Map(
  ['can not', 'gon na', 'wan na', 'got ta', 'lem me', 'gim me'].map((words) => {
    const [first = '', second = ''] = words.split(' ');
    return [first + second, [first, second, first.length]];
  }),
);

/** Abbreviations that stand before a name: their point ends no sentence. */
export const titles: ReadonlySet<string> = new Set(
  'mr. mrs. ms. messrs. dr. st. sen. sens. rep. reps. gov. gen. col. lt. capt. sgt. prof. rev. adm. hon. vs.'.split(
    ' ',
  ),
);

/** Words that are seldom capitalised but at the start of a sentence. */
export const sentenceStarters: ReadonlySet<string> = new Set(
  `the a an this that these those it he she we they i you its his her their our my and but or if in on at for from with by as
   when while after before since although though however there here what who why how where some many most all no not mr. mrs.
   ms.`.split(/\s+/),
);

/** Words that English writes with a capital wherever they stand. */
export const capitalised: ReadonlySet<string> = new Set(
  `i monday tuesday wednesday thursday friday saturday sunday january february april june july august september october
   november december jan. feb. aug. sept. oct. nov. dec. mr. mrs. ms. messrs. dr. sen. rep. gov. gen. prof. rev. corp. inc.
   ltd. co. corp inc ltd co jr. sr. calif. mass. conn. mich. ill. fla. pa. va. ariz. tenn. english american americans america japan japanese
   german germany french france british britain european europe london tokyo paris washington boston chicago texas
   california ohio toronto seattle detroit geneva houston frankfurt`.split(/\s+/),
);
