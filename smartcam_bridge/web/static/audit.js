/** The view at `#/audit`: who did what to people's data. */
import { ask } from './api.js';
import { bdi, h, row, setText, table } from './dom.js';
import { Filter } from './filter.js';
import { peopleTabs } from './people_tabs.js';
import { personLink } from './people_words.js';
import { personOptions } from './person_choice.js';
import { clock } from './words.js';

const PAGE = 100;
const COLUMNS = ['When', 'Who', 'What', 'Person', 'More'];
const FIELDS = [
  { kind: 'period', name: 'period', title: 'When', any: 'any time' },
  { kind: 'select', name: 'person', title: 'Person', any: 'anybody', options: [] },
];

/** A table, newest first; admins see it. */
export class Audit {
  title = 'Audit';
  #filter;
  #table = table('What was done to the data of people, newest first', COLUMNS);
  #note = h('p', { class: 'note', role: 'status' });
  #next = null;
  #more = h('button', { type: 'button', hidden: true, onclick: () => this.#read(this.#next) },
    'Show older entries');

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.heading = h('h1', { tabindex: '-1' }, 'Audit');
    this.#filter = new Filter('#/audit', FIELDS, query, () => this.#read(null));
    this.element = h('div', { class: 'people-view' }, peopleTabs('audit', context.role),
      h('div', { class: 'view-head' }, this.heading, h('p', { class: 'summary' },
        'Who did what to the data of people')), this.#filter.element,
      h('div', { class: 'named' }, this.#table.element), this.#note, this.#more);
    personOptions().then((people) => this.#filter.setOptions('person', people), () => {});
    this.#read(null);
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {}

  update() {}

  close() {}

  async #read(cursor) {
    try {
      const { items, next } = await ask('audit', {
        query: { ...this.#filter.query, limit: PAGE, cursor } });
      const rows = items.map(entry);
      if (cursor) this.#table.body.append(...rows);
      else this.#table.body.replaceChildren(...rows);
      this.#next = next;
      this.#more.hidden = !next;
      const any = this.#table.body.children.length > 0;
      this.#table.element.hidden = !any;
      setText(this.#note, any ? '' : 'Nothing was done, as far as this filter shows.');
    } catch (problem) {
      this.#table.element.hidden = true;
      setText(this.#note, problem.status === 403 ? 'An admin may read the audit.'
        : problem.message);
    }
  }
}

function entry({ at, by, action, person, detail = {} }) {
  const more = Object.entries(detail).map(([name, value]) => (
    `${name.replaceAll('_', ' ')}: ${typeof value === 'object' ? JSON.stringify(value) : value}`));
  return row([['When', h('time', { datetime: at, title: at }, clock(at))], ['Who', bdi(by)],
    ['What', action.replaceAll('_', ' ')], ['Person', person ? personLink(person) : '–'],
    ['More', bdi(more.join(', '))]]);
}
