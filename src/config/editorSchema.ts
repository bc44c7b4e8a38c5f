/**
 * What `"$schema"` says in a configuration file. The extension answers it from its own package, so that it is the same on
 * every machine and needs no network; that VS Code asks for it is also what wakes the extension.
 */
export const schemaAddress = 'sequence-lab://schemas/configuration.json';

/** JSON schema (draft 7) with the keywords that VS Code's JSON editor adds to it. */
export interface EditorSchema {
  [keyword: string]: unknown;
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly type?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly properties?: Readonly<Record<string, EditorSchema | true>>;
  readonly allOf?: readonly EditorSchema[];
  readonly anyOf?: readonly EditorSchema[];
  readonly if?: EditorSchema;
  readonly then?: EditorSchema;
  readonly defaultSnippets?: readonly Snippet[];
}

export interface Snippet {
  readonly label: string;
  readonly description: string;
  readonly body: unknown;
}

/** Keywords that tell an editor what to offer and to explain; all others are checks. */
const offering = new Set([
  ...['$schema', '$id', 'title', 'description', 'markdownDescription', 'default', 'defaultSnippets', 'doNotSuggest'],
]);
const ofValues = ['type', 'enum', 'enumDescriptions', 'anyOf'];

/**
 * The schema without its checks: for completion and hover in VS Code, where our own diagnostics name every problem, with
 * what was probably meant. With the checks, each would be told twice, and once in worse words.
 */
export function withoutChecks(schema: EditorSchema): EditorSchema {
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => offering.has(keyword)));
  const { properties, allOf, then } = schema;
  if (properties === undefined && allOf === undefined && then === undefined) return { ...kept, ...anyValue(schema) };
  return {
    ...kept,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, child === true ? child : withoutChecks(child)]),
      ),
    }),
    ...(allOf !== undefined && { allOf: allOf.map(withoutChecks) }),
    ...(schema.if !== undefined && then !== undefined && { if: schema.if, then: withoutChecks(then) }),
  };
}

/** What a value may be is still offered, beside anything else. */
function anyValue(schema: EditorSchema): EditorSchema {
  const values = Object.fromEntries(ofValues.filter((name) => name in schema).map((name) => [name, schema[name]]));
  const { enum: choices, enumDescriptions } = schema;
  return {
    anyOf: [values, {}],
    // Where there are many, VS Code opens the list of them instead of writing down the default.
    ...(choices !== undefined && {
      defaultSnippets: choices.map((choice, index) => ({
        label: JSON.stringify(choice),
        description: enumDescriptions?.[index] ?? '',
        body: choice,
      })),
    }),
  };
}
