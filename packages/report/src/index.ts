export { barChartSvg } from './blocks/bar-chart.js';
export { linePlotSvg } from './blocks/line-plot.js';
export { reportJson } from './json.js';
export { formatNumber } from './numbers.js';
export { htmlReport } from './page.js';
export {
  inferenceReport,
  type InferenceTiming,
  type InferenceTimings,
  type TimingChanges,
} from './pages/inference.js';
export { greyPng } from './png.js';
export type {
  Axis,
  BarChart,
  BarGroup,
  Block,
  Cell,
  Column,
  Facts,
  GreyImage,
  HeatTable,
  ImageGrid,
  Interval,
  LinePlot,
  Note,
  NumberFormat,
  Paragraph,
  Reference,
  Report,
  Section,
  Series,
  Table,
} from './report.js';
