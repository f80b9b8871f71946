// Asks a Prometheus, and makes data frames of its answers the way Grafana's data source does.
import { type DataFrame, type Field, FieldType, createDataFrame, type Labels, type TimeRange } from '@grafana/data';
import type { Target } from './dashboard';
import { NOW } from './time';

const ADDRESS = new URLSearchParams(window.location.search).get('prometheus') ?? 'http://127.0.0.1:9090';

export interface Series {
  metric: Labels;
  value?: [number, string];
  values?: Array<[number, string]>;
}

async function ask(path: string, parameters: Record<string, string>): Promise<unknown> {
  const answer = await fetch(`${ADDRESS}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  return unpacked(await answer.json());
}

function unpacked(answer: { status: string; error?: string; data: unknown; warnings?: string[] }): unknown {
  if (answer.status !== 'success') {
    throw new Error(answer.error);
  }
  return answer.data;
}

/** The vector of an expression at the end of the range. */
export async function instant(query: string): Promise<Series[]> {
  const data = (await ask('query', { query, time: String(NOW / 1000) })) as { resultType: string; result: unknown };
  if (data.resultType === 'scalar') {
    return [{ metric: {}, value: data.result as [number, string] }];
  }
  const series = data.result as Series[];
  return /\b(sort|topk|bottomk)/.test(query) ? series : series.sort(byLabels); // it comes in any order
}

function byLabels(one: Series, other: Series): number {
  const [first, second] = [one, other].map(({ metric }) => JSON.stringify(Object.entries(metric).sort()));
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The matrix of an expression over a range; its moments are multiples of the step, in milliseconds. */
export async function matrix(query: string, range: TimeRange, step: number): Promise<Series[]> {
  const start = Math.floor(range.from.valueOf() / step) * (step / 1000);
  const end = Math.floor(range.to.valueOf() / step) * (step / 1000);
  const data = await ask('query_range', { query, start: String(start), end: String(end), step: String(step / 1000) });
  return (data as { result: Series[] }).result;
}

/** The values of a label, of all series or of those of a selector, within a range. */
export async function labelValues(label: string, selector: string, range: TimeRange): Promise<string[]> {
  const parameters = new URLSearchParams({
    start: String(range.from.valueOf() / 1000),
    end: String(range.to.valueOf() / 1000),
  });
  if (selector) {
    parameters.set('match[]', selector);
  }
  const answer = await fetch(`${ADDRESS}/api/v1/label/${encodeURIComponent(label)}/values?${parameters}`);
  return unpacked(await answer.json()) as string[];
}

/** What a series is called; empty, where that is left to the labels in which the series differ. */
function nameOf(labels: Labels, target: Target): string {
  const format = target.legendFormat;
  if (format === '__auto') {
    return Object.keys(labels).length ? '' : target.expr;
  }
  if (format) {
    return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  }
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return `${name}${pairs.length ? `{${pairs.join(', ')}}` : ''}` || target.expr;
}

/** Frames of an answer in the format "time series": one for each series, gaps where no sample was. */
export function seriesFrames(answer: Series[], target: Target, step: number): DataFrame[] {
  return answer.map((series) => {
    const { times, values } = withGaps(series.values ?? [series.value as [number, string]], step);
    const name = nameOf(series.metric, target);
    return createDataFrame({
      refId: target.refId,
      name,
      fields: [
        { name: 'Time', type: FieldType.time, values: times, config: { interval: step } },
        {
          name: 'Value',
          type: FieldType.number,
          values,
          labels: series.metric,
          config: name ? { displayNameFromDS: name } : {},
        },
      ],
    });
  });
}

function withGaps(samples: Array<[number, string]>, step: number): { times: number[]; values: Array<number | null> } {
  const times: number[] = [];
  const values: Array<number | null> = [];
  for (const [moment, value] of samples) {
    const time = moment * 1000;
    for (let missing = (times.at(-1) ?? time) + step; missing < time; missing += step) {
      times.push(missing);
      values.push(null);
    }
    times.push(time);
    values.push(numberOf(value));
  }
  return { times, values };
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

/** The frame of an answer in the format "table": time, a column for each label, value. */
export function tableFrame(answer: Series[], target: Target, severalTables: boolean): DataFrame {
  const labels = [...new Set(answer.flatMap((series) => Object.keys(series.metric).sort()))];
  const rows = answer.flatMap((series) =>
    (series.values ?? [series.value as [number, string]]).map(([time, value]) => ({ series, time, value }))
  );
  const fields: Array<Partial<Field> & { name: string }> = [
    { name: 'Time', type: FieldType.time, values: rows.map((row) => row.time * 1000), config: {} },
    ...labels.map((label) => ({
      name: label,
      type: FieldType.string,
      values: rows.map((row) => row.series.metric[label] ?? ''),
      config: { filterable: true },
    })),
    {
      name: severalTables ? `Value #${target.refId}` : 'Value',
      type: FieldType.number,
      values: rows.map((row) => numberOf(row.value)),
      config: {},
    },
  ];
  return createDataFrame({ refId: target.refId, fields: rows.length ? fields : [] });
}
