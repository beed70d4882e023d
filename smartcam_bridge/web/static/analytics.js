/** The view at `#/analytics`: how much, where, when, and compared with before. */
import { ask } from './api.js';
import {
  busiestGrid, countsPlot, crossingsPlot, dwellPlot, figures, occupancyPlot,
} from './analytics_plots.js';
import { h } from './dom.js';
import { Filter } from './filter.js';
import { heatMap, placeMap } from './heat_map.js';
import { ZONE, bucketFor, localOf } from './period.js';

const DAY_MS = 864e5;
const ZONES_MAX = 4; // of which the time in them is plotted
const OF = { tracks: 'tracks', boxes: 'boxes', visits: 'visits', crossings: 'crossings' };

const FIELDS = [
  { kind: 'period', name: 'period', title: 'When', any: null, value: '7d' },
  { kind: 'select', name: 'camera', title: 'Camera', options: [] },
  { kind: 'text', name: 'label', title: 'Label' },
  { kind: 'select', name: 'of', title: 'Busiest hours of', any: null, value: 'tracks',
    options: Object.entries(OF) },
  { kind: 'check', name: 'compare', title: 'Compare with the period before' },
];

/** Filter and plots; each plot comes as soon as its answer is there. */
export class Analytics {
  title = 'Analytics';
  #context;
  #filter;
  #figures = h('div', { class: 'figures-place' });
  #plots = h('div', { class: 'plots' });
  #report = h('a', { target: '_blank', rel: 'noopener' }, 'Report of the day, for printing');
  #request = null;

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'Analytics');
    this.#filter = new Filter('#/analytics', FIELDS, query, () => this.#load());
    this.element = h('div', { class: 'analytics-view' },
      h('div', { class: 'view-head' }, this.heading,
        h('span', { class: 'summary' }, `Days and hours of ${ZONE}`), this.#report),
      this.#filter.element, this.#figures, this.#plots);
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
  }

  update() {}

  close() {
    this.#request?.abort();
  }

  async #load() {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    const { of, compare, camera, label, from, to: end } = this.#filter.query;
    const to = end || new Date().toISOString();
    this.#report.href = `api/v1/reports/day?${new URLSearchParams({
      date: localOf(Date.parse(to) - 1).slice(0, 10), timezone: ZONE, ...(camera && { camera }) })}`;
    const begin = from || new Date(Date.parse(to) - DAY_MS).toISOString();
    const bucket = bucketFor(Date.parse(begin), Date.parse(to));
    const common = { camera, label, from: begin, to, timezone: ZONE };
    const read = (name, query) => ask(`analytics/${name}`, { query, signal: request.signal });
    const heated = camera || [...this.#context.bridge.cameras.keys()][0];
    this.element.setAttribute('aria-busy', 'true');
    try {
      const [counts, occupancy, crossings, dwell, busiest, places, heat] = await Promise.all([
        read('counts', { ...common, bucket, by: 'label', compare }),
        read('occupancy', { ...common, bucket, by: 'zone' }),
        read('crossings', { ...common, bucket }), read('dwell', common),
        read('busiest', { ...common, of }),
        read('places', { camera, label, from: begin, to }),
        heated && read('heatmap', { camera: heated, label, from: begin, to }),
      ]);
      this.#draw({ counts, occupancy, crossings, dwell, busiest, places, heat, of });
    } catch (problem) {
      if (problem.name === 'AbortError') return;
      this.#figures.replaceChildren();
      this.#plots.replaceChildren(h('p', { class: 'empty broad' }, problem.message));
    }
    this.element.setAttribute('aria-busy', 'false');
  }

  #draw({ counts, occupancy, crossings, dwell, busiest, places, heat, of }) {
    this.#figures.replaceChildren(figures({ counts, crossings, dwell }));
    const visited = dwell.series.filter(({ visits }) => visits).slice(0, ZONES_MAX);
    const broad = (element) => { element.classList.add('broad'); return element; };
    const plots = [
      broad(counts.series.length ? countsPlot(counts) : blank('Tracks over time',
        'No track began in this time. Choose a longer time, or another camera or label.')),
      busiest.busiest ? busiestGrid(busiest, `${OF[of]} an hour`)
        : blank('Busiest hours', 'There is nothing to count in this time.'),
      heat?.total ? heatMap(heat, this.#ratio(heat.camera), this.#hasPicture(heat.camera))
        : blank('Where they stood', 'No camera has seen boxes in whole hours of this time.'),
      occupancy.series.length ? occupancyPlot(occupancy)
        : blank('Occupancy of zones', 'No zone tells how many are in it. ', 'Draw a zone'),
      crossings.series.length ? crossingsPlot(crossings)
        : blank('Tripwires', 'No tripwire counts who goes in and out. ', 'Draw a tripwire'),
      ...visited.map(dwellPlot),
      ...(places.cells.length ? [placeMap(places)] : []),
    ];
    this.#plots.replaceChildren(...plots);
  }

  #ratio(camera) {
    const status = this.#context.bridge.statusOf(camera) || {};
    const { width, height } = status.width ? status : this.#context.bridge.cameras.get(camera) || {};
    return width && height ? width / height : 16 / 9;
  }

  #hasPicture(camera) {
    return this.#context.bridge.statusOf(camera)?.frames_received > 0;
  }
}

/** What stands in the place of a plot that has nothing to show, and what to do. */
function blank(title, words, action = null) {
  return h('section', { class: 'blank' }, h('h2', {}, title),
    h('p', {}, words, action && h('a', { href: '#/zones' }, action), action && '.'));
}
