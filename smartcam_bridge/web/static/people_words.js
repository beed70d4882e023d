/** People in words: who they are, what they said, how alike. */
import { bdi, h } from './dom.js';

/** @type {Object<string, string>} */
export const CONSENTS = {
  not_asked: 'Not asked', given: 'Given', refused: 'Refused', withdrawn: 'Withdrawn',
};

/** Where a template came from. */
export const SOURCES = {
  track: 'from a track', picture: 'from a picture', vector: 'as a vector',
  stranger: 'from a stranger',
};

/** What is known of who a track is. */
export const VERDICTS = {
  known: 'a person with a name', unknown: 'a stranger', ambiguous: 'more than one is alike',
};

const RECOGNISED = ['not_asked', 'given'];

/** The address of a person's own page. */
export const personHash = (id) => `#/people/${encodeURIComponent(id)}`;

/** The address of a stranger's own page. */
export const strangerHash = (id) => `#/strangers/${encodeURIComponent(id)}`;

/** Whether who said this is recognised. */
export const recognised = (consent) => RECOGNISED.includes(consent);

/** What somebody said, in a word and a shape; not by colour alone. */
export function consentMark(consent) {
  return h('span', { class: 'state', 'data-state': recognised(consent)
    ? (consent === 'given' && 'good') || 'open' : 'disabled' },
  `Consent: ${(CONSENTS[consent] || consent).toLowerCase()}`);
}

/** What a track is called: the name of who it is, else its label. */
export const whoIs = ({ identity, label }) => identity?.person?.name || label || 'no label';

/** A link to a person, or words where the person is forgotten. */
export function personLink(person) {
  return person?.name ? h('a', { href: personHash(person.id) }, bdi(person.name))
    : h('span', {}, 'somebody who is forgotten');
}

/** A picture of somebody; where there is none, the first letters of the name. */
export function face(person, size = '') {
  const blank = () => h('span', { class: `face blank ${size}`, 'aria-hidden': 'true' },
    initials(person.name));
  return person.picture ? h('img', { class: `face ${size}`, alt: '', loading: 'lazy',
    src: person.picture.replace(/^\//, ''),
    onerror: (event) => event.target.replaceWith(blank()) }) : blank();
}

/** The first letters of the first and the last name. */
export function initials(name) {
  const words = String(name || '').split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 && words.at(-1)].filter(Boolean);
  return letters.map((word) => Array.from(word)[0].toLocaleUpperCase()).join('') || '?';
}

/** Say a number of things: `1 template`, `3 templates`. */
export const many = (n, thing) => `${n.toLocaleString('en')} ${thing}${n === 1 ? '' : 's'}`;
