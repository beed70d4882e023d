/** When tracks were there, camera by camera: lanes over time, events as marks; zoom and pan. */
import { ask } from './api.js';
import { h, setText, svg } from './dom.js';
import { eventText } from './event_words.js';
import { lanesOf, shifted, timesAlong, zoomed } from './lanes.js';
import { TRACK_COLOURS } from './overlay.js';
import { whoIs } from './people_words.js';
import { trackHash } from './track_table.js';
import { clock, count, duration, plain, stampMs } from './words.js';

const TRACKS_MAX = 400;   // shown one by one; of more only how many began
const LEAST_MS = 10e3;
const MOST_MS = 40 * 864e5;
const READ_AFTER_MS = 250;
const LANE = 10;
const HEAD = 22;
const EDGE = 30;          // nearer to it a time would be cut off
const MARKED = ['zone_entered', 'dwell_exceeded', 'tripwire_crossed', 'camera_offline',
  'manual_event'].join(',');
const BUCKETS = [[9e5, 'minute'], [36e5 * 12, 'quarter'], [864e5 * 4, 'hour'], [Infinity, 'day']];

/** The timeline of cameras; `load` shows a filter's tracks in a span of time. */
export class Timeline {
  #query = {};
  #who = {};
  #span = { begin: 0, end: 1 };
  #rows = new Map();     // camera -> {tracks, events, counts}
  #bars = [];            // what can be chosen, in order of time
  #chosen = -1;
  #request = null;
  #soon = null;
  #drag = null;
  #width = 800;
  #svg = svg('svg', { class: 'lanes', role: 'img' });
  #frame;
  #say = h('p', { class: 'plot-readout', role: 'status' });
  #sizes;

