/** A window on a long list that is read page by page. */

const PAGES_MAX = 4; // that are held at once, however far somebody scrolls

/**
 * Reads pages by cursor, forth and back. Only a few are held; of the others only where they begin.
 * @template Item
 */
export class Pager {
  #read;
  #keyOf;
  #pages = [];   // {cursor, items, next}
  #above = [];   // cursors of the pages before the first one held
  #request = null;

  /**
   * @param {(cursor: string|null, signal: AbortSignal) => Promise<{items: Item[], next: string}>}
   *   read
   * @param {(item: Item) => any} keyOf
   */
  constructor(read, keyOf) {
    this.#read = read;
    this.#keyOf = keyOf;
  }

  /** @returns {Item[]} what is held, in order */
  get items() {
    return this.#pages.flatMap(({ items }) => items);
  }

  get atTop() {
    return this.#above.length === 0;
  }

  get hasMore() {
    return Boolean(this.#pages.at(-1)?.next);
  }

  /** How many items lie before the first one held, if all pages are full. */
  get skipped() {
    return this.#above.length * (this.#pages[0]?.items.length || 0);
  }

  /** Begin again at the top. @returns {Promise<boolean>} false where a later call took over */
  async first() {
    const page = await this.#fetch(null);
    if (!page) return false;
    this.#pages = [page];
    this.#above = [];
    return true;
  }

  /** Read the page that follows. */
  async older() {
    const cursor = this.#pages.at(-1)?.next;
    const page = cursor && await this.#fetch(cursor);
    if (!page) return false;
    this.#pages.push(page);
    while (this.#pages.length > PAGES_MAX) this.#above.push(this.#pages.shift().cursor);
    return true;
  }

  /** Read the page before the first one held again. */
  async newer() {
    if (this.atTop) return false;
    const page = await this.#fetch(this.#above.at(-1));
    if (!page) return false;
    this.#above.pop();
    this.#pages.unshift(page);
    this.#pages.splice(PAGES_MAX);
    return true;
  }

  /** Read the top again: what is new comes in front, what is known is brought up to date. */
  async refresh() {
    if (!this.atTop) return false;
    if (!this.#pages.length) return this.first();
    const fresh = await this.#fetch(null);
    if (!fresh) return false;
    const known = new Set(this.items.map(this.#keyOf));
    const added = fresh.items.filter((item) => !known.has(this.#keyOf(item)));
    const tooMany = this.#pages[0].items.length + added.length > 2 * Math.max(50, fresh.items.length);
    if (added.length === fresh.items.length || tooMany || this.#pages.length === 1) {
      this.#pages = [fresh]; // nothing in common, or nothing below that could be lost
      return true;
    }
    const byKey = new Map(fresh.items.map((item) => [this.#keyOf(item), item]));
    this.#pages[0].items.unshift(...added);
    for (const page of this.#pages) {
      page.items = page.items.map((item) => byKey.get(this.#keyOf(item)) || item);
    }
    return true;
  }

  /** Put an item in the place of the one with its key. */
  replace(item) {
    const key = this.#keyOf(item);
    for (const page of this.#pages) {
      page.items = page.items.map((old) => (this.#keyOf(old) === key ? item : old));
    }
  }

  /** Let what is under way go. */
  close() {
    this.#request?.abort();
    this.#request = null;
  }

  async #fetch(cursor) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const { items, next } = await this.#read(cursor, request.signal);
      return this.#request === request ? { cursor, items: [...items], next } : null;
    } catch (problem) {
      if (problem.name === 'AbortError') return null;
      throw problem;
    }
  }
}
