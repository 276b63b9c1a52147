/** What the verbs under `reproduce` have in common: run units, then report what is there. */
import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';
import { barChartSvg, type BarChart, type Report } from '@intertwiner/report';
import { interruptSignal } from '../io/interrupt.js';
import { makeOutput } from '../io/output.js';
import { makeProgress } from '../io/progress.js';
import { writeReport } from '../report/writeReport.js';
import { runUnits, type Records, type Unit } from './experiment.js';

/** A document that says in a line what was found. */
interface Document {
  readonly verdict: string;
}

export interface Reproduction<D extends Document> {
  readonly folder: string;
  /** See {@link runUnits}. */
  readonly settings: unknown;
  readonly units: readonly Unit[];
  readonly json: boolean;
  summarise(records: Records): D;
  page(document: D): Report;
  /** The document as Markdown, to be written beside it. */
  tables?(document: D): string;
  /** All of it at a glance. */
  picture?(document: D): BarChart;
}

/** Writes `report.json`, `report.html` and, where there are such, `tables.md` and `picture.svg`. */
export async function runReproduction<D extends Document>({
  folder,
  settings,
  units,
  json,
  ...write
}: Reproduction<D>): Promise<void> {
  const progress = makeProgress();
  const output = makeOutput(json);
  try {
    const records = await runUnits(units, {
      folder,
      settings,
      progress,
      signal: interruptSignal(`Run the same command again to go on with '${folder}'.`),
    });
    const document = write.summarise(records);
    await writeReport(folder, document, write.page(document));
    if (write.tables) await writeFileAtomic(join(folder, 'tables.md'), write.tables(document));
    if (write.picture) {
      await writeFileAtomic(join(folder, 'picture.svg'), barChartSvg(write.picture(document)));
    }
    output.result(document, `${document.verdict}\n${join(folder, 'report.html')}`);
  } finally {
    progress.stop();
  }
}
