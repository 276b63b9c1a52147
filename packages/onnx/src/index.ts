export { supportedKernels, registerLowering } from './lowerings/registry.js';
export type { KernelCall, Lowering } from './lowerings/lowering.js';
export type { GraphBuilder, OutputType } from './ir/builder.js';
export type { DType, TypedArray } from './ir/dtype.js';
export {
  int,
  float,
  ints,
  string,
  type Attribute,
  type Attributes,
  type Graph,
  type Node,
  type Shape,
  type State,
  type Value,
} from './ir/graph.js';
export type { Target } from './ir/target.js';
export {
  disposeKept,
  trace,
  type InputSpec,
  type TracedFunction,
  type TracedOutput,
  type TraceOptions,
} from './tracing/trace.js';
export { passNames, type PassName } from './passes/optimize.js';
export { TracedValueError, TraceError, UntracedKernelError } from './tracing/errors.js';
export { correctGradients } from './tracing/gradients.js';
export { randomNormal, randomUniform } from './tracing/random.js';
export { assignElements } from './tracing/variables.js';
export { loadLayersModel, saveLayersModel } from './export/layersModel.js';
export { exportModel, type ExportInput, type ExportOptions } from './export/exportModel.js';
export { writeModel, type Extent, type ModelOptions } from './protobuf/write.js';
export { checkModel, type ModelSummary, type TensorDeclaration } from './protobuf/check.js';
export { ModelError } from './protobuf/errors.js';
export { exposeValues, listNodes, type NodeSummary } from './protobuf/inspect.js';
export { convertModel, copyDtypes, type CopyDtype } from './copies/convert.js';
export { targetProbe, type TargetProbe } from './training/targetProbe.js';
export { graphVariables, type Variable } from './training/variables.js';
export { stateOutput, stepsInput, writeTrainingLoop } from './training/loop.js';
export { writeStateReader, writeTrainingStep } from './training/step.js';
