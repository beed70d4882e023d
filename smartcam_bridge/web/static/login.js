/** Log in by a one-time link (`/login#<code>`) or by a pasted token. */
import { ask } from './api.js';

const REASONS = {
  expired: 'Your session has ended. Log in again to go on.',
  out: 'You are logged out.',
};
const USED_UP = 'This link does not work any more: it logs in once, and only for a short time. '
  + 'Make a new one as described below.';

const form = document.getElementById('form');
const field = document.getElementById('token');
const message = document.getElementById('message');
let from = ''; // the view to go back to

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const problem = await logIn({ token: field.value.trim() });
  if (problem) say(problem.status === 401 ? 'This token is not known here.' : problem.message);
  field.select();
});

// Pasting a link into the tab that already shows this page only changes the fragment.
window.addEventListener('hashchange', useLink);
field.focus();
useLink();

/** The fragment is a one-time code, or `?reason=&from=` where the page itself sent us here. */
async function useLink() {
  const fragment = window.location.hash.slice(1);
  if (!fragment) return;
  // The code must not stay in the address bar or the history.
  window.history.replaceState(null, '', window.location.pathname);
  if (fragment.startsWith('?')) {
    const words = new URLSearchParams(fragment.slice(1));
    from = words.get('from') || '';
    say(REASONS[words.get('reason')] || '', true);
    return;
  }
  say('Logging in…', true);
  const problem = await logIn({ code: fragment });
  if (problem?.status === 401 && await isLoggedIn()) goOn();
  else if (problem) say(problem.status === 401 ? USED_UP : problem.message);
}

async function logIn(body) {
  try {
    await ask('session', { method: 'POST', body });
  } catch (problem) {
    return problem;
  }
  goOn();
  return null;
}

/** A link that was used up in this very browser still leads to the page. */
async function isLoggedIn() {
  try {
    await ask('session');
    return true;
  } catch {
    return false;
  }
}

function goOn() {
  window.location.replace(`./${from.startsWith('#/') ? from : ''}`);
}

function say(text, calm = false) {
  message.textContent = text;
  message.className = calm ? '' : 'wrong';
}
