import type { Variables } from './grammar.ts';

/** n: the number of a subject; m: another one's; k: the kind of a noun; i: how the next word begins, for a and an. */
export const variables: Variables = {
  n: ['sg', 'pl'],
  m: ['sg', 'pl'],
  k: ['person', 'firm', 'good', 'event'],
  speaker: ['person', 'firm'],
  i: ['vowel', 'consonant'],
  verb: ['trade', 'regard', 'employ', 'manage', 'arrange', 'affect', 'act', 'thrive', 'move', 'happen', 'report'],
};

/**
 * The rules of the built-in grammar, without those that end in a word of an open class (lexicon.ts).
 *
 * Each sentence has one derivation. What keeps it so, beside words with one part of speech:
 * - a noun has at most one attribute (`of the bank`) and, after it, one relative clause; the noun inside an attribute has
 *   no relative clause, so a clause belongs to the noun before the attributes;
 * - times, and predicates joined by `and`, belong to main clauses only, never to clauses inside;
 * - nouns are joined by `both ... and` only, and clauses by `, but`;
 * - each verb takes one pattern of objects; quotations are bracketed.
 *
 * Names that start with `Clause` carry the number of their subject in the third place: annotate.ts reads it.
 */
export const sentenceRules = `
Sentence : 66 Statement "." | 9 Question "?" | 25 Quotation

# What can stand alone or within quotation marks.
Statement : 62 Main | 8 Time "," Main | 18 Main Time | 6 Main "," "but" Main | 6 Clause.cite.{n}.{speaker}
Main : 46 Clause.main.{n}.person | 25 Clause.main.{n}.firm | 20 Clause.main.{n}.good | 9 Clause.main.{n}.event
Inner : 46 Clause.inner.{n}.person | 25 Clause.inner.{n}.firm | 20 Clause.inner.{n}.good | 9 Clause.inner.{n}.event
Clause.main.{n}.{k} : 82 Subject.{n}.{k} Predicate.{n}.{k} | 18 Subject.{n}.{k} Predicate.{n}.{k} Again Predicate.{n}.{k}
Clause.inner.{n}.{k} : 1 Subject.{n}.{k} Predicate.{n}.{k}
Clause.cite.{n}.{speaker} : 1 Subject.{n}.{speaker} Finite.{n}.report "," Open Statement Close
Again : 1 "and"
Open : 1 "\`\`"
Close : 1 "''"

Quotation : 50 Open Statement "," Close Clause.speech.{n}.{speaker} "."
  | 12 Open Question "?" Close Clause.speech.{n}.{speaker} "."
  | 16 Open Statement "," Close Clause.speech.{n}.{speaker} "," Open Statement "." Close
  | 22 Clause.announce.{n}.{speaker} "," Open Statement "." Close
Clause.speech.{n}.{speaker} : 80 Finite.{n}.report Subject.{n}.{speaker} | 20 Finite.{n}.report Subject.{n}.{speaker} Time
Clause.announce.{n}.{speaker} : 1 Subject.{n}.{speaker} Finite.{n}.report

Question : 62 Clause.ask.{n}.person | 20 Clause.ask.{n}.firm | 12 Clause.ask.{n}.good | 6 Clause.ask.{n}.event
Clause.ask.{n}.person : 30 Do.{n} Subject.{n}.person Base.trade Object.good | 15 Do.{n} Subject.{n}.person Base.regard Object.person
  | 10 Do.{n} Subject.{n}.person Base.arrange Object.event | 10 Do.{n} Subject.{n}.person Base.act | 20 Be.{n} Subject.{n}.person Quality.person
Clause.ask.{n}.firm : 30 Do.{n} Subject.{n}.firm Base.trade Object.good | 30 Do.{n} Subject.{n}.firm Base.employ Object.person
  | 20 Do.{n} Subject.{n}.firm Base.manage Object.firm | 20 Be.{n} Subject.{n}.firm Quality.firm
Clause.ask.{n}.good : 1 Be.{n} Subject.{n}.good Quality.good
Clause.ask.{n}.event : 1 Be.{n} Subject.{n}.event Quality.event

# Predicates: what a subject of each kind does, and to what.
Predicate.{n}.person : 24 Group.{n}.trade Object.good | 14 Group.{n}.regard Object.person | 8 Group.{n}.manage Object.firm
  | 10 Group.{n}.arrange Object.event | 12 Group.{n}.act | 14 Copula.{n} Quality.person | 18 Group.{n}.report "that" Inner
Predicate.{n}.firm : 26 Group.{n}.trade Object.good | 22 Group.{n}.employ Object.person | 14 Group.{n}.manage Object.firm
  | 7 Group.{n}.arrange Object.event | 12 Group.{n}.thrive | 10 Copula.{n} Quality.firm | 9 Group.{n}.report "that" Inner
Predicate.{n}.good : 24 Group.{n}.move | 26 Group.{n}.move Amount | 20 Group.{n}.affect Object.{speaker} | 30 Copula.{n} Quality.good
Predicate.{n}.event : 34 Group.{n}.happen | 36 Group.{n}.affect Object.{speaker} | 30 Copula.{n} Quality.event
Group.{n}.{verb} : 66 Finite.{n}.{verb} | 8 Adverb Finite.{n}.{verb} | 10 Have.{n} Past.{verb} | 6 Do.{n} "n't" Base.{verb} | 10 Modal Base.{verb}
Finite.{n}.{verb} : 70 Present.{n}.{verb} | 30 Past.{verb}
Copula.{n} : 85 Be.{n} | 15 Be.{n} "n't"
Quality.{k} : 70 Adjective.{k} | 18 "very" Adjective.{k} | 12 "too" Adjective.{k}
Have.sg : 1 "has"
Have.pl : 1 "have"
Do.sg : 1 "does"
Do.pl : 1 "do"
Be.sg : 70 "is" | 30 "was"
Be.pl : 70 "are" | 30 "were"
Amount : 60 "N" "%" | 25 "to" "$" "N" | 15 "to" "$" "N" "million"

# Noun phrases.
Subject.sg.{k} : 1 Phrase.sg.{k}
Subject.pl.{k} : 94 Phrase.pl.{k} | 6 "both" Core.sg.{k} "and" Core.sg.{k}
Object.{k} : 56 Phrase.sg.{k} | 41 Phrase.pl.{k} | 3 "both" Core.sg.{k} "and" Core.sg.{k}
Phrase.{n}.{k} : 66 Core.{n}.{k} | 15 Core.{n}.{k} Attribute.{k} | 14 Core.{n}.{k} Clause.relative.{n}.{k} | 5 Core.{n}.{k} Attribute.{k} Clause.relative.{n}.{k}
Small.{n}.{k} : 85 Core.{n}.{k} | 15 Core.{n}.{k} Attribute.{k}
Core.sg.person : 38 "the" Nominal.sg.person | 16 "a" Nominal.sg.person.consonant | 5 "an" Nominal.sg.person.vowel | 6 Fixed.sg Nominal.sg.person
  | 26 Title Surname | 9 "the" Nominal.sg.person Title Surname
Core.sg.firm : 48 "the" Nominal.sg.firm | 18 "a" Nominal.sg.firm.consonant | 6 "an" Nominal.sg.firm.vowel | 8 Fixed.sg Nominal.sg.firm | 20 Brand Suffix
Core.sg.good : 52 "the" Nominal.sg.good | 24 "a" Nominal.sg.good.consonant | 9 "an" Nominal.sg.good.vowel | 15 Fixed.sg Nominal.sg.good
Core.sg.event : 56 "the" Nominal.sg.event | 20 "a" Nominal.sg.event.consonant | 9 "an" Nominal.sg.event.vowel | 15 Fixed.sg Nominal.sg.event
Core.pl.{k} : 48 "the" Nominal.pl.{k} | 20 Nominal.pl.{k} | 14 Fixed.pl Nominal.pl.{k} | 18 Cardinal Nominal.pl.{k}
Fixed.sg : 50 "this" | 30 "every" | 20 "another"
Fixed.pl : 40 "these" | 35 "many" | 25 "most"
Title : 70 "mr." | 30 "ms."
Suffix : 50 "corp." | 30 "inc." | 20 "co."
Nominal.{n}.{k} : 76 Noun.{n}.{k} | 24 Adjective.{k} Noun.{n}.{k}
Nominal.sg.{k}.{i} : 76 Noun.sg.{k}.{i} | 24 Adjective.{k}.{i} Noun.sg.{k}
Attribute.person : 50 "of" Small.{m}.firm | 30 "from" Place | 20 "with" Small.{m}.good
Attribute.firm : 60 "in" Place | 40 "near" Small.{m}.firm
Attribute.good : 60 "of" Small.{m}.firm | 40 "from" Place
Attribute.event : 40 "in" Place | 60 "at" Small.{m}.firm

# Relative clauses: of the subject (that sells bonds), then of the object (that the clerk sells, which needs a verb of the right kind).
Clause.relative.{n}.person : 70 Who Predicate.{n}.person | 30 "whom" Clause.gap.{m}.person
Clause.relative.{n}.firm : 60 Which Predicate.{n}.firm | 40 Which Clause.gap.{m}.firm
Clause.relative.{n}.good : 45 Which Predicate.{n}.good | 55 Which Clause.gap.{m}.good
Clause.relative.{n}.event : 55 Which Predicate.{n}.event | 45 Which Clause.gap.{m}.event
Clause.gap.{m}.person : 60 Subject.{m}.person Group.{m}.regard | 40 Subject.{m}.firm Group.{m}.employ
Clause.gap.{m}.firm : 60 Subject.{m}.person Group.{m}.manage | 40 Subject.{m}.firm Group.{m}.manage
Clause.gap.{m}.good : 65 Subject.{m}.person Group.{m}.trade | 35 Subject.{m}.firm Group.{m}.trade
Clause.gap.{m}.event : 60 Subject.{m}.person Group.{m}.arrange | 40 Subject.{m}.firm Group.{m}.arrange
Who : 70 "who" | 30 "that"
Which : 70 "that" | 30 "which"

Time : 40 "on" Weekday | 25 "in" Month | 20 "last" Period | 15 "after" Core.{m}.event
Period : 45 "week" | 30 "year" | 25 "month"
`;
