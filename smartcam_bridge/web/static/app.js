/** The page: connects, shows the view that the address names, and keeps it up to date. */
import { ask, goToLogin, liveAddress } from './api.js';
import { Bridge } from './bridge.js';
import { Foot } from './foot.js';
import { readFrame } from './frames.js';
import { Live } from './live.js';
import { Notices } from './notices.js';
import { makeView } from './router.js';

const TICK_MS = 500;
const HANG_UP_AFTER_MS = 1000; // going from one view to the next keeps the line

/**
 * What views may use.
 * @typedef {{bridge: Bridge, role: string, me: string, navigate: (hash: string) => void,
 *   reopen: () => void,
 *   watch: (cameras: string[], wish: {fps?: number, width?: number}) => void}} Context
 *   role: what who is logged in may do, me: who that is; '' while nobody knows
 *   watch: ask for boxes and frames of these cameras, in place of what was asked for before
 */

/** Ties views and connections together. */
class Page {
  #bridge = new Bridge();
  #news;
  #pictures;
  #notices;
  #foot;
  #main = document.getElementById('main');
  #context;
  #view = null;
  #hash = null;
  #wanted = null; // the pictures that the view wants while it can be seen
  #hangUp = null;
  #upToDate = false;
  #leaving = false;

  constructor() {
    // Two connections: news must not wait behind pictures on a slow line.
    const onRefused = () => this.#checkSession();
    this.#news = new Live(liveAddress(), {
      onText: (message) => this.#bridge.hear(message),
      onState: (live) => this.#newsChanged(live),
      onRefused,
    });
    this.#pictures = new Live(liveAddress(), {
      onText: (message) => this.#showBoxes(message),
      onFrame: (bytes) => this.#showFrame(bytes),
      onState: (live) => this.#picturesChanged(live),
      onRefused,
    });
    this.#notices = new Notices(this.#bridge, [this.#news, this.#pictures]);
    this.#foot = new Foot(this.#bridge, document.getElementById('foot'));
    this.#context = {
      bridge: this.#bridge,
      role: '',
      me: '',
      navigate: (hash) => { window.location.hash = hash; },
      reopen: () => this.#open(false),
      watch: (cameras, wish) => this.#watch(cameras, wish),
    };
  }

  async start() {
    document.getElementById('skip').addEventListener('click', (event) => {
      event.preventDefault(); // the fragment belongs to the views
      this.#main.focus();
    });
    const logOut = document.getElementById('logout');
    logOut.addEventListener('click', () => this.#logOut());
    logOut.hidden = false;
    try {
      const { role, name } = await ask('session');
      Object.assign(this.#context, { role, me: name });
      await this.#bridge.load();
    } catch (problem) {
      if (problem.status === 401) {
        goToLogin('');
        return;
      }
    }
    this.#bridge.addEventListener('cameras', () => this.#view.refresh());
    this.#bridge.addEventListener('status', () => this.#update());
    window.addEventListener('hashchange', () => this.#open(true));
    window.addEventListener('online', () => this.#notices.retry());
    document.addEventListener('visibilitychange', () => this.#look());
    this.#open(false);
    this.#look();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Show what the address names. `moved`: a person went there, so the focus goes along. */
  #open(moved) {
    this.#view?.close();
    this.#watch([], {});
    const from = this.#hash;
    this.#hash = window.location.hash;
    const { name, view } = makeView(this.#hash, this.#context);
    this.#view = view;
    this.#main.replaceChildren(view.element);
    document.title = `${view.title} – smartcam`;
    for (const link of document.querySelectorAll('nav [data-view]')) {
      if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (!moved) return;
    window.scrollTo(0, 0);
    view.focusTarget(from).focus();
  }

  #watch(cameras, wish) {
    clearTimeout(this.#hangUp);
    this.#wanted = cameras.length ? { topics: ['boxes', 'frames'], cameras, ...wish } : null;
    if (this.#wanted) this.#look();
    else this.#hangUp = setTimeout(() => this.#look(), HANG_UP_AFTER_MS);
  }

  /** A page that nobody looks at asks for nothing. */
  #look() {
    const away = document.hidden || this.#leaving;
    this.#news.want(away ? null : { topics: ['events', 'status'] });
    this.#pictures.want(away ? null : this.#wanted);
  }

  #tick() {
    if (document.hidden) return;
    this.#update();
    this.#foot.update();
  }

  #update() {
    this.#view.update();
    this.#notices.show();
  }

  #newsChanged({ state }) {
    this.#bridge.connected = state === 'open' || (this.#bridge.connected && state !== 'lost');
    this.#notices.show();
    if (state === 'lost') this.#view.update();
    if (state === 'lost' || state === 'idle') this.#upToDate = false;
    if (state !== 'open' || this.#upToDate) return;
    this.#upToDate = true;
    this.#foot.reset();
    this.#bridge.catchUp().catch(() => {}); // the next status message asks again
  }

  #picturesChanged({ state }) {
    this.#notices.show();
    if (state !== 'lost') return;
    for (const name of this.#bridge.cameras.keys()) this.#view.stage(name)?.drop();
  }

  #showBoxes(message) {
    if (message.type === 'boxes') this.#view.stage(message.camera)?.addBoxes(message);
  }

  #showFrame(bytes) {
    const frame = readFrame(bytes);
    if (frame) this.#view.stage(frame.camera)?.addFrame(frame);
  }

  async #checkSession() {
    try {
      await ask('session');
    } catch (problem) {
      if (problem.status === 401) goToLogin('expired');
    }
  }

  async #logOut() {
    this.#leaving = true;
    document.body.dataset.leaving = '';
    this.#look();
    try {
      await ask('session', { method: 'DELETE' });
    } catch (problem) {
      if (problem.status !== 401) {
        this.#notices.say(problem.message);
        this.#leaving = false;
        delete document.body.dataset.leaving;
        this.#look();
        return;
      }
    }
    goToLogin('out');
  }
}

new Page().start();
