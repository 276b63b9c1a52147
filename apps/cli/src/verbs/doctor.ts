import { Command, Option } from 'commander';
import { buildTfjsAddon, devices, type AddonOptions } from '@intertwiner/engine';
import { UsageError } from '../io/errors.js';
import { addCommonOptions, type CommonOptions } from '../io/options.js';
import { isTerminal, makeOutput, type Output } from '../io/output.js';

interface DoctorOptions extends CommonOptions {
  readonly build?: AddonOptions['device'];
  readonly tensorflow?: string;
  readonly nodeHeaders?: string;
}

export const doctorVerb = (): Command =>
  addCommonOptions(
    new Command('doctor').description('tell which runtimes work here, and how to get the others'),
  )
    .addOption(
      new Option(
        '--build <device>',
        'first build the addon of tfjs-node against a libtensorflow',
      ).choices(['tfjs-node', 'tfjs-node-gpu']),
    )
    .option('--tensorflow <folder>', 'the libtensorflow to build against, with its headers')
    .option('--node-headers <folder>', 'headers of Node, if they are not where Node is')
    .action(async (options: DoctorOptions) => {
      const output = makeOutput(options.json);
      if (options.build) await build(options.build, options, output);
      await report(output);
    });

async function build(
  device: AddonOptions['device'],
  { tensorflow, nodeHeaders }: DoctorOptions,
  output: Output,
): Promise<void> {
  if (tensorflow === undefined) {
    throw new UsageError(
      '--build needs --tensorflow FOLDER: the tensorflow folder of an installed Python package, ' +
        'or an unpacked libtensorflow archive.',
    );
  }
  if (isTerminal()) process.stderr.write('Building, which takes about ten seconds …\n');
  const { path, libraries } = await buildTfjsAddon({
    device,
    tensorflow,
    ...(nodeHeaders === undefined ? {} : { nodeHeaders }),
  });
  output.say(`Built ${path}, linked with ${libraries.join(' and ')}.`);
}

async function report(output: Output): Promise<void> {
  const statuses = await devices();
  const lines = statuses.map(({ name, available, reason = '' }) =>
    `${available ? 'yes' : 'no '}  ${name.padEnd(14)}  ${reason}`.trimEnd(),
  );
  const versions = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  output.result(
    {
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
      devices: statuses,
    },
    [versions, ...lines].join('\n'),
  );
}
