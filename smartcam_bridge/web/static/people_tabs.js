/** The ways within the people section. */
import { h } from './dom.js';
import { administers } from './roles.js';

const TABS = [['people', 'People'], ['strangers', 'Strangers'], ['threshold', 'Threshold'],
  ['privacy', 'Privacy']];

/** @param {string} current room of the address @param {string} role */
export function peopleTabs(current, role) {
  const tabs = administers(role) ? [...TABS, ['audit', 'Audit']] : TABS;
  return h('nav', { class: 'tabs', 'aria-label': 'People section' }, ...tabs.map(([room, name]) => (
    h('a', { href: `#/${room}`, 'aria-current': room === current ? 'page' : null }, name))));
}
