/** The view at `#/tracks/<id>`: one track with its path. */
import { ask } from './api.js';
import { bdi, fact, h, row, table } from './dom.js';
import { severityMark } from './event_card.js';
import { eventSentence, placeWords } from './event_words.js';
import { icon } from './icons.js';
import { whoIs } from './people_words.js';
import { operates } from './roles.js';
import { cameraHash } from './tile.js';
import { TrackIdentity } from './track_identity.js';
import { trackPicture } from './track_picture.js';
import { trackState } from './track_table.js';
import { clock, count, duration, score } from './words.js';

const OPEN_REFRESH_MS = 5000;
const STORY = 200; // events, visits and crossings that are shown at most

/** One track with its picture and its story; read again while it is open. */
export class TrackView {
  #context;
  #id;
  #body = h('div', {}, h('p', { class: 'note' }, 'Reading…'));
  #timer = null;
  #shown = '';
  #closed = false;
  #pin = null;
  #identity;

  /** @param {import('./app.js').Context} context @param {string} id */
  constructor(context, id) {
    this.#context = context;
    this.#id = id;
    this.title = `Track ${id}`;
    this.heading = h('h1', { tabindex: '-1' }, this.title);
    this.element = h('div', { class: 'track-view' },
      h('div', { class: 'view-head' }, this.heading,
        h('a', { href: '#/tracks', class: 'back' }, 'All tracks')), this.#body);
    this.#identity = new TrackIdentity(context, () => this.#again());
    this.#load();
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {}

  update() {}

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #load() {
    const id = encodeURIComponent(this.#id);
    let track;
    try {
      track = await ask(`tracks/${id}`);
    } catch (problem) {
      const gone = problem.status === 404;
      this.#body.replaceChildren(h('p', { class: 'empty' }, gone
        ? 'This track does not exist (any more).' : problem.message));
      return;
    }
    const query = { track: track.id, order: 'oldest', limit: STORY };
    const lists = ['events', 'visits', 'crossings'].map((name) => (
      ask(name, { query }).then(({ items }) => items, () => [])));
    const [events, visits, crossings, hasFace] = await Promise.all([...lists, this.#hasFace(track)]);
    if (this.#closed) return;
    const shown = JSON.stringify([track, events, visits, crossings]);
    this.#identity.show(track, hasFace);
    if (shown !== this.#shown) this.#draw(track, { events, visits, crossings });
    this.#shown = shown;
    if (track.open) this.#timer = setTimeout(() => this.#load(), OPEN_REFRESH_MS);
  }

  /** Read again, now. */
  async #again() {
    clearTimeout(this.#timer);
    await this.#load();
  }

  /** Whether there is a face of it that could be enrolled. */
  async #hasFace({ id }) {
    if (!operates(this.#context.role)) return false;
    const faces = await ask('sightings', { query: { track: id, limit: 1 } }).catch(() => null);
    return faces?.items.length > 0;
  }

  #draw(track, { events, visits, crossings }) {
    const focused = document.activeElement;
    const wasPin = focused === this.#pin;
    this.heading.replaceChildren(bdi(whoIs(track)),
      h('span', { class: 'tracker-id' }, ' #', bdi(track.tracker_id)));
    const camera = this.#context.bridge.cameras.get(track.camera);
    const status = this.#context.bridge.statusOf(track.camera);
    const ratio = sizeRatio(status) || sizeRatio(camera) || 16 / 9;
    this.#body.replaceChildren(h('div', { class: 'columns track-columns' },
      h('section', { 'aria-label': 'Picture and story' },
        trackPicture(track, { ratio, hasPictures: status?.frames_received > 0 }),
        ...story(track, events), ...stays(visits), ...passes(crossings)),
      h('section', { 'aria-label': 'Details' }, thumbnail(track), this.#pinOf(track),
        this.#identity.element, facts(track))));
    if (wasPin) this.#pin.focus();
    else if (this.#identity.element.contains(focused)) focused.focus();
  }

  #pinOf(track) {
    const may = this.#context.role !== 'viewer';
    this.#pin = h('button', { type: 'button', class: 'toggle pin', disabled: !may,
      'aria-pressed': String(track.pinned), onclick: () => this.#setPinned(!track.pinned),
      title: may ? 'Pinned things are kept for ever' : 'An operator may pin' },
    icon('pin'), track.pinned ? 'Pinned: kept for ever' : 'Pin, to keep it for ever');
    return this.#pin;
  }

  async #setPinned(pinned) {
    try {
      await ask(`tracks/${encodeURIComponent(this.#id)}`, { method: 'PATCH', body: { pinned } });
    } catch (problem) {
      this.#pin.after(h('p', { class: 'notice', role: 'alert' }, problem.message));
      return;
    }
    this.#again();
  }
}

const sizeRatio = (size) => (size?.width && size?.height ? size.width / size.height : 0);

const time = (iso) => h('time', { datetime: iso, title: iso }, clock(iso));

function thumbnail({ thumbnail: src, label }) {
  return src && h('img', { class: 'track-thumbnail', src: src.replace(/^\//, ''),
    alt: `Best shot of ${label || 'the track'}` });
}

function story({ label_changes: changes = [] }, events) {
  const items = events.map((event) => h('li', {}, time(event.stamp), h('span', {},
    ...eventSentence(event)), severityMark(event.severity)));
  if (changes.length > 1 && !events.some(({ change }) => change === 'label')) {
    items.push(...changes.slice(1).map(({ stamp, label }) => h('li', {}, time(stamp),
      h('span', {}, 'turned out to be ', bdi(label)))));
  }
  return items.length ? [h('h2', {}, 'What happened'), h('ol', { class: 'story' }, ...items)] : [];
}

function stays(visits) {
  if (!visits.length) return [];
  const { element, body } = table('Visits to zones', ['Zone', 'Entered', 'Left', 'Stayed']);
  body.append(...visits.map((visit) => row([
    ['Zone', bdi(visit.zone_name || `zone ${visit.zone}, deleted`)],
    ['Entered', time(visit.entered)],
    ['Left', visit.exited ? time(visit.exited) : 'is there'],
    ['Stayed', visit.exited ? duration(visit.dwell_s) : '–', visit.loitered && ' (loitered)']])));
  return [h('h2', {}, 'Visits'), h('div', { class: 'named' }, element)];
}

function passes(crossings) {
  if (!crossings.length) return [];
  const { element, body } = table('Crossings of tripwires', ['Tripwire', 'When', 'Direction']);
  body.append(...crossings.map((pass) => row([
    ['Tripwire', bdi(pass.tripwire_name || `tripwire ${pass.tripwire}, deleted`)],
    ['When', time(pass.stamp)], ['Direction', pass.direction]])));
  return [h('h2', {}, 'Crossings'), h('div', { class: 'named' }, element)];
}

function seenWhere(poses) {
  const names = { start: 'at the start', shot: 'at the best shot', end: 'at the end' };
  return Object.entries(names).filter(([name]) => poses?.[name]).map(([name, words]) => (
    fact(`Robot ${words}`, placeWords(poses[name]).replace(/^at /, ''))[0]));
}

function facts(track) {
  return h('dl', { class: 'facts wide' },
    fact('Label', bdi(track.label || 'none'))[0],
    fact('Camera', h('a', { href: cameraHash(track.camera) }, bdi(track.camera)))[0],
    fact('State', trackState(track))[0],
    fact('First seen', time(track.first))[0],
    fact('Last seen', time(track.last))[0],
    fact('Duration', duration(track.duration_s))[0],
    fact('Observations', count(track.observations))[0],
    fact('Score, top', score(track.score.top))[0],
    fact('Score, mean', score(track.score.mean))[0],
    fact('Score, median', score(track.score.median))[0],
    fact('Score, last', score(track.score.last))[0],
    track.stationary && fact('Stands still since', time(track.stationary))[0],
    ...seenWhere(track.poses),
    fact("Tracker's id", bdi(track.tracker_id))[0],
    fact('Track', String(track.id))[0]);
}
