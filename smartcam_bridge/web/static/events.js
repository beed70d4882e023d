/** The view at `#/events`: what happened, as it happens. */
import { ask } from './api.js';
import { h, setText } from './dom.js';
import { EventForm } from './event_form.js';
import { EventList } from './event_list.js';
import { EVENT_GROUPS, SEVERITIES } from './event_words.js';
import { exportAddress, exportLink } from './exports.js';
import { Filter } from './filter.js';
import { personOptions } from './person_choice.js';
import { readShapes, shapeOptions } from './shapes.js';

/** What most people want to read; updates and counts are there for who asks. */
const MAIN = ['track_started', 'track_ended', 'zone_entered', 'zone_exited', 'dwell_exceeded',
  'tripwire_crossed', 'camera_offline', 'camera_online', 'counting_suspended',
  'counting_resumed', 'person_identified', 'person_changed', 'stranger_seen',
  'manual_event'].join(',');

const FIELDS = [
  { kind: 'period', name: 'period', title: 'When', any: 'any time' },
  { kind: 'select', name: 'camera', title: 'Camera', options: [] },
  { kind: 'select', name: 'type', title: 'What', any: 'all but updates',
    options: [['all', 'everything'], ...EVENT_GROUPS] },
  { kind: 'select', name: 'severity', title: 'At least', any: 'any severity',
    options: Object.entries(SEVERITIES) },
  { kind: 'text', name: 'label', title: 'Label', more: true },
  { kind: 'select', name: 'zone', title: 'Zone', options: [], more: true },
  { kind: 'select', name: 'tripwire', title: 'Tripwire', options: [], more: true },
  { kind: 'select', name: 'person', title: 'Person', any: 'anybody', options: [], more: true },
  { kind: 'text', name: 'stranger', title: 'Stranger', hint: 'a number', more: true },
  { kind: 'select', name: 'acknowledged', title: 'Acknowledged by me', any: 'yes or no',
    options: [['false', 'no'], ['true', 'yes']], more: true },
  { kind: 'check', name: 'pinned', title: 'Only pinned', more: true },
];

/** Filter, list, and a form for what people saw themselves. */
export class Events {
  title = 'Events';
  #context;
  #filter;
  #list;
  #all = h('button', { type: 'button', onclick: () => this.#acknowledgeAll() }, 'Acknowledge all');
  #export = exportLink('events');
  #notice = h('p', { class: 'notice', role: 'alert', hidden: true });

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'Events');
    this.#filter = new Filter('#/events', FIELDS, query, () => this.#load());
    this.#list = new EventList(context, () => emptyWords(this.#filter.values));
    const form = context.role !== 'viewer' && new EventForm(context.bridge);
    this.element = h('div', { class: 'events-view' },
      h('div', { class: 'view-head' }, this.heading, this.#export, this.#all), this.#notice,
      this.#filter.element, form && form.element, this.#list.element);
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
    for (const kind of ['zone', 'tripwire']) {
      readShapes(names, [kind]).then(
        (shapes) => this.#filter.setOptions(kind, shapeOptions(shapes)),
        (problem) => this.#say(problem.message));
    }
  }

  update() {}

  close() {
    this.#list.close();
  }

  #load() {
    const { type, ...query } = this.#filter.query;
    const asked = { ...query, type: type === 'all' ? '' : type || MAIN };
    this.#export.href = exportAddress('events', asked);
    this.#list.load(asked);
  }

  /** Up to what is shown: what comes meanwhile stays as it is. */
  async #acknowledgeAll() {
    const { camera } = this.#filter.values;
    let to = this.#list.newest;
    this.#all.disabled = true;
    try {
      while (to) {
        const body = camera ? { to, camera } : { to };
        // eslint-disable-next-line no-await-in-loop -- each answer says where to go on
        to = (await ask('events/acknowledge', { method: 'POST', body })).next;
      }
      this.#say('');
      this.#load();
    } catch (problem) {
      this.#say(problem.message);
    }
    this.#all.disabled = false;
  }

  #say(text) {
    setText(this.#notice, text);
    this.#notice.hidden = !text;
  }
}

function emptyWords(values) {
  if (Object.keys(values).length) {
    return [h('span', {}, 'No event fits this filter. '),
      h('a', { href: '#/events?type=all' }, 'Show all events')];
  }
  return [h('span', {}, 'Nothing has happened yet. Events appear here as soon as a track is '
    + 'confirmed. To be told who enters a place or crosses a line, '),
  h('a', { href: '#/zones' }, 'draw a zone or a tripwire'), '.'];
}
