/** What who is logged in may do; the bridge has the last word. */

/** May change what concerns the work with the cameras. */
export const operates = (role) => role === 'operator' || role === 'admin';

/** May do what cannot be taken back, and see who did what. */
export const administers = (role) => role === 'admin';
