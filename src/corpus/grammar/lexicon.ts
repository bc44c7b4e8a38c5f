import type { WeightedRule } from './grammar.ts';

/*
 * The words of the built-in grammar, the most frequent first. A word stands under one part of speech only: that is one of
 * the two things that keep the grammar unambiguous (the other is where phrases may attach, see rules.ts), and a test
 * checks it. Left out: nouns and adjectives whose first letter misleads about `a` and `an` (union, honest), and verbs
 * whose participle is not their past (know, knew, known) or whose past is their present (cut).
 */

/** singular/plural */
const nouns = {
  person: `trader/traders man/men analyst/analysts woman/women lawyer/lawyers executive/executives worker/workers banker/bankers
    economist/economists director/directors investor/investors senator/senators judge/judges clerk/clerks
    accountant/accountants farmer/farmers teacher/teachers actor/actors doctor/doctors buyer/buyers scientist/scientists
    pilot/pilots engineer/engineers writer/writers neighbor/neighbors student/students governor/governors
    architect/architects broker/brokers tenant/tenants`,
  firm: `company/companies bank/banks agency/agencies court/courts airline/airlines firm/firms fund/funds committee/committees
    insurer/insurers newspaper/newspapers ministry/ministries retailer/retailers exchange/exchanges hospital/hospitals
    brewery/breweries subsidiary/subsidiaries railroad/railroads college/colleges institute/institutes refinery/refineries`,
  good: `bond/bonds stock/stocks car/cars computer/computers asset/assets house/houses painting/paintings machine/machines
    engine/engines property/properties ship/ships book/books truck/trucks apartment/apartments drug/drugs jewel/jewels
    antique/antiques camera/cameras farm/farms orchard/orchards mill/mills telephone/telephones`,
  event: `meeting/meetings auction/auctions strike/strikes trial/trials election/elections merger/mergers conference/conferences
    debate/debates inquiry/inquiries hearing/hearings festival/festivals takeover/takeovers audit/audits contest/contests
    exhibition/exhibitions ceremony/ceremonies`,
};

const adjectives = {
  person:
    'young old rich nervous famous senior angry careful ambitious tired polite unhappy skeptical loyal experienced modest',
  firm: 'big american small japanese profitable troubled private italian powerful bankrupt independent rival enormous',
  good: 'new expensive cheap rare valuable modern heavy german obsolete damaged fragile elegant',
  event: 'long important annual secret unusual public short awkward brief noisy dull costly',
};

/** base (also the plural's present)/third person singular/past (also the participle) */
const verbs = {
  // subject a person or a firm, object a good
  trade: `buy/buys/bought sell/sells/sold own/owns/owned keep/keeps/kept need/needs/needed find/finds/found
    inspect/inspects/inspected repair/repairs/repaired insure/insures/insured import/imports/imported
    deliver/delivers/delivered collect/collects/collected lease/leases/leased advertise/advertises/advertised`,
  // a person, and a person
  regard: `meet/meets/met trust/trusts/trusted admire/admires/admired like/likes/liked advise/advises/advised
    fear/fears/feared remember/remembers/remembered visit/visits/visited envy/envies/envied blame/blames/blamed
    thank/thanks/thanked recognize/recognizes/recognized`,
  // a firm, and a person
  employ: `hire/hires/hired employ/employs/employed dismiss/dismisses/dismissed pay/pays/paid promote/promotes/promoted
    train/trains/trained recruit/recruits/recruited`,
  // a person or a firm, and a firm
  manage: `lead/leads/led control/controls/controlled sue/sues/sued manage/manages/managed criticize/criticizes/criticized
    finance/finances/financed acquire/acquires/acquired investigate/investigates/investigated defend/defends/defended`,
  // a person or a firm, and an event
  arrange: `attend/attends/attended plan/plans/planned cancel/cancels/canceled delay/delays/delayed organize/organizes/organized
    oppose/opposes/opposed postpone/postpones/postponed hold/holds/held`,
  // an event or a good, and a person or a firm
  affect: `help/helps/helped worry/worries/worried please/pleases/pleased surprise/surprises/surprised
    ruin/ruins/ruined impress/impresses/impressed embarrass/embarrasses/embarrassed`,
  // a person
  act: `work/works/worked wait/waits/waited resign/resigns/resigned smile/smiles/smiled retire/retires/retired
    sleep/sleeps/slept complain/complains/complained travel/travels/traveled hesitate/hesitates/hesitated`,
  // a firm
  thrive: `expand/expands/expanded fail/fails/failed recover/recovers/recovered survive/survives/survived
    collapse/collapses/collapsed prosper/prospers/prospered`,
  // a good, by an amount or not
  move: `gain/gains/gained drop/drops/dropped climb/climbs/climbed jump/jumps/jumped slip/slips/slipped
    tumble/tumbles/tumbled soar/soars/soared decline/declines/declined`,
  // an event
  happen:
    'start/starts/started end/ends/ended continue/continues/continued resume/resumes/resumed succeed/succeeds/succeeded',
  // a person or a firm, and what they say
  report: `say/says/said think/thinks/thought believe/believes/believed argue/argues/argued add/adds/added
    note/notes/noted predict/predicts/predicted insist/insists/insisted warn/warns/warned`,
};

