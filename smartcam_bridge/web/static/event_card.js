/** One event as people see it: picture, what happened, where and when, and what to do with it. */
import { bdi, h, setText } from './dom.js';
import {
  SEVERITIES, correctionWords, dayWords, eventSentence, eventText, placeWords,
} from './event_words.js';
import { icon } from './icons.js';
import { strangerHash } from './people_words.js';
import { cameraHash } from './tile.js';
import { trackHash } from './track_table.js';
import { clock, score, stampMs } from './words.js';

const ICONS = [[/^(zone|dwell|occupancy)/, 'zone'], [/^tripwire/, 'tripwire'],
  [/^(person|stranger)/, 'person'],
  [/^camera/, 'camera'], [/^manual/, 'note'], [/./, 'thing']];

/** The address of an event's own page. */
export const eventHash = (seq) => `#/events/${encodeURIComponent(seq)}`;

/** A severity in a word and a shape, not by colour alone. */
export function severityMark(severity) {
  return h('span', { class: 'severity', 'data-severity': severity },
    SEVERITIES[severity] || severity);
}

/**
 * An event's card.
 * @typedef {{onAcknowledge: (event: Object) => void, onPin: (event: Object) => void,
 *   onReject?: (event: Object) => void}} Actions
 *   onReject: somebody says that it was not this person
 */
export class EventCard {
  #event = null;
  #shown = '';
  #name;
  #actions;
  #me;
  #mayPin;
  #day = h('p', { class: 'day', hidden: true });
  #picture = h('div', { class: 'event-picture' });
  #main = h('div', { class: 'event-main' });
  #check;
  #pin;
  #reject;

  /** @param {Actions} actions @param {{me: string, mayPin: boolean}} who */
  constructor(actions, { me, mayPin }) {
    this.#actions = actions;
    this.#me = me;
    this.#mayPin = mayPin;
    this.#check = toggle('check', 'Acknowledge', () => this.#actions.onAcknowledge(this.#event));
    this.#pin = toggle('pin', 'Pin', () => this.#actions.onPin(this.#event));
    this.#reject = toggle('reject', 'Not this person', () => (
      this.#actions.onReject(this.#event)));
    this.#reject.removeAttribute('aria-pressed');
    this.element = h('article', { class: 'event', tabindex: '0' }, this.#day,
      h('div', { class: 'event-row' }, this.#picture, this.#main,
        h('div', { class: 'event-actions' }, this.#reject, this.#check, this.#pin)));
  }

  get event() {
    return this.#event;
  }

  /** @param {Object} event as in docs/api.md @param {boolean} opensDay the first of its day */
  show(event, opensDay) {
    this.#day.hidden = !opensDay;
    setText(this.#day, opensDay ? dayWords(stampMs(event.stamp)) : '');
    this.#event = event;
    const shown = JSON.stringify(event);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.dataset.seq = event.seq;
    this.#showPicture(event);
    this.#showWords(event);
    this.#showActions(event);
  }

  #showPicture(event) {
    const wanted = event.thumbnail || '';
    if (this.#picture.dataset.shown === wanted && this.#picture.firstChild) return;
    this.#picture.dataset.shown = wanted;
    const sign = () => icon(ICONS.find(([kind]) => kind.test(event.type))[1]);
    this.#picture.replaceChildren(wanted ? h('img', {
      src: wanted.replace(/^\//, ''), alt: '', loading: 'lazy', decoding: 'async',
      onerror: (failed) => failed.target.replaceWith(sign()),
    }) : sign());
  }

  #showWords(event) {
    const id = `event-${event.seq}`;
    const href = event.track ? trackHash(event.track) : eventHash(event.seq);
    // Looked at again each time: a link that has the focus must stay what it is.
    if (!this.#name) this.#name = h('a', { href });
    this.#name.replaceChildren(...eventSentence(event));
    this.#name.href = href;
    this.element.setAttribute('aria-labelledby', id);
    const seen = event.acknowledged || [];
    this.#main.replaceChildren(h('div', {},
      h('h2', { id }, this.#name),
      event.note && h('p', { class: 'event-note' }, bdi(event.note)),
      h('p', { class: 'event-facts' }, severityMark(event.severity),
        h('time', { datetime: event.stamp, title: event.stamp }, clock(event.stamp)),
        event.camera && h('a', { href: cameraHash(event.camera), class: 'plain' },
          bdi(event.camera)),
        event.person && event.similarity > 0 && h('span', {},
          `similarity ${score(event.similarity)}`),
        event.stranger && h('a', { href: strangerHash(event.stranger), class: 'plain' },
          `stranger ${event.stranger}`),
        event.pose && h('span', {}, placeWords(event.pose)),
        event.by && h('span', {}, 'by ', bdi(event.by)),
        seen.length > 0 && h('span', { class: 'seen-by' }, 'acknowledged by ',
          bdi(seen.join(', '))),
        h('a', { href: eventHash(event.seq), class: 'plain number',
          'aria-label': `Event ${event.seq}` }, `#${event.seq}`)),
      ...(event.corrections || []).map((one) => h('p', { class: 'event-facts correction' },
        h('span', {}, 'Corrected: ', ...correctionWords(one))))));
  }

  #showActions(event) {
    const text = eventText(event);
    const seen = (event.acknowledged || []).includes(this.#me);
    press(this.#check, seen, seen ? 'Acknowledged' : 'Acknowledge', text);
    press(this.#pin, event.pinned, event.pinned ? 'Pinned' : 'Pin', text);
    this.#reject.hidden = !(this.#mayPin && this.#actions.onReject && event.track && event.person
      && event.type.startsWith('person_'));
    this.#reject.setAttribute('aria-label', `Not this person: ${text}`);
    this.#pin.disabled = !this.#mayPin;
    this.#pin.title = this.#mayPin ? 'Pinned things are kept for ever' : 'An operator may pin';
    this.element.classList.toggle('is-seen', seen);
  }
}

function toggle(sign, name, onclick) {
  return h('button', { type: 'button', class: 'toggle', 'aria-pressed': 'false', onclick },
    icon(sign), h('span', {}, name));
}

function press(button, pressed, name, of) {
  button.setAttribute('aria-pressed', String(Boolean(pressed)));
  button.setAttribute('aria-label', `${name}: ${of}`);
  setText(button.lastChild, name);
}
