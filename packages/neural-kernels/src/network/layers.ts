import type { Activation } from '../activations/activation.js';

/** How a convolution meets the border: the image is a torus, or surrounded by zeros. */
export type Padding = 'circular' | 'zero';

/**
 * One layer of an infinitely wide network in NTK parameterisation. A plain, JSON-serialisable
 * description, so that a kernel can be sent to a worker thread.
 */
export type Layer =
  | { readonly layer: 'dense'; readonly weightVariance: number; readonly biasVariance: number }
  | {
      readonly layer: 'conv';
      /** Filter size along each axis, or one size for all. */
      readonly filter: number | readonly number[];
      /** Default 1. Must divide the grid. */
      readonly stride?: number;
      /** Default `circular`. */
      readonly padding?: Padding;
      readonly weightVariance: number;
      readonly biasVariance: number;
    }
  /** A convolution over a group: sees the elements gk for the k of its filter. */
  | {
      readonly layer: 'groupConv';
      readonly filter: readonly number[];
      readonly weightVariance: number;
      readonly biasVariance: number;
    }
  | { readonly layer: 'activation'; readonly activation: Activation }
  /** Normalises over the features (of each position), without gain or offset. */
  | { readonly layer: 'layerNorm' }
  /** x + branch(x); the branch must end in weights and keep the grid. */
  | { readonly layer: 'residual'; readonly branch: readonly Layer[] }
  /** Mean over disjoint windows of `size` positions along each axis; `size` must divide the grid. */
  | { readonly layer: 'averagePool'; readonly size: number }
  | { readonly layer: 'flatten' }
  | { readonly layer: 'globalAveragePool' }
  /** Mean over the elements of a group. */
  | { readonly layer: 'groupPool' };
