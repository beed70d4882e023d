/** The view at `#/privacy`: what the bridge keeps of people, as it says itself. */
import { ask } from './api.js';
import { bdi, fact, h, row, table } from './dom.js';
import { peopleTabs } from './people_tabs.js';
import { administers } from './roles.js';
import { hoursWords } from './schedule_form.js';
import { cameraHash } from './tile.js';

const UNITS = { h: 'hours', days: 'days' };

/** Plain words, made of `GET /system/data-processing`. */
export class Privacy {
  title = 'Privacy';
  #context;
  #body = h('div', { class: 'privacy' }, h('p', { class: 'note' }, 'Reading…'));

  /** @param {import('./app.js').Context} context */
  constructor(context) {
    this.#context = context;
    this.heading = h('h1', { tabindex: '-1' }, 'Privacy');
    this.element = h('div', { class: 'people-view' }, peopleTabs('privacy', context.role),
      h('div', { class: 'view-head' }, this.heading, h('p', { class: 'summary' },
        'What is kept of people, where, for how long, and who can see it')), this.#body);
    this.#load();
  }

  stage() {
    return undefined;
  }

  focusTarget() {
    return this.heading;
  }

  refresh() {
    this.#load();
  }

  update() {}

  close() {}

  async #load() {
    try {
      const told = await ask('system/data-processing');
      this.#body.replaceChildren(...said(told, administers(this.#context.role)));
    } catch (problem) {
      this.#body.replaceChildren(h('p', { class: 'empty' }, problem.message));
    }
  }
}

function said(told, isAdmin) {
  const { where = {}, cameras = [], kept = [], readers = {} } = told;
  return [
    section('In short', h('ul', { class: 'ways' },
      h('li', {}, told.recognition ? 'People are recognised by their faces, on the cameras below.'
        : 'Nobody is recognised: recognition is off for all cameras.'),
      h('li', {}, 'Everything is kept on this machine, in ', h('code', {}, where.data_dir || '?'),
        told.frames_leave_this_machine ? '.' : '; the bridge sends no picture anywhere.'),
      h('li', {}, told.best_shots ? 'A picture of each target that was followed is kept.'
        : 'No pictures of targets are kept.'),
      h('li', {}, `The page answers at ${where.http_host || '?'}, to those who have a token.`),
      h('li', {}, h('a', { href: '#/people' }, 'People'), ' and ',
        h('a', { href: '#/strangers' }, 'strangers'), ' can be forgotten one by one',
        ...(isAdmin ? ['; the ', h('a', { href: '#/audit' }, 'audit'), ' says who did what.']
          : ['.'])))),
    section('Recognition', recognition(cameras)),
    section('What is kept, and for how long', keeping(kept)),
    section('Who can see it', h('dl', { class: 'facts wide' },
      ...Object.entries(readers).map(([who, what]) => fact(READERS[who] || who, what)[0]))),
  ];
}

const READERS = { files: 'The files', viewer: 'Viewers', operator: 'Operators', admin: 'Admins',
  ros: 'ROS' };

function section(title, content) {
  return h('section', {}, h('h2', {}, title), content);
}

function recognition(cameras) {
  if (!cameras.length) return h('p', {}, 'There is no camera.');
  const { element, body } = table('Recognition by camera',
    ['Camera', 'People are recognised', 'Face model', 'Kept otherwise']);
  body.append(...cameras.map((camera) => row([
    ['Camera', h('a', { href: cameraHash(camera.camera) }, bdi(camera.camera))],
    ['People are recognised', recognisedWords(camera)],
    ['Face model', bdi(camera.face_model || '–')],
    ['Kept otherwise', otherwise(camera.keeps)]])));
  return h('div', { class: 'named' }, element);
}

/** Say whether and when a camera recognises people. */
export function recognisedWords({ enabled, recognition: rules = {} }) {
  if (!enabled) return 'no: the camera is off';
  return rules.enabled === false ? 'no' : hoursWords(rules);
}

function keeping(kept) {
  const { element, body } = table('What is kept', ['What', 'That is', 'For']);
  body.append(...kept.map(({ what, is, for: lasts }) => row([
    ['What', what[0].toUpperCase() + what.slice(1)], ['That is', is],
    ['For', lastsWords(lasts)]])));
  return h('div', { class: 'named kept' }, element);
}

/** Say how long something is kept; null: nothing removes it by itself. */
export function lastsWords(lasts) {
  if (!lasts) return 'until it is removed';
  const unit = UNITS[lasts.unit] || lasts.unit;
  const newest = lasts.unit === 'files' ? 'the newest ' : '';
  return `${newest}${lasts.value.toLocaleString('en')} ${
    lasts.value === 1 ? unit.replace(/s$/, '') : unit}`;
}

function otherwise({ labels = {}, ...keep } = {}) {
  const rules = [...Object.entries(keep), ...Object.entries(labels).flatMap(([label, own]) => (
    Object.entries(own).map(([name, value]) => [`${name} of ${label}`, value])))];
  return rules.map(([name, value]) => `${name.replace(/_(keep_)?(h|days)\b/, '')}: ${
    lastsWords(value ? { value, unit: /_h\b/.test(name) ? 'h' : 'days' } : null)}`).join(', ') || '–';
}
