/** The view at `#/events/<seq>`: one event with all that is known of it. */
import { ask } from './api.js';
import { bdi, fact, h, setText } from './dom.js';
import { EventCard } from './event_card.js';
import { eventSentence } from './event_words.js';

const SHOWN = ['seq', 'type', 'camera', 'stamp', 'severity', 'track', 'pinned', 'acknowledged',
  'thumbnail', 'note', 'title', 'by', 'pose', 'person', 'was', 'stranger', 'corrections',
  'similarity'];

/** One event; who may can delete it. */
export class EventView {
  #context;
  #seq;
  #body = h('div', {}, h('p', { class: 'note' }, 'Reading…'));
  #notice = h('p', { class: 'notice', role: 'alert', hidden: true });

  /** @param {import('./app.js').Context} context @param {string} seq */
  constructor(context, seq) {
    this.#context = context;
    this.#seq = seq;
    this.title = `Event ${seq}`;
    this.heading = h('h1', { tabindex: '-1' }, this.title);
    this.element = h('div', { class: 'event-view' },
      h('div', { class: 'view-head' }, this.heading,
        h('a', { href: '#/events', class: 'back' }, 'All events')), this.#notice, this.#body);
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

  close() {}

  async #load() {
    try {
      this.#draw(await ask(`events/${encodeURIComponent(this.#seq)}`));
    } catch (problem) {
      const gone = problem.status === 404 || problem.status === 422;
      this.#body.replaceChildren(h('p', { class: 'empty' }, gone
        ? 'This event does not exist (any more).' : problem.message));
    }
  }

  #draw(event) {
    const { me, role } = this.#context;
    const acknowledged = (event.acknowledged || []).includes(me);
    const card = new EventCard({
      onAcknowledge: () => this.#change({ acknowledged: !acknowledged }),
      onPin: () => this.#change({ pinned: !event.pinned }),
      onReject: () => this.#reject(event),
    }, { me, mayPin: role !== 'viewer' });
    card.show(event, true);
    this.heading.replaceChildren(...eventSentence(event));
    const facts = Object.entries(event).filter(([name]) => !SHOWN.includes(name));
    this.#body.replaceChildren(h('div', { class: 'events' }, card.element),
      h('dl', { class: 'facts wide' },
        fact('Event', h('code', {}, event.type))[0],
        fact('Number', String(event.seq))[0],
        fact('Exactly', h('time', { datetime: event.stamp }, event.stamp))[0],
        ...facts.map(([name, value]) => (
          fact(name.replaceAll('_', ' '), bdi(said(value)))[0]))),
      role === 'admin' ? h('button', { type: 'button', class: 'danger',
        onclick: () => this.#delete() }, 'Delete this event') : '');
  }

  async #change(body) {
    try {
      this.#draw(await ask(`events/${this.#seq}`, { method: 'PATCH', body }));
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  async #reject({ track }) {
    try {
      await ask(`tracks/${track}/reject-identity`, { method: 'POST' });
      await this.#load();
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  async #delete() {
    // eslint-disable-next-line no-alert -- the one question whose answer cannot be taken back
    if (!window.confirm('Delete this event? It cannot be brought back.')) return;
    try {
      await ask(`events/${this.#seq}`, { method: 'DELETE' });
      this.#context.navigate('#/events');
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  #say(text) {
    setText(this.#notice, text);
    this.#notice.hidden = !text;
  }
}

const said = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
