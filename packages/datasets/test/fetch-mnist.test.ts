import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeIdx } from '@intertwiner/datasets';
import {
  fetchMnist,
  mnistFiles,
  type FetchProgress,
  type MnistFile,
} from '@intertwiner/datasets/node';
import { random } from '@intertwiner/random';

const stream = random(1, 'body');
const pixels = Uint8Array.from({ length: 90_000 }, () => stream.uint32());
const body = gzipSync(writeIdx(pixels, [90_000]));
const file: MnistFile = {
  ...mnistFiles[3]!,
  bytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let handler: Handler;
let requests: (string | undefined)[];
const server = createServer((request, response) => {
  requests.push(request.headers.range);
  handler(request, response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mnist/`;
// Port 9 (discard) of the loopback interface: nothing listens there.
const deadMirror = 'http://127.0.0.1:9/';

const root = mkdtempSync(join(tmpdir(), 'fetch-mnist-'));
let folder: string;
let path: string;
beforeEach(() => {
  requests = [];
  folder = join(mkdtempSync(join(root, 'case-')), 'new');
  path = join(folder, file.fileName);
});
afterEach(() => server.closeAllConnections());
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const whole: Handler = (_, response) => response.end(body);
const ranged: Handler = (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200).end(body.subarray(from));
};
/** Sends the beginning and leaves the rest open, to be cut by {@link cutOff}. */
const beginning: Handler = (_, response) => {
  response.writeHead(200, { 'content-length': body.length });
  response.write(body.subarray(0, 1000));
};
/** Closes the connection once something has arrived and been written. */
const cutOff = { onProgress: () => server.closeAllConnections() };
const get = (mirrors: string[] = [mirror], more = {}) =>
  fetchMnist({ folder, files: [file], mirrors, ...more });

describe('fetchMnist', () => {
  it('downloads, reports progress, and leaves a right file alone the next time', async () => {
    handler = whole;
    const progress: FetchProgress[] = [];
    const first = await get([mirror], { onProgress: (p: FetchProgress) => progress.push(p) });
    expect(first).toEqual([{ path, sha256: file.sha256, state: 'fetched' }]);
    expect(readFileSync(path)).toEqual(body);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(progress.at(-1)).toEqual({
      file: file.fileName,
      receivedBytes: body.length,
      totalBytes: body.length,
    });
    expect((await get())[0]!.state).toBe('already there');
    expect(requests.length).toBe(1);
  });

  it('goes on where a broken download stopped', async () => {
    handler = beginning;
    await expect(get([mirror], cutOff)).rejects.toThrow(
      'expected one of the mirrors to deliver it',
    );
    const have = readFileSync(`${path}.part`);
    expect(have.length).toBeGreaterThan(0);
    expect(have).toEqual(body.subarray(0, have.length));
    handler = ranged;
    await get();
    expect(requests).toEqual([undefined, `bytes=${have.length}-`]);
    expect(readFileSync(path)).toEqual(body);
  });

  it('starts again when the server ignores the range', async () => {
    handler = beginning;
    await expect(get([mirror], cutOff)).rejects.toThrow(
      'expected one of the mirrors to deliver it',
    );
    handler = whole;
    await get();
    expect(requests[1]).toMatch(/^bytes=/);
    expect(readFileSync(path)).toEqual(body);
  });

  it('keeps nothing of a file with another checksum, also at a right length or a longer one', async () => {
    for (const wrong of [Buffer.alloc(body.length), Buffer.alloc(body.length + 70_000)]) {
      handler = (_, response) => response.end(wrong);
      await expect(get()).rejects.toThrow(`not ${file.sha256}`);
      expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
    }
  });

  it('replaces a damaged file that bears the final name', async () => {
    handler = whole;
    await get();
    writeFileSync(path, 'damaged');
    expect((await get())[0]!.state).toBe('fetched');
    expect(readFileSync(path)).toEqual(body);
  });

  it('goes to the next mirror, and lists every failure if none delivers', async () => {
    handler = whole;
    await get([deadMirror, mirror]);
    expect(readFileSync(path)).toEqual(body);
    rmSync(path);
    handler = (_, response) => response.writeHead(404).end();
    const failure = get([deadMirror, mirror]);
    await expect(failure).rejects.toThrow(
      /127\.0\.0\.1:9: .+; 127\.0\.0\.1:\d+: HTTP 404\. Check the network/,
    );
  });

  it('gives up on a mirror that stalls', async () => {
    handler = (_, response) => {
      response.writeHead(200).write(body.subarray(0, 10));
    };
    await expect(get([mirror], { stallTimeoutMs: 100 })).rejects.toThrow(
      'nothing received for 100 ms',
    );
  });

  it('stops when the caller aborts', async () => {
    const controller = new AbortController();
    handler = (_, response) => {
      response.write(body.subarray(0, 10), () => controller.abort(new Error('enough')));
    };
    await expect(get([mirror], { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('fetches only the parts asked for', async () => {
    expect(await get([mirror], { parts: ['train'] })).toEqual([]);
  });
});
