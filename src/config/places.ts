import { findNodeAtOffset, parseTree } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';

import type { ConfigurationProblem } from './problems.ts';

/** A piece of a text, in UTF-16 units. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Where problems are in the text of a configuration file. */
export class Places {
  private readonly root: Node | undefined;
  /** Whether it is JSON by its grammar. A key that stands twice is no fault there. */
  readonly isWellFormed: boolean;

  constructor(text: string) {
    // A blank in the place of a byte-order mark, which the parser takes for a fault: offsets stay.
    const errors: ParseError[] = [];
    this.root = parseTree(text.replace(/^\uFEFF/, ' '), errors, { disallowComments: true });
    this.isWellFormed = errors.length === 0;
  }

  /**
   * The key or the value that a problem is about. For a key that is missing, the key of the object that it is missing in;
   * for an object or a list its key, since its own range would be most of the file.
   */
  of({ path, about, fault }: ConfigurationProblem): Place {
    if (this.root === undefined) return { offset: 0, length: 0 };
    if (fault !== undefined)
      return placeOf(findNodeAtOffset(this.root, fault.offset), { offset: fault.offset, length: 1 });
    const { property, isThere } = this.property(path);
    const [key, value] = property?.children ?? [];
    if (key === undefined) return { offset: this.root.offset, length: 1 };
    return placeOf(isThere && about === 'value' && value?.children === undefined ? value : key);
  }

  /** The property at a path, or the last on the way that is there. */
  private property(path: readonly string[]): { property: Node | undefined; isThere: boolean } {
    let around = this.root;
    let property: Node | undefined;
    for (const name of path) {
      const children: readonly Node[] = around?.children ?? [];
      const isList = around?.type === 'array';
      const child = isList
        ? children[Number(name)]
        : children.findLast((one) => one.type === 'property' && one.children?.[0]?.value === name);
      if (child === undefined) return { property, isThere: false };
      if (!isList) property = child;
      around = isList ? child : child.children?.[1];
    }
    return { property, isThere: around?.parent === property };
  }
}

function placeOf(node: Node | undefined, otherwise: Place = { offset: 0, length: 0 }): Place {
  // A value may be missing (`"layers": ,`), and what a fault lies in may be all of the file.
  return node === undefined || node.children !== undefined ? otherwise : { offset: node.offset, length: node.length };
}
