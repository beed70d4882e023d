/** The view at `#/tracks`: the history of tracks, as a timeline and as a table. */
import { h } from './dom.js';
import { exportAddress, exportLink } from './exports.js';
import { Filter } from './filter.js';
import { VERDICTS } from './people_words.js';
import { personOptions } from './person_choice.js';
import { readShapes, shapeOptions } from './shapes.js';
import { Timeline } from './timeline.js';
import { TrackTable } from './track_table.js';

const PAGE = 50;
const FIELDS = [
  { kind: 'select', name: 'camera', title: 'Camera', options: [] },
  { kind: 'text', name: 'label', title: 'Label' },
  { kind: 'period', name: 'period', title: 'When', any: 'any time' },
  { kind: 'check', name: 'open', title: 'Only open' },
  { kind: 'select', name: 'zone', title: 'Was in zone', any: 'any or none', options: [],
    more: true },
  { kind: 'select', name: 'person', title: 'Person', any: 'anybody', options: [], more: true },
  { kind: 'text', name: 'stranger', title: 'Stranger', hint: 'a number', more: true },
  { kind: 'select', name: 'verdict', title: 'Who it was', any: 'known or not', more: true,
    options: Object.entries(VERDICTS) },
  { kind: 'text', name: 'frame', title: "Robot's frame", hint: 'map', more: true },
  { kind: 'text', name: 'near', title: 'Robot near', hint: 'x,y,radius in m', more: true },
];

/** Filter, timeline and table; the filter lives in the address. */
export class Tracks {
  title = 'History';
  #context;
  #filter;
  #timeline = new Timeline();
  #table;
  #export = exportLink('tracks');

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.#table = new TrackTable(context.bridge, { limit: PAGE });
    this.heading = h('h1', { tabindex: '-1' }, 'History');
    this.#filter = new Filter('#/tracks', FIELDS, query, () => this.#load());
    this.element = h('div', { class: 'tracks-view' },
      h('div', { class: 'view-head' }, this.heading, this.#export), this.#filter.element,
      this.#timeline.element, this.#table.element);
    this.refresh();
    this.#load();
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    const names = [...this.#context.bridge.cameras.keys()];
    this.#filter.setOptions('camera', names.map((name) => [name, name]));
    personOptions().then((people) => this.#filter.setOptions('person', people), () => {});
    readShapes(names, ['zone']).then(
      (zones) => this.#filter.setOptions('zone', shapeOptions(zones)), () => {});
  }

  update() {
    this.#table.tick();
  }

  close() {
    this.#timeline.close();
    this.#table.close();
  }

  #load() {
    const query = this.#filter.query;
    this.#export.href = exportAddress('tracks', query);
    this.#table.load(query);
    this.#timeline.load(query);
  }
}
