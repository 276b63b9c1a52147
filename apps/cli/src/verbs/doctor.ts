import { Command } from 'commander';
import { devices } from '@intertwiner/engine';
import { addCommonOptions, type CommonOptions } from '../io/options.js';
import { makeOutput } from '../io/output.js';

export const doctorVerb = (): Command =>
  addCommonOptions(
    new Command('doctor').description('tell which runtimes work here, and how to get the others'),
  ).action(async ({ json }: CommonOptions) => {
    const statuses = await devices();
    const lines = statuses.map(
      ({ name, available, reason }) =>
        `${available ? 'yes' : 'no '}  ${name.padEnd(14)}${reason ? `  ${reason}` : ''}`,
    );
    const versions = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
    makeOutput(json).result(
      {
        node: process.versions.node,
        platform: process.platform,
        arch: process.arch,
        devices: statuses,
      },
      [versions, ...lines].join('\n'),
    );
  });
