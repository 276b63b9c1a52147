export {
  DeviceError,
  deviceNames,
  onnxDevices,
  parseDevice,
  tfjsDevices,
  type Device,
  type OnnxDevice,
  type TfjsDevice,
} from './devices/device.js';
export { buildTfjsAddon, type AddonOptions, type BuiltAddon } from './devices/buildAddon.js';
export { loadTfjsBackend } from './devices/tfjs.js';
export { cpuTarget } from './devices/target.js';
export { devices, requireDevice, resolveDevice, type DeviceStatus } from './devices/probe.js';
export {
  loadModel,
  type ArrayTensor,
  type Feeds,
  type LoadedModel,
  type LoadOptions,
  type TensorData,
} from './sessions/model.js';
export { readModelFile } from './sessions/readModelFile.js';
export {
  compareRuntimes,
  difference,
  type CompareOptions,
  type RuntimeComparison,
} from './sessions/compareRuntimes.js';
export { assignVariables } from './training/variables.js';
export { compileTraining, type TrainingOptions } from './training/compileTraining.js';
export {
  TrainingError,
  type Evaluation,
  type FillBatch,
  type RunOptions,
  type StepBatch,
  type StepOutputs,
  type Training,
  type TrainingProgram,
  type TrainingState,
  type VariableState,
} from './training/program.js';
export { adam, type AdamOptions } from './optimizers/adam.js';
export { scheduled } from './optimizers/scheduled.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export { clipByGlobalNorm, type Optimizer, type OptimizerOptions } from './optimizers/optimizer.js';
export { writeFileAtomic } from './files/atomic.js';
export {
  CheckpointError,
  checkpointToState,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  stateToCheckpoint,
  type Checkpoint,
} from './files/checkpoint.js';
export {
  runPhase,
  stepsToCheck,
  type Measurement,
  type Phase,
  type PhaseOptions,
  type PhaseProgress,
  type PhaseRecord,
} from './runs/phase.js';
export {
  clearStore,
  folderStore,
  noStore,
  rememberingStore,
  type PhaseStore,
  type SavedPhase,
} from './runs/store.js';
export { appendOutputs } from './training/stepOutputs.js';
export {
  ContestantError,
  firstRun,
  loadMessage,
  onnxContestant,
  processContestant,
  type BenchmarkCase,
  type Contestant,
  type FirstRun,
} from './benchmark/contestant.js';
export {
  benchmarkInference,
  type AbsentRuntime,
  type BenchmarkOptions,
  type ContestantFactory,
  type InferenceReport,
  type InferenceRow,
} from './benchmark/race.js';
export { compareReports, type ReportChange, type RowChange } from './benchmark/compare.js';
