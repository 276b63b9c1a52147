import { Command } from 'commander';
import { kernelsReproduction } from '../reproduce/kernels/verb.js';

/** Each subcommand reproduces one paper's experiments and writes a report of them. */
export const reproduceVerb = (): Command => {
  const verb = new Command('reproduce').description("a paper's experiments, from data to report");
  for (const experiments of [kernelsReproduction]) verb.addCommand(experiments().exitOverride());
  return verb;
};
