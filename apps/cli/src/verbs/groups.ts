import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';
import { Command } from 'commander';
import {
  basisPicture,
  describeGroup,
  describeIntertwiners,
  formatGroup,
  formatIntertwiners,
  homBasis,
  parseRepresentation,
} from '@intertwiner/groups';
import { addCommonOptions, type CommonOptions } from '../io/options.js';
import { makeOutput } from '../io/output.js';
import { asUsageError, parseSpec } from './groupSpec.js';

export const groupsVerb = (): Command =>
  addCommonOptions(
    new Command('groups')
      .description("a group's order, conjugacy classes, character table and irreps")
      .argument('<spec>', 'such as S5, D4, C4xS3, O_h, SO(3), Rubik'),
  ).action(async (spec: string, { json, out }: CommonOptions) => {
    const group = parseSpec(spec);
    const [document, text] = [describeGroup(group), formatGroup(group)];
    await writeInto(out, { 'group.json': asJson(document), 'group.txt': `${text}\n` });
    makeOutput(json).result(document, text);
  });

export const basisVerb = (): Command =>
  addCommonOptions(
    new Command('basis')
      .description('an orthonormal basis of the linear maps that commute with a group')
      .argument('<spec>', 'the group')
      .argument('<in>', 'the representation of the input, such as V, V^2, V x V*, Sym^2 V, R, 1')
      .argument('<out>', 'the representation of the output'),
  ).action(async (spec: string, input: string, output: string, { json, out }: CommonOptions) => {
    const group = parseSpec(spec);
    const space = asUsageError(() =>
      homBasis(parseRepresentation(group, input), parseRepresentation(group, output)),
    );
    const [document, text] = [describeIntertwiners(space), formatIntertwiners(space)];
    await writeInto(out, {
      'basis.json': asJson(document),
      'basis.svg': basisPicture(space),
      'basis.txt': `${text}\n`,
    });
    makeOutput(json).result(document, text);
  });

const asJson = (document: unknown) => `${JSON.stringify(document, null, 2)}\n`;

/** Writes files into the folder of --out, if there is one. */
async function writeInto(
  folder: string | undefined,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  if (folder === undefined) return;
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
}
