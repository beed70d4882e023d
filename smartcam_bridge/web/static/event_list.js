/** Events, newest first: as many as somebody scrolls to, but only some in the page at once. */
import { ask } from './api.js';
import { h, place, setText } from './dom.js';
import { EventCard } from './event_card.js';
import { fits } from './event_words.js';
import { Pager } from './pager.js';
import { stampMs } from './words.js';

const PAGE = 40;
const SOON_MS = 250;
const NEAR = '600px';     // pages are read before somebody gets there
const ON_TOP_PX = 120;    // scrolled further, nothing moves until it is asked for

/** The list; `load` shows the events of a filter. */
export class EventList {
  #bridge;
  #query = {};
  #pager;
  #cards = new Map();   // seq -> EventCard
  #who;
  #words;
  #feed = h('div', { class: 'events', role: 'feed', 'aria-label': 'Events, newest first' });
  #above = h('div', { class: 'sentinel' });
  #below = h('div', { class: 'sentinel' });
  #fresh = h('button', { type: 'button', class: 'fresh main-action', hidden: true,
    onclick: () => this.#showNew() });
  #note = h('p', { class: 'note', role: 'status' });
  #eyes;
  #soon = null;
  #unseen = 0;
  #onEvent = ({ detail }) => this.#hear(detail);
  #onMissed = () => this.load(this.#query);

