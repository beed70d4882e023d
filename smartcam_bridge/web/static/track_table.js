/** A table of tracks, newest first, that follows what happens. */
import { ask } from './api.js';
import { bdi, h, place, row, setText, table } from './dom.js';
import { whoIs } from './people_words.js';
import { cameraHash } from './tile.js';
import { END_REASONS, clock, duration, score } from './words.js';

const REFRESH_MS = 5000; // open tracks grow; the bridge saves them as often
const COMMIT_MS = 600; // an event runs ahead of the history by one commit period
const COLUMNS = ['Label', 'Camera', 'Started', 'Duration', 'Top score', 'State'];
const DURATION = COLUMNS.indexOf('Duration');

/** The address of a track's own page. */
export const trackHash = (id) => `#/tracks/${encodeURIComponent(id)}`;

/** Say whether a track is open, or why it ended. */
export function trackState(track) {
  const state = track.open ? 'open'
    : END_REASONS[track.end_reason] || track.end_reason || 'ended';
  return track.pinned ? `${state}, pinned` : state;
}

/** Reads pages from the history and reads the first one again when something happened. */
export class TrackTable {
  #bridge;
  #limit;
  #compact;
  #filter = {};
  #tracks = new Map(); // id -> Track
  #began = new Map();  // id -> when it began, on this page's clock (ms)
  #rows = new Map();   // id -> the row's element
  #next = null;
  #paged = false;      // older pages were added, whose cursor stays
  #table;
  #note = h('p', { class: 'note', role: 'status' });
  #more = h('button', { type: 'button', hidden: true, onclick: () => this.#older() },
    'Show older tracks');
  #request = null;
  #timer;
  #soon = null;
  #onEvent = ({ detail }) => this.#follow(detail);
  #onMissed = () => this.load(this.#filter);

  /** @param {import('./bridge.js').Bridge} bridge @param {{limit: number, compact?: boolean}} how */
  constructor(bridge, { limit, compact = false }) {
    this.#bridge = bridge;
    this.#limit = limit;
    this.#compact = compact;
    this.#table = table('Tracks, newest first', compact ? COLUMNS.slice(0, 4) : COLUMNS);
    this.element = h('div', { class: compact ? 'tracks compact' : 'tracks' },
      this.#table.element, this.#note, compact ? null : this.#more);
    bridge.addEventListener('event', this.#onEvent);
    bridge.addEventListener('missed', this.#onMissed);
    this.#timer = setInterval(() => this.#refreshSoon(), REFRESH_MS);
  }

  /** Show the tracks of a filter: `{camera?, label?, open?}`. */
  async load(filter) {
    this.#filter = filter;
    this.#paged = false;
    this.#tracks.clear();
    await this.#fetch(null);
  }

  /** Let time go by: the durations of open tracks grow. */
  tick() {
    for (const track of this.#tracks.values()) {
      if (track.open) setText(this.#rows.get(track.id).cells[DURATION], this.#duration(track));
    }
  }

  close() {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#request?.abort();
    this.#bridge.removeEventListener('event', this.#onEvent);
    this.#bridge.removeEventListener('missed', this.#onMissed);
  }

  /** Show at once what an event says; the history, which has all of it, follows. */
  #follow(event) {
    this.#refreshSoon();
    const known = this.#tracks.get(event.track);
    if (event.type === 'track_started' && !known && this.#fits(event)) {
      const { track: id, camera, tracker_id, label, stamp } = event;
      this.#keep({
        id, camera, tracker_id, label, first: stamp, last: stamp, duration_s: 0, open: true,
      });
      this.#draw();
    }
    if (event.type === 'track_ended' && known) {
      const { stamp: last, end_reason, duration_s } = event;
      this.#tracks.set(known.id, { ...known, last, end_reason, duration_s, open: false });
      this.#draw();
    }
  }

  #fits({ camera, label }) {
    const filter = this.#filter;
    return ['zone', 'to', 'person', 'stranger', 'verdict'].every((name) => !filter[name]) && (!filter.camera || filter.camera === camera)
      && (!filter.label || filter.label === label);
  }

  #refreshSoon() {
    if (document.hidden || this.#soon || this.#more.disabled) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      this.#fetch(null);
    }, COMMIT_MS);
  }

  async #older() {
    this.#paged = true;
    this.#more.disabled = true;
    await this.#fetch(this.#next);
    this.#more.disabled = false;
  }

  async #fetch(cursor) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const page = await ask('tracks', {
        query: { ...this.#filter, limit: this.#limit, cursor }, signal: request.signal,
      });
      if (this.#request !== request) return;
      page.items.forEach((track) => this.#keep(track));
      if (cursor || !this.#paged) this.#next = page.next;
      this.#draw();
    } catch (problem) {
      if (problem.name !== 'AbortError') setText(this.#note, problem.message);
    }
  }

  /** The history is up to five seconds behind an open track: remember when it began for us. */
  #keep(track) {
    const began = performance.now() - track.duration_s * 1000;
    this.#began.set(track.id, Math.min(began, this.#began.get(track.id) ?? Infinity));
    this.#tracks.set(track.id, track);
  }

  #duration({ id, open, duration_s: stored }) {
    if (!open || !this.#bridge.connected) return duration(stored);
    const lasted = Math.floor((performance.now() - this.#began.get(id)) / 1000);
    return lasted < 10 ? `${lasted} s` : duration(lasted);
  }

  #draw() {
    const newest = [...this.#tracks.values()].filter(({ open }) => open || !this.#filter.open)
      .sort((a, b) => b.first.localeCompare(a.first) || b.id - a.id);
    const shown = this.#paged ? newest : newest.slice(0, this.#limit);
    this.#tracks = new Map(shown.map((track) => [track.id, track]));
    this.#began = new Map(shown.map(({ id }) => [id, this.#began.get(id)]));
    const rows = new Map(shown.map((track) => [track.id, this.#row(track)]));
    this.#rows = rows;
    place(this.#table.body, [...rows.values()]);
    this.#table.element.hidden = shown.length === 0;
    this.#more.hidden = !this.#next;
    setText(this.#note, shown.length ? '' : this.#emptyWords());
  }

  #row(track) {
    const fresh = row(this.#cells(track));
    const element = this.#rows.get(track.id) || fresh;
    // A row that stands is brought up to date cell by cell: a link in it may have the focus.
    [...fresh.cells].forEach((cell, i) => {
      const shown = element.cells[i];
      if (shown.innerHTML !== cell.innerHTML) shown.replaceChildren(...cell.childNodes);
    });
    element.classList.toggle('is-open', track.open);
    return element;
  }

  #cells(track) {
    const mini = !this.#compact && track.thumbnail && h('img', { class: 'mini', alt: '',
      src: track.thumbnail.replace(/^\//, ''), loading: 'lazy' });
    const name = h('a', { href: trackHash(track.id) }, mini, label(whoIs(track)),
      h('span', { class: 'tracker-id' }, ' #', bdi(track.tracker_id)),
      this.#compact && track.open && h('span', { class: 'unseen' }, ' (open)'));
    const cells = [
      ['Label', name],
      ['Camera', h('a', { href: cameraHash(track.camera), class: 'plain' }, bdi(track.camera))],
      ['Started', h('time', { datetime: track.first }, clock(track.first))],
      ['Duration', this.#duration(track)],
    ];
    if (this.#compact) return cells;
    return [...cells, ['Top score', track.score ? score(track.score.top) : '–'],
      ['State', h('span', { class: track.open ? 'open' : 'ended' }, trackState(track))]];
  }

  #emptyWords() {
    const filtered = Object.values(this.#filter).some(Boolean);
    return filtered ? 'No track fits this filter.'
      : 'No tracks yet. One appears as soon as a tracker has confirmed what it sees.';
  }
}

/** A label as a link's text; where it is cut off, pointing at it shows all of it. */
function label(text) {
  const element = bdi(text);
  element.className = 'label';
  element.title = text;
  return element;
}
