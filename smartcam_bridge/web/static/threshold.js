/** The view at `#/threshold`: what the threshold costs, measured on the gallery at hand. */
import { ask } from './api.js';
import { h } from './dom.js';
import { peopleTabs } from './people_tabs.js';
import { many } from './people_words.js';
import { plot } from './plot.js';

const RATES = ['false_accept', 'false_reject'];
const FEW = 20; // templates; of fewer a rate says little

/** Rates of false names and of missed names over the threshold, and what to do about them. */
export class Threshold {
  title = 'Threshold';
  #context;
  #model;
  #body = h('div', { class: 'threshold' }, h('p', { class: 'note' }, 'Reading…'));
  #request = null;

  /** @param {import('./app.js').Context} context @param {URLSearchParams} query */
  constructor(context, query) {
    this.#context = context;
    this.#model = query.get('model') || '';
    this.heading = h('h1', { tabindex: '-1' }, 'Threshold');
    this.element = h('div', { class: 'people-view' }, peopleTabs('threshold', context.role),
      h('div', { class: 'view-head' }, this.heading, h('p', { class: 'summary' },
        'From which similarity on a face gets a name'), this.#chooser()), this.#body);
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
    this.#request?.abort();
  }

  /** Models are never compared with each other: each has rates of its own. */
  #chooser() {
    const cameras = [...this.#context.bridge.cameras.values()];
    const models = new Set(cameras.map((camera) => (
      this.#context.bridge.statusOf(camera.name)?.faces?.model || camera.face_model)).filter(Boolean));
    if (this.#model) models.add(this.#model);
    return models.size > 1 && h('div', { class: 'camera-choice' },
      h('label', { for: 'threshold-model' }, 'Face model'), h('select', { id: 'threshold-model',
        onchange: (event) => this.#choose(event.target.value) },
      ...[...models].sort().map((name) => h('option', { value: name,
        selected: name === this.#model }, name))));
  }

  #choose(model) {
    this.#model = model;
    window.history.replaceState(null, '', `#/threshold?${new URLSearchParams({ model })}`);
    this.#load();
  }

  async #load() {
    this.#request?.abort();
    this.#request = new AbortController();
    try {
      const rates = await ask('faces/rates', {
        query: { model: this.#model }, signal: this.#request.signal });
      this.#body.replaceChildren(...said(rates));
    } catch (problem) {
      if (problem.name === 'AbortError') return;
      this.#body.replaceChildren(h('p', { class: 'empty' }, problem.message));
    }
  }
}

/** How many of a thousand, in words. @param {number|null|undefined} rate */
export function ofThousand(rate) {
  if (rate === null || rate === undefined) return 'nobody knows how many';
  if (rate === 0) return 'none';
  if (rate * 1000 < 1) return 'fewer than one';
  return `about ${Math.round(rate * 1000).toLocaleString('en')}`;
}

/**
 * What the threshold means. Nothing seen among n allows for 3 / n (95 %, the rule of three).
 * @returns {[string, string]} for strangers, for people with a name
 */
export function meaning({ false_accept: accepted, false_reject: rejected }, sampled) {
  const most = Math.min(1000, Math.ceil(3000 / sampled));
  return [accepted === 0
    ? `None of ${many(sampled, 'face')} reached somebody else. So few leave room for up to ${
      most.toLocaleString('en')} in 1,000 strangers.`
    : `Of 1,000 strangers ${ofThousand(accepted)} would be given a name.`,
  rejected === 0 ? 'Every face that could reached its own person.'
    : `Of 1,000 looks at somebody known, ${ofThousand(rejected)} would give no name.`];
}

function said({ model, people, templates, sampled, threshold, curve, at_threshold: now }) {
  if (!curve.some((point) => RATES.some((name) => Number.isFinite(point[name])))) {
    return [h('section', { class: 'empty' }, h('h2', {}, 'There is too little to compare'),
      h('p', {}, 'The rates are measured on the templates at hand: each one against all others, as '
        + 'if it had just been seen. That takes two people, and two templates of somebody. '),
      h('p', {}, h('a', { href: '#/people' }, 'Enroll people')))];
  }
  const [strangers, known] = meaning(now, sampled);
  return [
    h('dl', { class: 'figures' },
      figure('Threshold', threshold.toFixed(3), `of ${model}`),
      figure('False names', percent(now.false_accept), strangers),
      figure('Missed names', percent(now.false_reject), known)),
    templates < FEW && h('p', { class: 'notice' }, `Measured on ${many(templates, 'template')} `
      + 'only: so few say little. Enroll more faces before you rely on it.'),
    curves({ curve, threshold, strangers, known }),
    h('section', { class: 'hint' }, h('h2', {}, 'How to choose'),
      h('p', {}, `Measured on ${many(templates, 'template')} of ${people === 1 ? 'one person'
        : `${people} people`}: each is compared with all others, as if it had just been seen. `
        + 'In front of a camera light and angles are worse, so expect more missed names. A name '
        + 'also needs a margin to the next person and several faces that agree, so expect fewer '
        + 'false ones.'),
      h('p', {}, 'A higher threshold gives fewer false names and more missed ones. It is set in '
        + 'the parameters file, or while the bridge runs; name all models whose threshold is not '
        + 'the usual one. As it is now:'),
      h('pre', { tabindex: '0' }, h('code', {}, 'ros2 param set /smartcam_bridge face_thresholds '
        + `"['${model}=${threshold.toFixed(3)}']"`)))].filter(Boolean);
}

function curves({ curve, threshold, strangers, known }) {
  const share = (name) => curve.map((point) => (
    Number.isFinite(point[name]) ? Math.round(point[name] * 1e5) / 1e3 : null));
  const columns = curve.map((point) => point.threshold.toFixed(2));
  const after = curve.findIndex((point) => point.threshold >= threshold);
  const before = curve[after - 1]?.threshold;
  const at = after < 1 ? Math.max(0, after)
    : after - 1 + (threshold - before) / (curve[after].threshold - before);
  return plot({ title: 'False and missed names by threshold', columns,
    names: columns.map((name) => `Threshold ${name}`), unit: '', broad: true, height: 300,
    series: [{ name: 'false names in %', values: share('false_accept'), look: 'line', colour: 2 },
      { name: 'missed names in %', values: share('false_reject'), look: 'dashed', colour: 1 }],
    mark: { at, text: `now ${threshold.toFixed(3)}` }, words: `${strangers} ${known}` });
}

function figure(name, value, words) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value, h('span', { class: 'change' }, words)));
}

const percent = (rate) => (rate === null || rate === undefined ? '–'
  : `${(rate * 100).toLocaleString('en', { maximumSignificantDigits: 2 })} %`);