  constructor() {
    this.#frame = h('div', { class: 'timeline-frame', tabindex: '0', role: 'group',
      'aria-label': 'Timeline: arrow keys choose a track, Enter opens it, plus and minus zoom, '
        + 'Shift with arrow keys moves',
      onkeydown: (event) => this.#key(event), onpointerdown: (event) => this.#press(event),
      onpointermove: (event) => this.#move(event), onpointerup: (event) => this.#release(event),
      onpointercancel: () => { this.#drag = null; } }, this.#svg);
    this.#frame.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    const button = (name, label, act) => h('button', { type: 'button', 'aria-label': label,
      title: label, onclick: act }, name);
    this.element = h('section', { class: 'timeline', 'aria-label': 'Timeline' },
      h('div', { class: 'timeline-tools' }, this.#say,
        button('◂', 'Earlier', () => this.#go(shifted(this.#span, -this.#length / 2, Date.now()))),
        button('▸', 'Later', () => this.#go(shifted(this.#span, this.#length / 2, Date.now()))),
        button('−', 'Zoom out', () => this.#zoom(2)),
        button('+', 'Zoom in', () => this.#zoom(0.5))), this.#frame);
    this.#sizes = new ResizeObserver(([{ contentRect }]) => {
      if (Math.abs(contentRect.width - this.#width) < 1) return;
      this.#width = Math.max(240, contentRect.width);
      this.#draw();
    });
    this.#sizes.observe(this.#frame);
  }

  /** @param {Object<string, string>} query as `GET /tracks` takes it */
  load({ camera, label, from, to, person, stranger, verdict }) {
    this.#query = { camera, label };
    this.#who = { person, stranger, verdict };
    const end = to ? Date.parse(to) : Date.now();
    this.#span = { begin: from ? Date.parse(from) : end - 36e5, end };
    this.#read();
  }

  close() {
    clearTimeout(this.#soon);
    this.#request?.abort();
    this.#sizes.disconnect();
  }

  get #length() {
    return this.#span.end - this.#span.begin;
  }

  #zoom(factor, about = (this.#span.begin + this.#span.end) / 2) {
    this.#go(zoomed(this.#span, factor, about,
      { least: LEAST_MS, most: MOST_MS, until: Date.now() }));
  }

  /** Show another span: at once with what is known, then with what is read. */
  #go(span) {
    this.#span = span;
    this.#draw();
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#read(), READ_AFTER_MS);
  }

  async #read() {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    const query = { ...this.#query, from: new Date(this.#span.begin).toISOString(),
      to: new Date(this.#span.end).toISOString() };
    const read = (path, more) => ask(path, { query: { ...query, ...more },
      signal: request.signal });
    try {
      const [tracks, events, still] = await Promise.all([
        read('tracks', { ...this.#who, limit: TRACKS_MAX }),
        read('events', { type: MARKED, limit: TRACKS_MAX }),
        read('suspensions', { label: '', limit: TRACKS_MAX })]);
      const [, bucket] = BUCKETS.find(([length]) => this.#length <= length);
      const counts = tracks.next && await read('analytics/counts', { bucket, by: 'camera' });
      this.#take(tracks.items, events.items, still.items, counts);
    } catch (problem) {
      if (problem.name !== 'AbortError') setText(this.#say, problem.message);
    }
  }

  #take(tracks, events, suspensions, counts) {
    const rows = new Map();
    const rowOf = (camera) => {
      if (!rows.has(camera)) rows.set(camera, { tracks: [], events: [], counts: [],
        suspensions: [] });
      return rows.get(camera);
    };
    for (const { camera, tracks: numbers } of counts?.series || []) {
      const begins = counts.buckets.map(Date.parse);
      rowOf(camera).counts = numbers.map((n, i) => ({ n, begin: begins[i],
        end: begins[i + 1] ?? Date.parse(counts.end) }));
    }
    if (!counts) {
      for (const track of tracks) {
        rowOf(track.camera).tracks.push({ track, begin: stampMs(track.first),
          end: track.open ? Date.now() : stampMs(track.last) });
      }
    }
    for (const one of suspensions) rowOf(one.camera).suspensions.push(one);
    for (const event of events) if (event.camera) rowOf(event.camera).events.push(event);
    this.#rows = new Map([...rows].sort(([a], [b]) => a.localeCompare(b)));
    this.#chosen = -1;
    this.#draw();
    const many = counts ? count(counts.total.tracks) : count(tracks.length);
    setText(this.#say, `${many} tracks from ${clock(new Date(this.#span.begin).toISOString())} to ${
      clock(new Date(this.#span.end).toISOString())}${counts
      ? '; so many that bars show how many began. Zoom in for each.' : '.'}`);
  }

  #x(ms) {
    return ((ms - this.#span.begin) / this.#length) * this.#width;
  }

  #draw() {
    let y = HEAD;
    const parts = [];
    this.#bars = [];
    for (const [camera, row] of this.#rows) {
      const { lanes, of } = lanesOf(row.tracks, (this.#length / this.#width) * 2);
      const tall = row.counts.length ? 46 : Math.min(240, Math.max(1, lanes) * LANE);
      const lane = tall / Math.max(1, lanes);
      parts.push(svg('line', { class: 'plot-grid', x1: 0, x2: this.#width, y1: y, y2: y }),
        svg('text', { class: 'lane-name', x: 4, y: y + 15 }, plain(camera, 30)));
      y += 22;
      const base = y;
      row.tracks.forEach((span) => this.#bars.push({ ...span, y: base + of.get(span) * lane,
        tall: Math.max(2, lane - 2) }));
      parts.push(...row.suspensions.map((one) => this.#suspension(one, base, tall)),
        ...this.#density(row.counts, base, tall));
      parts.push(...row.events.map((event) => this.#mark(event, base + tall + 7)));
      y += tall + 18;
    }
    this.#bars.sort((a, b) => a.begin - b.begin);
    parts.push(...this.#bars.map((bar, i) => this.#bar(bar, i)));
    if (!this.#rows.size) {
      parts.push(svg('text', { class: 'plot-text', x: this.#width / 2, y: 60,
        'text-anchor': 'middle' }, 'No track in this time. Zoom out, or go earlier.'));
      y = 90;
    }
    const times = timesAlong(this.#span, this.#width / 90).map((at) => svg('g', {},
      svg('line', { class: 'plot-grid', x1: this.#x(at), x2: this.#x(at), y1: HEAD - 4, y2: y }),
      this.#x(at) > EDGE && this.#x(at) < this.#width - EDGE && svg('text', { class: 'plot-text',
        x: this.#x(at), y: 13, 'text-anchor': 'middle' }, face(at, this.#length))));
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${y}`);
    this.#svg.setAttribute('height', y);
    this.#svg.setAttribute('aria-label', `${this.#bars.length} tracks; the table below lists them`);
    this.#svg.replaceChildren(...times, ...parts);
  }

  #bar({ track, begin, end, y, tall }, i) {
    const x = Math.max(-4, this.#x(begin));
    return svg('rect', { class: `lane-bar${i === this.#chosen ? ' chosen' : ''}`, x, y, rx: 2,
      width: Math.max(3, Math.min(this.#width + 4, this.#x(end)) - x), height: tall,
      fill: TRACK_COLOURS[track.id % TRACK_COLOURS.length], 'data-i': i });
  }

  #density(counts, y, tall) {
    const top = Math.max(1, ...counts.map(({ n }) => n));
    return counts.map(({ n, begin, end }) => svg('rect', { class: 'lane-density', x: this.#x(begin),
      width: Math.max(1, this.#x(end) - this.#x(begin) - 1), height: (n / top) * tall,
      y: y + tall - (n / top) * tall }, svg('title', {}, `${n} tracks`)));
  }

  /** While the robot moved the camera did not count. */
  #suspension({ begin, end, reason }, y, height) {
    const x = Math.max(0, this.#x(stampMs(begin)));
    const width = Math.max(2, Math.min(this.#width, this.#x(end ? stampMs(end) : Date.now())) - x);
    return svg('rect', { class: 'lane-suspended', x, y: y - 4, width, height: height + 4 },
      svg('title', {}, `Not counted: the robot was ${reason}`));
  }

  #mark(event, y) {
    const x = this.#x(stampMs(event.stamp));
    return svg('path', { class: 'lane-mark', 'data-severity': event.severity,
      d: `M${x} ${y - 5}l5 5-5 5-5-5z` }, svg('title', {}, eventText(event)));
  }

  #choose(i) {
    if (!this.#bars.length) return;
    this.#chosen = Math.max(0, Math.min(this.#bars.length - 1, i));
    const { track, begin, end } = this.#bars[this.#chosen];
    if (begin > this.#span.end || end < this.#span.begin) {
      this.#span = shifted(this.#span, begin - (this.#span.begin + this.#span.end) / 2, Date.now());
    }
    this.#draw();
    setText(this.#say, `${whoIs(track)} #${track.tracker_id}, ${track.camera}, from ${
      clock(track.first)}, ${duration(track.duration_s)}. Enter opens it.`);
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && event.shiftKey) {
      this.#go(shifted(this.#span, (step * this.#length) / 4, Date.now()));
    } else if (step) {
      this.#choose(this.#chosen < 0 && step < 0 ? this.#bars.length - 1 : this.#chosen + step);
    } else if (event.key === '+' || event.key === '=') this.#zoom(0.5);
    else if (event.key === '-') this.#zoom(2);
    else if (event.key === 'Home') this.#choose(0);
    else if (event.key === 'End') this.#choose(this.#bars.length - 1);
    else if (event.key === 'Enter' && this.#chosen >= 0) {
      window.location.hash = trackHash(this.#bars[this.#chosen].track.id);
    } else return;
    event.preventDefault();
  }

  #timeAt(event) {
    const { left, width } = this.#svg.getBoundingClientRect();
    return this.#span.begin + ((event.clientX - left) / width) * this.#length;
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    this.#zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#timeAt(event));
  }

  #press(event) {
    this.#drag = { x: event.clientX, span: this.#span, far: false, i: event.target.dataset.i };
  }

  #move(event) {
    const over = event.target.dataset?.i;
    if (!this.#drag) {
      if (over !== undefined && Number(over) !== this.#chosen) this.#choose(Number(over));
      return;
    }
    const by = this.#drag.x - event.clientX;
    if (Math.abs(by) > 4) this.#drag.far = true;
    if (this.#drag.far) {
      this.#go(shifted(this.#drag.span, (by / this.#width) * this.#length, Date.now()));
    }
  }

  #release() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag && !drag.far && drag.i !== undefined && this.#bars[drag.i]) {
      window.location.hash = trackHash(this.#bars[drag.i].track.id);
    }
  }
}

function face(ms, length) {
  const time = new Date(ms);
  if (length > 3 * 864e5 || (time.getHours() === 0 && time.getMinutes() === 0)) {
    return time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  }
  return time.toLocaleTimeString('en-GB', length < 6e5 ? {} : { hour: '2-digit',
    minute: '2-digit' });
}
