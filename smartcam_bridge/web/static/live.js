/** A WebSocket to the bridge that says how it is and heals by itself. */

export const PING_AFTER_MS = 900;
export const LATE_AFTER_MS = 1700; // with one tick more it is on the screen within 2 s
const DEAD_AFTER_MS = 6000;
const TICK_MS = 200;
const FIRST_RETRY_MS = 300;
const LAST_RETRY_MS = 5000;
const STABLE_AFTER_MS = 5000; // an open line this old starts its retries from the beginning

/**
 * Say what a closed WebSocket means. Codes: RFC 6455, 7.4.1.
 * @param {number} code
 * @param {string} reason
 */
export function closeWords(code, reason) {
  if (code === 1001) return 'The bridge is stopping; this page waits until it is back.';
  if (code === 1008) return `The bridge closed the connection: ${reason || 'not allowed'}.`;
  if (code === 1013) return `The bridge is too busy for this page: ${reason || 'try later'}.`;
  return 'No connection to the bridge.';
}

/**
 * One connection. States: `idle` (nothing wanted), `connecting`, `open`, `late` (nothing heard for
 * a while), `lost` (waits to try again, see `retryAt`).
 */
export class Live {
  #address;
  #handlers;
  #wanted = null;
  #socket = null;
  #heard = 0;
  #opened = 0;
  #pinged = 0;
  #ticked = 0;
  #failures = 0;
  #timer = null;
  #ended = ''; // why the last one that stood has ended
  #lastId = 0;
  #sent = '';

  /**
   * @param {string} address
   * @param {{onText?: (message: Object) => void, onFrame?: (bytes: ArrayBuffer) => void,
   *   onState?: (live: Live) => void, onRefused?: () => void}} handlers
   *   onRefused: a connection did not even open, which a lapsed session may be the cause of.
   */
  constructor(address, handlers) {
    this.#address = address;
    this.#handlers = handlers;
    this.state = 'idle';
    this.detail = '';
    this.retryAt = 0;
  }

  /** Say what is wanted: a subscription, or null to hang up. Connects as needed. */
  want(subscription) {
    this.#wanted = subscription;
    if (!subscription) this.#hangUp();
    else if (this.state === 'open' || this.state === 'late') this.#subscribe();
    else if (this.state === 'idle') this.#connect();
  }

  /** Try again at once where it waits. */
  retryNow() {
    if (this.state === 'lost') this.#connect();
  }

  #connect() {
    this.#stopTimer();
    this.#enter('connecting', '');
    const socket = new WebSocket(this.#address);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#opened = performance.now();
      this.#sent = '';
      this.#subscribe();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      // A vain attempt says less than what ended the connection before.
      this.#lose(opened || !this.#ended ? closeWords(event.code, event.reason) : this.#ended);
      if (!opened || event.code === 1008) this.#handlers.onRefused?.();
    };
    this.#heard = performance.now();
    this.#ticked = this.#heard;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  #receive(data) {
    this.#heard = performance.now();
    this.#ended = '';
    if (this.state !== 'open') this.#enter('open', '');
    if (typeof data !== 'string') {
      this.#handlers.onFrame?.(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.op === 'error') this.#enter('open', message.detail || message.code);
    if (message.type) this.#handlers.onText?.(message);
  }

  #tick() {
    const now = performance.now();
    // A page that was itself held up cannot tell the bridge's silence from its own.
    if (now - this.#ticked > TICK_MS + 500) this.#heard = Math.max(this.#heard, now - PING_AFTER_MS);
    this.#ticked = now;
    const quiet = now - this.#heard;
    if (quiet > DEAD_AFTER_MS) {
      this.#lose(this.#ended || closeWords(1006, ''));
    } else if (quiet > LATE_AFTER_MS && this.state === 'open') {
      this.#enter('late', 'The bridge has gone quiet.');
    } else if (quiet > PING_AFTER_MS && now - this.#pinged > PING_AFTER_MS) {
      this.#pinged = now;
      this.#send({ op: 'ping' });
    }
    if (now - this.#opened > STABLE_AFTER_MS && this.state === 'open') this.#failures = 0;
  }

  #subscribe() {
    const text = JSON.stringify(this.#wanted);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send({ op: 'subscribe', ...this.#wanted });
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#lastId += 1;
    this.#socket.send(JSON.stringify({ ...message, id: this.#lastId }));
  }

  #lose(why) {
    this.#dropSocket();
    this.#ended = why;
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Half of the wait is left to chance, so that many pages do not come back all at once.
    const wait = ceiling * (0.5 + Math.random() / 2);
    this.retryAt = performance.now() + wait;
    this.#enter('lost', why);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #hangUp() {
    this.#dropSocket();
    this.#failures = 0;
    this.#enter('idle', '');
  }

  #dropSocket() {
    this.#stopTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = null;
    // Browsers complain of one that is closed before it was open.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  #stopTimer() {
    clearTimeout(this.#timer); // clears intervals as well
    this.#timer = null;
  }

  #enter(state, detail) {
    if (state === this.state && detail === this.detail) return;
    this.state = state;
    this.detail = detail;
    this.#handlers.onState?.(this);
  }
}
