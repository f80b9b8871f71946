// The annotations of a dashboard: when an expression was true.
import type { TimeRange } from '@grafana/data';
import type { Dashboard } from './dashboard';
import { matrix } from './prometheus';
import { stepOf, timeVariables } from './time';
import { type Chosen, fill } from './variables';

/** A moment, or a time that lasted; epoch milliseconds. */
export interface Mark {
  from: number;
  to: number;
  color: string;
}

/** The marks of all annotations that are switched on. */
export async function marksOf(dashboard: Dashboard, range: TimeRange, variables: Chosen[]): Promise<Mark[]> {
  const wanted = dashboard.annotations.list.filter((each) => each.enable !== false && (each.expr ?? each.target?.expr));
  const found = await Promise.all(
    wanted.map(async ({ expr, target, step: minimum, iconColor = 'red', useValueForTime }) => {
      const step = stepOf(range, 1000, minimum);
      const text = fill(expr ?? target?.expr ?? '', variables, timeVariables(range, step));
      const answer = await matrix(text, range, step);
      return answer.flatMap(({ values = [] }) =>
        useValueForTime
          ? [...new Set(values.map(([, value]) => Number(value)))].map((at) => ({ from: at, to: at, color: iconColor }))
          : spans(values, step).map((span) => ({ ...span, color: iconColor }))
      );
    })
  );
  const [begin, end] = [range.from.valueOf(), range.to.valueOf()];
  return found.flat().filter((mark) => mark.to >= begin && mark.from <= end);
}

/** Samples in a row are one span; a value of 0 is none. */
function spans(samples: Array<[number, string]>, step: number): Array<{ from: number; to: number }> {
  const found: Array<{ from: number; to: number }> = [];
  for (const [moment, value] of samples) {
    const time = moment * 1000;
    const last = found.at(-1);
    if (Number(value) === 0) {
      continue;
    }
    if (last && time - last.to <= step) {
      last.to = time;
    } else {
      found.push({ from: time, to: time });
    }
  }
  return found;
}
