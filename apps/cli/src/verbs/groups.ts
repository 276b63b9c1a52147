import { Command } from 'commander';
import {
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
  ).action((spec: string, { json }: CommonOptions) => {
    const group = parseSpec(spec);
    makeOutput(json).result(describeGroup(group), formatGroup(group));
  });

export const basisVerb = (): Command =>
  addCommonOptions(
    new Command('basis')
      .description('an orthonormal basis of the linear maps that commute with a group')
      .argument('<spec>', 'the group')
      .argument('<in>', 'the representation of the input, such as V, V^2, V x V*, Sym^2 V, R, 1')
      .argument('<out>', 'the representation of the output'),
  ).action((spec: string, input: string, output: string, { json }: CommonOptions) => {
    const group = parseSpec(spec);
    const space = asUsageError(() =>
      homBasis(parseRepresentation(group, input), parseRepresentation(group, output)),
    );
    makeOutput(json).result(describeIntertwiners(space), formatIntertwiners(space));
  });
