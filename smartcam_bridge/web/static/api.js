/** Speak HTTP with the bridge. Addresses are relative, so a proxy may put it under any path. */

/** What the bridge answered when it could not do as asked (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status 0 when there was no answer at all @param {Object} body */
  constructor(status, body) {
    super(body.detail || body.title || `the bridge answered ${status}`);
    this.status = status;
    this.code = body.code || '';
    this.errors = body.errors || [];
    this.body = body;
  }
}

/**
 * Ask and return the parsed answer (null where it is empty).
 * @param {string} path below /api/v1/
 * @param {{method?: string, body?: any, query?: Object<string, any>, signal?: AbortSignal}} [how]
 * @throws {Problem}
 */
export async function ask(path, { method = 'GET', body, query = {}, signal } = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  const keys = new URLSearchParams(kept).toString();
  const request = { method, signal, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { 'Content-Type': 'application/json' };
  }
  let response;
  try {
    response = await fetch(`api/v1/${path}${keys ? `?${keys}` : ''}`, request);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, { detail: 'The bridge does not answer.' });
  }
  const parsed = await parse(response);
  if (response.status === 401 && path !== 'session') goToLogin('expired');
  if (!response.ok) throw new Problem(response.status, parsed || {});
  return parsed;
}

/** Address of the live WebSocket. */
export function liveAddress() {
  const address = new URL('api/v1/live', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  return address.href;
}

/** Go and log in, and come back to where the page is now. */
export function goToLogin(reason) {
  // Who logs out is told so, also by requests that were under way.
  if (reason === 'expired' && 'leaving' in document.body.dataset) return;
  const words = new URLSearchParams({ reason, from: window.location.hash });
  window.location.replace(`login#?${words}`);
}

async function parse(response) {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
