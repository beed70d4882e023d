/** Hours of the week on the clocks of a zone: to change, and in words. */
import { h } from './dom.js';
import { ZONE } from './period.js';

const DAYS = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' };
const OFFICE = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' };

/** @typedef {{days: string[], from: string, to: string}} Window */

/** Windows that can be added and removed; none means always. */
export class ScheduleForm {
  #schedule;
  #onChange;
  #windows = h('div', { class: 'windows' });

  /**
   * @param {{schedule?: Window[], timezone?: string}} hours
   * @param {{id: string, legend: string,
   *   onChange: (changes: {schedule?: Window[], timezone?: string}) => void}} how
   *   id: what the ids of the fields begin with
   */
  constructor({ schedule = [], timezone = 'UTC' }, { id, legend, onChange }) {
    this.#schedule = schedule;
    this.#onChange = onChange;
    const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : [ZONE];
    const zone = h('input', { id: `${id}-timezone`, value: timezone, list: `${id}-zones`,
      autocomplete: 'off', onchange: (event) => onChange({ timezone: event.target.value.trim() }) });
    this.timezone = h('div', {}, h('label', { for: zone.id }, 'Clocks of'), zone);
    this.element = h('fieldset', { class: 'schedule' }, h('legend', {}, legend), this.#windows,
      h('button', { type: 'button', onclick: () => this.#set([...this.#schedule, OFFICE]) },
        'Add hours'),
      this.timezone,
      h('datalist', { id: `${id}-zones` }, ...zones.map((value) => h('option', { value }))));
    this.#draw();
  }

  #set(schedule) {
    this.#schedule = schedule;
    this.#onChange({ schedule });
    this.#draw();
  }

  #draw() {
    const all = this.#schedule;
    const change = (i, changes) => this.#set(
      all.map((one, k) => (k === i ? { ...one, ...changes } : one)));
    const rows = all.map((one, i) => h('div', { class: 'window', role: 'group',
      'aria-label': `Hours ${i + 1}` },
    h('div', { class: 'days' }, ...Object.entries(DAYS).map(([day, name]) => (
      h('label', { class: 'day-choice' }, h('input', { type: 'checkbox',
        checked: one.days.includes(day), onchange: (event) => change(i, {
          days: Object.keys(DAYS).filter((other) => (
            other === day ? event.target.checked : one.days.includes(other))) }) }), name)))),
    h('div', { class: 'hours' }, ...['from', 'to'].map((end) => h('label', {}, end,
      h('input', { type: 'time', value: one[end] === '24:00' ? '00:00' : one[end], required: true,
        onchange: (event) => change(i, { [end]: event.target.value }) }))),
    h('button', { type: 'button', 'aria-label': `Remove hours ${i + 1}`,
      onclick: () => this.#set(all.filter((_, k) => k !== i)) }, 'Remove'))));
    this.#windows.replaceChildren(...(rows.length ? rows : [h('p', {}, 'Always.')]));
  }
}

/** Say hours: `Mon–Fri 08:00–18:00, Sat 10:00–12:00 (Europe/Berlin)`; `always` for none. */
export function hoursWords({ schedule = [], timezone = 'UTC' }) {
  if (!schedule.length) return 'always';
  const windows = schedule.map(({ days, from, to }) => `${daysWords(days)} ${from}–${to}`);
  return `${windows.join(', ')} (${timezone})`;
}

/** Say days of the week, three and more in a row as a span. */
function daysWords(days) {
  const runs = [];
  Object.keys(DAYS).forEach((day, i) => {
    if (!days.includes(day)) return;
    if (runs.at(-1)?.end === i - 1) runs.at(-1).end = i;
    else runs.push({ begin: i, end: i });
  });
  const names = Object.values(DAYS);
  if (runs[0]?.begin === 0 && runs[0].end === 6) return 'daily';
  return runs.map(({ begin, end }) => (end - begin > 1 ? `${names[begin]}–${names[end]}`
    : names.slice(begin, end + 1).join(', '))).join(', ');
}
