/**
 * Reminders in the browser: `<reminder-toasts>` shows them, `connect()` is the same without a look.
 *
 *     <script type="module" src="/reminders-toast.js"></script>
 *     <reminder-toasts api="/api/v1" lang="da"></reminder-toasts>
 *
 * docs/widget.md says more. At most 12 kB gzipped: a test counts.
 */

// --- the bearer of the page, and what browsers may forbid

const TOKEN_KEYS = ["access_token", "token", "auth_token", "jwt"];

/** The first token in localStorage, sessionStorage or a cookie, or null. */
export function storedToken(keys = TOKEN_KEYS) {
  for (const key of keys) {
    const cookie = document.cookie.split("; ").find((one) => one.startsWith(key + "="));
    const token = read("localStorage", key) || read("sessionStorage", key) || cookie?.slice(key.length + 1);
    if (token) return decodeURIComponent(token).replace(/^"|"$/g, "").replace(/^Bearer /i, "");
  }
  return null;
}

const read = (storage, key) => {
  try {
    return window[storage].getItem(key);
  } catch {
    return null; // forbidden here
  }
};
const write = (storage, key, value) => {
  try {
    window[storage].setItem(key, value);
  } catch {
    // Forbidden, too.
  }
};

/** Whose token it is: `sub` of a JWT, else a hash. Tabs of other people keep apart. */
function subject(token) {
  if (token == null) return null;
  try {
    return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
  } catch {
    return [...token].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) | 0, 7);
  }
}

/** Runs `work` while no other tab does; at once where there are no Web Locks (plain http). */
const exclusively = async (name, signal, work) =>
  navigator.locks ? navigator.locks.request(name, { signal }, work) : work();
