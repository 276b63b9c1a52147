/** Folders of files for a browser on this machine. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * @param folders by the first part of the path
 * @param headers of every answer
 */
export function serve(
  folders: Readonly<Record<string, () => string>>,
  headers: OutgoingHttpHeaders = {},
): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    const path = fileOf(folders, request.url ?? '');
    if (path === null) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(path)] ?? 'application/octet-stream';
    // With a length, what is sent has no frames, and its bytes are those of the file.
    const length = statSync(path).size;
    response.writeHead(200, { 'content-type': type, 'content-length': length, ...headers });
    createReadStream(path).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${port}` });
    });
  });
}

/** The file that a URL names, if it is one in its folder. */
function fileOf(folders: Readonly<Record<string, () => string>>, url: string): string | null {
  const [, folder = '', ...rest] = decodeURI(url).split('?')[0]!.split('/');
  const root = folders[folder]?.();
  if (!root) return null;
  const path = normalize(join(root, ...rest));
  const inside = path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
  return inside && existsSync(path) && statSync(path).isFile() ? path : null;
}
