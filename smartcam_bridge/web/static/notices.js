/** What the page says about itself: connection, recorder, changes of state. */
import { setText } from './dom.js';
import { recorderWords } from './recorder.js';
import { CAMERA_STATES } from './words.js';

const LINK_WORDS = { open: 'Live', late: 'Quiet', lost: 'Lost', connecting: 'Connecting', idle: '' };
const CONNECTED = 'Connected to the bridge.';
const find = (id) => document.getElementById(id);

/** Header, banners and the announcer. `show` is called whenever something may have changed. */
export class Notices {
  #bridge;
  #lives;
  #lost = false;
  #said = new Map(); // what was announced last, by subject
  #untold = [];      // what is announced next, all at once

  /** @param {import('./bridge.js').Bridge} bridge @param {import('./live.js').Live[]} lives */
  constructor(bridge, lives) {
    this.#bridge = bridge;
    this.#lives = lives;
    find('retry').addEventListener('click', () => this.retry());
  }

  /** Try at once to connect where that waits. */
  retry() {
    this.#lives.forEach((live) => live.retryNow());
  }

  /** Tell something that nothing else on the page shows. */
  say(text) {
    find('announcer').textContent = text;
  }

  /** Bring everything up to date. */
  show() {
    this.#showLink();
    const { notice } = recorderWords(this.#bridge.recorder, this.#bridge.paused);
    find('recorder-banner').hidden = !notice || this.#lost;
    setText(find('recorder-text'), notice);
    this.#announce('recorder', notice, '');
    for (const [name, { state }] of Object.entries(this.#bridge.status)) {
      this.#announce(`camera ${name}`, `${name} is ${CAMERA_STATES[state] || state}.`, null);
    }
    if (this.#untold.length) this.say(this.#untold.splice(0).join(' '));
  }

  #showLink() {
    const wanted = this.#lives.filter(({ state }) => state !== 'idle');
    const bad = wanted.find(({ state }) => state === 'lost' || state === 'late');
    // While it tries again nothing has healed yet.
    const trying = wanted.find(({ state }) => state === 'connecting');
    if (bad) this.#lost = true;
    else if (!trying && wanted.length) this.#lost = false;
    const worst = bad || trying || wanted[0];
    const state = worst?.state || 'connecting';
    find('link-state').dataset.state = this.#lost && state === 'connecting' ? 'lost' : state;
    setText(find('link-state'), LINK_WORDS[find('link-state').dataset.state]);
    find('banner').hidden = !this.#lost;
    document.body.classList.toggle('disconnected', this.#lost);
    if (bad) setText(find('banner-text'), linkWords(bad));
    this.#announce('link', this.#lost ? bad?.detail : CONNECTED, CONNECTED);
  }

  /** Tell screen readers of a change, once; `usual` needs no telling the first time. */
  #announce(subject, text, usual) {
    if (text === undefined || this.#said.get(subject) === text) return;
    const first = !this.#said.has(subject);
    this.#said.set(subject, text);
    if (first && (usual === null || text === usual)) return;
    this.#untold.push(text || `The ${subject} is well again.`);
  }
}

function linkWords(live) {
  if (live.state === 'late') return `${live.detail} What you see is no longer live.`;
  const wait = Math.max(0, Math.ceil((live.retryAt - performance.now()) / 1000));
  return `${live.detail} Trying again ${wait > 0 ? `in ${wait} s` : 'now'}.`;
}
