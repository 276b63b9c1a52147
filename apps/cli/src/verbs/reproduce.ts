import { Command } from 'commander';
import { cloningReproduction } from '../reproduce/cloning/verb.js';
import { kernelsReproduction } from '../reproduce/kernels/verb.js';
import { relaxationReproduction } from '../reproduce/relaxation/verb.js';

const papers = [cloningReproduction, kernelsReproduction, relaxationReproduction];

/** Each subcommand reproduces one paper's experiments and writes a report of them. */
export const reproduceVerb = (): Command => {
  const verb = new Command('reproduce').description("a paper's experiments, from data to report");
  for (const experiments of papers) verb.addCommand(experiments().exitOverride());
  return verb;
};
