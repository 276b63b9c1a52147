/** Whether this Node is new enough, in words that an old one can still print. */

/**
 * @param {string} found such as `20.19.0`
 * @param {string} range such as `>=20.19.0`: the only form that package.json uses here
 * @returns {string | null} what is wrong and what to do, or null
 */
export function nodeProblem(found, range) {
  const wanted = range.replace('>=', '');
  if (!isOlder(found, wanted)) return null;
  return (
    `Node ${wanted} or newer is needed, this is Node ${found}. ` +
    'Install a newer one from https://nodejs.org and run the command again.'
  );
}

/** @param {string} a @param {string} b */
function isOlder(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const first = x.findIndex((part, i) => part !== y[i]);
  return first >= 0 && x[first] < y[first];
}
