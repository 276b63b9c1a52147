import { classifier } from './classifier.js';
import { customLoop } from './customLoop.js';
import { fineTuning } from './fineTuning.js';
import { gan } from './gan.js';
import { sequences } from './sequences.js';
import { twoInputs } from './twoInputs.js';
import { vae } from './vae.js';
import type { MakeProgram } from './program.js';

/** Programs of the kinds that people write. */
export const userPrograms: Readonly<Record<string, MakeProgram>> = {
  'custom loop: variableGrads, clipping by value, decay, several losses': customLoop,
  'functional model: two inputs, two outputs, metrics': twoInputs,
  'sequences: embedding, LSTM, classes': sequences,
  'variational autoencoder with randomness in the graph': vae,
  'adversarial networks: two optimizers': gan,
  'depthwise separable classifier: batch normalisation, dropout, label smoothing': classifier,
  'fine-tuning: frozen layers, rates of parameter groups': fineTuning,
};
