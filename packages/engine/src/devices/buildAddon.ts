/**
 * Builds the native addon of tfjs-node against a libtensorflow that is there already. The package's
 * own install script downloads libtensorflow 2.9.1 (for its GPU package: CUDA 11.2), which is older
 * than today's cards; its two C++ files compile against newer ones as they are.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DeviceError } from './device.js';
import { locateModule } from './locate.js';

const run = promisify(execFile);

export interface AddonOptions {
  /** Which package's addon. */
  readonly device: 'tfjs-node' | 'tfjs-node-gpu';
  /**
   * A folder with libtensorflow and its headers: the `tensorflow` folder of an installed Python
   * package, or that of an unpacked libtensorflow archive.
   */
  readonly tensorflow: string;
  /** The folder of Node's headers (`node_api.h`). Default: where Node was installed. */
  readonly nodeHeaders?: string;
  /** The C++ compiler. Default: the environment variable `CXX`, or `c++`. */
  readonly compiler?: string;
}

/** An addon that was built and loaded. */
export interface BuiltAddon {
  readonly path: string;
  /** The libraries it is linked with. */
  readonly libraries: readonly string[];
}

/**
 * Builds the addon and puts it where the package looks for it. Linux and macOS. The addon remembers
 * the absolute path of the libraries, which have to stay there.
 *
 * @throws DeviceError if the package, the library, the headers or the compiler are missing, or if
 *   the compiler refuses.
 */
export async function buildTfjsAddon(options: AddonOptions): Promise<BuiltAddon> {
  const name = `@tensorflow/${options.device}`;
  const root = packageRoot(name);
  const tensorflow = findTensorflow(resolve(options.tensorflow));
  const headers = findNodeHeaders(options.nodeHeaders);
  const target = await addonPath(root);
  const temporary = `${target}.${process.pid}.tmp`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await compile(options.compiler ?? process.env['CXX'] ?? 'c++', [
      '-O2',
      '-fPIC',
      '-shared',
      '-std=c++17',
      ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
      `-DNAPI_VERSION=${/napi-v(\d+)/.exec(target)?.[1] ?? '8'}`,
      ...[headers, tensorflow.include].map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(root, 'binding', file)),
      ...tensorflow.libraries,
      ...new Set(tensorflow.libraries.map((library) => `-Wl,-rpath,${dirname(library)}`)),
      '-o',
      temporary,
    ]);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  return { path: target, libraries: tensorflow.libraries };
}

function packageRoot(name: string): string {
  const manifest = locateModule(`${name}/package.json`);
  if (manifest) return dirname(manifest);
  throw new DeviceError(
    `${name} is not installed. Install it without its install script: ` +
      `npm install --ignore-scripts ${name}@4.22.0`,
  );
}

/** Where the package looks for its addon; node-pre-gyp, which it uses itself, works that out. */
async function addonPath(root: string): Promise<string> {
  const manifest = join(root, 'package.json');
  const preGyp = createRequire(manifest)('@mapbox/node-pre-gyp') as {
    find(path: string): string;
  };
  const { main } = JSON.parse(await readFile(manifest, 'utf8')) as { main?: string };
  if (!main) throw new DeviceError(`'${manifest}' is no package of tfjs-node.`);
  return preGyp.find(manifest);
}

/** The endings of shared libraries here; newer packages bring the numbered names only. */
const libraryEndings = process.platform === 'darwin' ? ['.2.dylib', '.dylib'] : ['.so.2', '.so'];

function findTensorflow(folder: string) {
  const include = firstWith([join(folder, 'include'), folder], 'tensorflow/c/c_api.h');
  const folders = [folder, join(folder, 'lib'), join(folder, 'lib64')];
  // The Python package calls its library …_cc; the archive for C has the plain name.
  const core = firstLibrary(folders, ['libtensorflow_cc', 'libtensorflow']);
  const framework = firstLibrary(folders, ['libtensorflow_framework']);
  if (include && core && framework) return { include, libraries: [core, framework] };
  const missing = [
    include ? null : 'include/tensorflow/c/c_api.h',
    core ? null : `libtensorflow_cc${libraryEndings[0]} or libtensorflow${libraryEndings[0]}`,
    framework ? null : `libtensorflow_framework${libraryEndings[0]}`,
  ].filter((part) => part !== null);
  throw new DeviceError(
    `'${folder}' holds no libtensorflow: ${missing.join(', ')} not found there. Name the folder ` +
      'that `pip install tensorflow` made (site-packages/tensorflow), or that of an unpacked ' +
      'libtensorflow archive.',
  );
}

const firstWith = (folders: readonly string[], file: string): string | undefined =>
  folders.find((folder) => existsSync(join(folder, file)));

const firstLibrary = (folders: readonly string[], stems: readonly string[]): string | undefined =>
  stems
    .flatMap((stem) => libraryEndings.map((ending) => stem + ending))
    .flatMap((file) => folders.map((folder) => join(folder, file)))
    .find((path) => existsSync(path));

function findNodeHeaders(named: string | undefined): string {
  const places = named
    ? [named, join(named, 'include', 'node')]
    : [join(dirname(dirname(process.execPath)), 'include', 'node')];
  const found = firstWith(places, 'node_api.h');
  if (found) return found;
  throw new DeviceError(
    `Node's headers are not in '${places[0]}' (no node_api.h). Name their folder; the npm package ` +
      'node-api-headers and the archives of nodejs.org bring them.',
  );
}

async function compile(compiler: string, flags: readonly string[]): Promise<void> {
  try {
    await run(compiler, flags, { maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') {
      throw new DeviceError(
        `There is no C++ compiler '${compiler}'. Install one (g++ or clang++), or name it in CXX.`,
      );
    }
    const lines = stderr.split('\n');
    const first = lines.find((line) => /error/i.test(line)) ?? lines[0];
    throw new DeviceError(`'${compiler}' could not build the addon: ${first}`);
  }
}
