/** A name for a file or folder that every system takes: other signs become dashes. */
export function plainName(name: string): string {
  return name.replace(/[^\w.-]+/g, '-');
}

/** The name, with the first number behind it where it is taken: `run-lstmvis`, `run-lstmvis-2`, … */
export function freeName(name: string, taken: readonly string[]): string {
  // Not every system tells capitals from small letters.
  const others = new Set(taken.map((one) => one.toLowerCase()));
  let free = name;
  for (let number = 2; others.has(free.toLowerCase()); number += 1) free = `${name}-${number}`;
  return free;
}