/** Nonterminals that have words only. `<unk>` is a surname, as in the Penn Treebank corpus, so that nets learn to read it. */
const others = {
  Surname: `smith <unk> jones brown miller davis wilson moore taylor clark lewis walker hall allen king wright hill
    baker nelson carter mitchell roberts turner phillips campbell parker evans edwards collins stewart`,
  Brand: `northway alcor bluewater pacifica ironbridge unitel maplewood keystone overland silverline crestmont
    eastbrook amberline redfield`,
  Place: 'tokyo london boston chicago paris texas california ohio frankfurt toronto seattle detroit geneva houston',
  Weekday: 'monday friday tuesday thursday wednesday',
  Month: 'october september march june december april january july november august february',
  Adverb: 'often quickly now rarely quietly never openly secretly reluctantly already finally eventually',
  Modal: 'will might would can could should must',
  Cardinal: 'two N three several four five ten',
};

/** Zipf's law, flattened at the head so that 200,000 tokens show every word often enough to learn it. */
function zipfWeight(rank: number): number {
  return 1 / (rank + 4);
}

const startsWithVowel = (word: string): boolean => /^[aeiou]/.test(word);

function entries(left: string, words: readonly string[], keep: (word: string) => boolean = () => true): WeightedRule[] {
  return words.flatMap((word, rank) => (keep(word) ? [{ left, weight: zipfWeight(rank), right: [`"${word}"`] }] : []));
}

/** The list's column of forms: 0 for the first of `trader/traders`. */
function column(list: string, form: number): string[] {
  return list.split(/\s+/).map((entry) => {
    const word = entry.split('/')[form];
    if (word === undefined) throw new Error(`lexicon: ${entry} has no form ${form}`);
    return word;
  });
}

/** The rules that end in words: Noun.sg.person, Noun.sg.person.vowel, Adjective.firm, Present.sg.trade, Surname, ... */
export function lexicalRules(): WeightedRule[] {
  const rules: WeightedRule[] = [];
  const addWithInitials = (left: string, words: string[]): void => {
    rules.push(
      ...entries(left, words),
      ...entries(`${left}.vowel`, words, startsWithVowel),
      ...entries(`${left}.consonant`, words, (word) => !startsWithVowel(word)),
    );
  };
  for (const [kind, list] of Object.entries(nouns)) {
    addWithInitials(`Noun.sg.${kind}`, column(list, 0));
    rules.push(...entries(`Noun.pl.${kind}`, column(list, 1)));
  }
  for (const [kind, list] of Object.entries(adjectives)) addWithInitials(`Adjective.${kind}`, list.split(/\s+/));
  for (const [verbClass, list] of Object.entries(verbs)) {
    const [base, third, past] = [column(list, 0), column(list, 1), column(list, 2)];
    rules.push(
      ...entries(`Base.${verbClass}`, base),
      ...entries(`Present.pl.${verbClass}`, base),
      ...entries(`Present.sg.${verbClass}`, third),
      ...entries(`Past.${verbClass}`, past),
    );
  }
  for (const [left, list] of Object.entries(others)) rules.push(...entries(left, list.split(/\s+/)));
  return rules;
}

/** The lists by part of speech, for the test that no word is in two of them. */
export function partsOfSpeech(): Record<string, string[]> {
  const words = (lists: Record<string, string>): string[] =>
    Object.values(lists).flatMap((list) => list.split(/[\s/]+/));
  return {
    noun: words(nouns),
    adjective: words(adjectives),
    verb: words(verbs),
    ...Object.fromEntries(Object.entries(others).map(([name, list]) => [name, list.split(/\s+/)])),
  };
}