  /**
   * @param {import('./app.js').Context} context
   * @param {(query: Object) => Node[]} words what is said where nothing was found
   */
  constructor({ bridge, me, role }, words) {
    this.#bridge = bridge;
    this.#words = words;
    this.#who = { me, mayPin: role === 'operator' || role === 'admin' };
    this.#pager = new Pager((cursor, signal) => ask('events', {
      query: { ...this.#query, limit: PAGE, cursor }, signal }), ({ seq }) => seq);
    this.element = h('div', { class: 'event-list', onkeydown: (event) => this.#onKey(event) },
      this.#fresh, this.#above, this.#feed, this.#below, this.#note);
    this.#eyes = new IntersectionObserver((seen) => this.#scrolled(seen), { rootMargin: NEAR });
    bridge.addEventListener('event', this.#onEvent);
    bridge.addEventListener('missed', this.#onMissed);
  }

  /** The number of the newest event shown, 0 where there is none. */
  get newest() {
    return Math.max(0, ...this.#pager.items.map(({ seq }) => seq));
  }

  /** Show the events of a query, as `GET /events` takes it. */
  async load(query) {
    this.#query = query;
    this.#unseen = 0;
    await this.#turn(() => this.#pager.first());
  }

  /** Read again what is shown. */
  async refresh() {
    await this.#turn(() => this.#pager.refresh());
  }

  close() {
    clearTimeout(this.#soon);
    this.#pager.close();
    this.#eyes.disconnect();
    this.#bridge.removeEventListener('event', this.#onEvent);
    this.#bridge.removeEventListener('missed', this.#onMissed);
  }

  #hear(event) {
    const shown = event.track && this.#pager.items.some(({ track }) => track === event.track);
    const wanted = fits(event, this.#query);
    if (!wanted && !(shown && event.type === 'track_updated')) return;
    if (wanted && !this.#onTop()) {
      this.#unseen += 1;
      this.#showFresh();
    } else if (!this.#soon) {
      this.#soon = setTimeout(() => { this.#soon = null; this.refresh(); }, SOON_MS);
    }
  }

  #onTop() {
    return this.#pager.atTop && this.#feed.getBoundingClientRect().top > -ON_TOP_PX
      && !this.#feed.contains(document.activeElement?.closest('article'));
  }

  #showFresh() {
    const n = this.#unseen;
    this.#fresh.hidden = n === 0;
    setText(this.#fresh, `${n} new ${n === 1 ? 'event' : 'events'}`);
  }

  async #showNew() {
    await this.load(this.#query);
    this.element.scrollIntoView({ block: 'start' });
    this.#feed.querySelector('article')?.focus({ preventScroll: true });
  }

  #scrolled(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting && target === this.#below && this.#pager.hasMore) {
        this.#turn(() => this.#pager.older());
      }
      if (isIntersecting && target === this.#above && !this.#pager.atTop) {
        this.#turn(() => this.#pager.newer());
      }
    }
  }

  /** Read, then draw; what somebody looks at stays where it is. */
  async #turn(read) {
    this.#feed.setAttribute('aria-busy', 'true');
    try {
      if (await read()) this.#draw();
    } catch (problem) {
      setText(this.#note, problem.message);
    }
    this.#feed.setAttribute('aria-busy', 'false');
  }

  #draw() {
    const anchor = [...this.#feed.children].find((one) => one.getBoundingClientRect().bottom > 0);
    const before = anchor?.getBoundingClientRect().top;
    const cards = new Map();
    let day = '';
    for (const event of this.#pager.items) {
      const card = this.#cards.get(event.seq) || new EventCard(this.#actions(), this.#who);
      const its = new Date(stampMs(event.stamp)).toDateString();
      card.show(event, its !== day);
      day = its;
      cards.set(event.seq, card);
    }
    this.#cards = cards;
    place(this.#feed, [...cards.values()].map(({ element }) => element));
    this.#number();
    if (anchor?.isConnected && !this.#onTop()) {
      window.scrollBy(0, anchor.getBoundingClientRect().top - before);
    }
    if (this.#pager.atTop && this.#onTop()) this.#unseen = 0;
    this.#showFresh();
    if (cards.size) setText(this.#note, this.#pager.hasMore ? '' : 'These are all.');
    else this.#note.replaceChildren(...this.#words(this.#query));
    this.#note.classList.toggle('is-empty', cards.size === 0);
    this.#watch();
  }

  #number() {
    const first = this.#pager.skipped + 1;
    const all = this.#pager.hasMore ? -1 : first + this.#feed.children.length - 1;
    [...this.#feed.children].forEach((article, i) => {
      article.setAttribute('aria-posinset', first + i);
      article.setAttribute('aria-setsize', all);
    });
  }

  /** Look at the ends anew: one that is still in sight then reads on. */
  #watch() {
    for (const end of [this.#above, this.#below]) {
      this.#eyes.unobserve(end);
      this.#eyes.observe(end);
    }
  }

  #actions() {
    return {
      onAcknowledge: (event) => this.#change(event, {
        acknowledged: !(event.acknowledged || []).includes(this.#who.me) }),
      onPin: (event) => this.#change(event, { pinned: !event.pinned }),
      onReject: (event) => this.#reject(event),
    };
  }

  /** One click: the track loses the name, and all its events say so. */
  async #reject({ track }) {
    try {
      await ask(`tracks/${track}/reject-identity`, { method: 'POST' });
      this.#bridge.names.set(track, '');
      const stale = this.#pager.items.filter((event) => event.track === track);
      const fresh = await Promise.all(stale.map(({ seq }) => ask(`events/${seq}`)));
      fresh.forEach((event) => this.#pager.replace(event));
      this.#draw();
      setText(this.#note, 'Not this person: the track and its events lost the name, and faces like '
        + 'this one do not get it any more. Enroll it on the page of the track to take that back.');
    } catch (problem) {
      setText(this.#note, problem.message);
    }
  }

  async #change(event, body) {
    try {
      this.#pager.replace(await ask(`events/${event.seq}`, { method: 'PATCH', body }));
      this.#draw();
    } catch (problem) {
      setText(this.#note, problem.message);
    }
  }

  /** As a feed is used: Page Down and Page Up lead from one to the next. */
  #onKey(event) {
    const step = { PageDown: 1, PageUp: -1 }[event.key];
    const article = event.target.closest('article');
    if (!step || !article) return;
    event.preventDefault();
    const next = step > 0 ? article.nextElementSibling : article.previousElementSibling;
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  }
}
