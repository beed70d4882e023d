/** Links that give what is shown as a file. */
import { h } from './dom.js';

/** Make a link; its `href` follows the filter. @param {'events'|'tracks'} what */
export function exportLink(what) {
  return h('a', { class: 'export', download: `${what}.csv`, href: exportAddress(what, {}) }, 'As CSV');
}

/** The address of all that a query matches, as a file. */
export function exportAddress(what, query) {
  const kept = Object.entries(query).filter(([, value]) => value);
  const keys = new URLSearchParams(kept).toString();
  return `api/v1/exports/${what}.csv${keys ? `?${keys}` : ''}`;
}
