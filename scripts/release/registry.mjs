/** A registry of packages on the loopback interface, for rehearsals: it keeps what npm publishes. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * @typedef {object} Publication
 * @property {string} name
 * @property {string} version
 * @property {string | null} access
 * @property {Record<string, unknown>} manifest
 */

/**
 * Starts the registry. It knows no package, and takes any whose tarball has the checksum that its
 * manifest states.
 *
 * @returns {Promise<{
 *   url: string,
 *   tokenKey: string,
 *   published: Map<string, Publication>,
 *   close: () => Promise<void>,
 * }>}
 */
export async function startRegistry() {
  /** @type {Map<string, Publication>} */
  const published = new Map();
  const server = createServer(async (request, response) => {
    if (request.method !== 'PUT') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
      return;
    }
    const document = JSON.parse(await text(request));
    const problem = problemOf(document);
    if (!problem) published.set(document.name, publication(document));
    response
      .writeHead(problem ? 400 : 201, { 'content-type': 'application/json' })
      .end(JSON.stringify(problem ? { error: problem } : { ok: true }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    url: `http://${host}/`,
    tokenKey: `//${host}/:_authToken`,
    published,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** @param {any} document as npm sends it @returns {Publication} */
function publication({ name, access, versions }) {
  const [[version, manifest]] = Object.entries(versions);
  return { name, version, access: access ?? null, manifest };
}

/** @param {any} document @returns {string | null} */
function problemOf({ name, versions, _attachments: attachments }) {
  const [manifest] = Object.values(versions);
  const [attachment] = Object.values(attachments);
  if (manifest.name !== name) return `the manifest is of ${manifest.name}, not of ${name}`;
  const bytes = Buffer.from(attachment.data, 'base64');
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  return integrity === manifest.dist.integrity ? null : 'the tarball has another checksum';
}
