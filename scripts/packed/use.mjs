/** Uses installed packages as a user does: types, ES modules, CommonJS, the command. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, node } from '../lib/command.mjs';
import { readPage } from '../lib/markdown.mjs';
import { programs } from '../lib/programs.mjs';

/** @typedef {import('./pack.mjs').Packed} Packed */

/**
 * The README's example and a CommonJS program per package, type-checked under both resolutions that
 * are current, then run.
 *
 * @param {string} root
 * @param {string} folder the user's project
 * @param {readonly Packed[]} packages
 */
export async function usePackages(root, folder, packages) {
  const libraries = packages.filter(({ manifest }) => manifest.exports);
  if (libraries.length === 0) return;
  const files = libraries
    .flatMap((packed) => [...examples(packed), requireAll(packed)])
    .map(({ file, code }) => {
      writeFileSync(join(folder, file), code);
      return file;
    });
  // TensorFlow.js's own declarations have errors; everything else is checked.
  const skipLibCheck = existsSync(join(folder, 'node_modules/@tensorflow/tfjs'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  for (const [name, options] of Object.entries(resolutions)) {
    const project = `tsconfig.${name}.json`;
    const typeRoots = [join(root, 'node_modules', '@types')];
    const compilerOptions = { ...strict, ...options, typeRoots, skipLibCheck };
    // `import x = require(…)` is Node's; a bundler knows only ES modules.
    const seen = name === 'nodenext' ? files : files.filter((file) => file.endsWith('.mts'));
    writeFileSync(join(folder, project), JSON.stringify({ compilerOptions, files: seen }));
    await node([compiler, '-p', project], { cwd: folder });
  }
  for (const file of files) await runProgram(folder, join('out', file.replace(/ts$/, 'js')));
}

const strict = {
  strict: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  types: ['node'],
  exactOptionalPropertyTypes: true,
};

const resolutions = {
  nodenext: { module: 'nodenext', outDir: 'out' },
  bundler: { module: 'preserve', moduleResolution: 'bundler', noEmit: true },
};

/** @param {Packed} packed @returns {{ file: string, code: string }[]} */
function examples({ name, folder }) {
  const page = readPage(readFileSync(join(folder, 'README.md'), 'utf8'));
  const runnable = programs(page).filter(({ notRun }) => notRun === null);
  if (runnable.length === 0) throw new Error(`The README of ${name} has no example`);
  return runnable.map(({ code, line }) => ({
    file: `${slug(name)}-${line}.mts`,
    code: `${code}\nexport {};\n`,
  }));
}

/** @param {Packed} packed a program that loads every entry point with CommonJS's require */
function requireAll({ name, manifest }) {
  const entries = Object.keys(manifest.exports ?? {})
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1));
  const code = entries
    .map(
      (entry, i) =>
        `import entry${i} = require('${entry}');\nconsole.log(Object.keys(entry${i}).length);`,
    )
    .join('\n');
  return { file: `${slug(name)}-require.cts`, code: `${code}\n` };
}

/** @param {string} name */
const slug = (name) => name.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '');

/** @param {string} folder @param {string} file */
async function runProgram(folder, file) {
  const printed = await node([file], { cwd: folder });
  if (printed === '') throw new Error(`${file} printed nothing`);
  if (/^0$/m.test(printed) && file.endsWith('.cjs')) throw new Error(`${file}: an empty module`);
}

/**
 * The command, installed: it tells about itself and the machine, and clones, verifies and audits a
 * very small network.
 *
 * @param {string} folder the user's project
 */
export async function useCommand(folder) {
  /** @param {string} line */
  const intertwiner = (line) =>
    command(join('node_modules', '.bin', 'intertwiner'), line.split(' '), { cwd: folder });
  await intertwiner('--version');
  JSON.parse(await intertwiner('doctor --json'));
  const sizes =
    '--clone-steps 20,20 --widths 64,32 --channels 4,4 --epochs 1 --train 256 --test 64';
  const { onnx } = JSON.parse(await intertwiner(`clone ${sizes} --out small --json`));
  if (!existsSync(join(folder, onnx.path))) throw new Error(`clone did not write ${onnx.path}`);
  await intertwiner('verify small/student.onnx');
  await intertwiner('audit small/student.onnx --samples 4');
}
