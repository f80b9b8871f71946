// The variables of a dashboard: what can be chosen, what is chosen, and how a text is filled in with it.
import type { TimeRange } from '@grafana/data';
import type { Dashboard, Variable } from './dashboard';
import { instant, labelValues } from './prometheus';

interface Option {
  text: string;
  value: string;
}

export interface Chosen {
  variable: Variable;
  options: Option[];
  chosen: Option[];
  all: boolean;
}

export type Format = (chosen: Chosen) => string;

const ALL = '$__all';

/** Every variable in order, each with what the address asks for, else what Grafana would choose at first. */
export async function resolveVariables(dashboard: Dashboard, range: TimeRange, asked: URLSearchParams): Promise<Chosen[]> {
  const done: Chosen[] = [];
  for (const variable of dashboard.templating.list) {
    const options = await optionsOf(variable, range, (text) => fill(text, done, {}));
    done.push(choose(variable, options, asked.getAll(`var-${variable.name}`)));
  }
  return done;
}

function choose(variable: Variable, options: Option[], asked: string[]): Chosen {
  const wanted = asked.length ? asked : [variable.current?.value ?? []].flat();
  const known = wanted.filter((value) => options.some((option) => option.value === value));
  if (known.length) {
    return { variable, options, chosen: options.filter((option) => known.includes(option.value)), all: false };
  }
  if (variable.includeAll) {
    return { variable, options, chosen: options, all: true };
  }
  return { variable, options, chosen: options.slice(0, 1), all: false };
}

async function optionsOf(variable: Variable, range: TimeRange, filled: (text: string) => string): Promise<Option[]> {
  const query = typeof variable.query === 'string' ? variable.query : variable.query.query;
  switch (variable.type) {
    case 'datasource':
      return [{ text: 'Prometheus', value: 'prometheus' }];
    case 'constant':
    case 'textbox':
      return [{ text: query, value: query }];
    case 'custom':
    case 'interval':
      return query.split(',').map((each) => {
        const [text, value] = each.split(' : ').map((part) => part.trim());
        return { text, value: value ?? text };
      });
    case 'query':
      return sorted(matching(await ask(filled(query), range), variable.regex), variable.sort ?? 0);
    default:
      throw new Error(`variable ${variable.name}: the type ${variable.type} is not known here`);
  }
}

async function ask(query: string, range: TimeRange): Promise<string[]> {
  const values = /^label_values\((?:(.+),\s*)?([a-zA-Z_$][\w]*)\)\s*$/s.exec(query);
  if (values) {
    return labelValues(values[2], values[1]?.trim() ?? '', range);
  }
  const result = /^query_result\((.+)\)\s*$/s.exec(query);
  if (!result) {
    throw new Error(`a variable's query that is not known here: ${query}`);
  }
  return (await instant(result[1])).map(({ metric: { __name__: name = '', ...labels }, value }) => {
    const pairs = Object.entries(labels).map(([label, each]) => `${label}="${each}"`);
    const [time, number] = value ?? [0, ''];
    return `${name}{${pairs.join(',')}} ${number} ${time * 1000}`;
  });
}

/** What a regular expression makes of each text; named groups "text" and "value" give both. */
function matching(texts: string[], regex = ''): Option[] {
  const options = regex ? texts.flatMap((text) => matches(text, expression(regex))) : texts.map((text) => ({ text, value: text }));
  return options.filter((option, index) => options.findIndex((other) => other.value === option.value) === index);
}

function expression(regex: string): RegExp {
  const delimited = /^\/(.*)\/([gimsuy]*)$/s.exec(regex);
  const flags = delimited ? delimited[2] : '';
  return new RegExp(delimited ? delimited[1] : `^${regex}$`, flags.includes('g') ? flags : `${flags}g`);
}

function matches(text: string, regex: RegExp): Option[] {
  const found = [...text.matchAll(regex)];
  const value = found.find((match) => match.groups?.value)?.groups?.value;
  const label = found.find((match) => match.groups?.text)?.groups?.text;
  if (value !== undefined || label !== undefined) {
    return [{ value: value ?? label ?? '', text: label ?? value ?? '' }];
  }
  if (found.length > 1 && found[0].length > 1) {
    return found.map((match) => ({ text: match[1], value: match[1] }));
  }
  return found.slice(0, 1).map((match) => ({ text: match[1] ?? match[0], value: match[1] ?? match[0] }));
}

function sorted(options: Option[], sort: number): Option[] {
  const compare = [
    () => 0,
    (a: Option, b: Option) => (a.text < b.text ? -1 : 1),
    (a: Option, b: Option) => (a.text < b.text ? 1 : -1),
    (a: Option, b: Option) => parseFloat(a.text) - parseFloat(b.text),
    (a: Option, b: Option) => parseFloat(b.text) - parseFloat(a.text),
    (a: Option, b: Option) => a.text.localeCompare(b.text),
    (a: Option, b: Option) => b.text.localeCompare(a.text),
  ][sort];
  return [...options].sort(compare);
}

const escaped = (text: string) => text.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
const values = ({ chosen }: Chosen) => chosen.map((option) => option.value);

const FORMATS: Record<string, Format> = {
  regex: (each) => (values(each).length === 1 ? escaped(values(each)[0]) : `(${values(each).map(escaped).join('|')})`),
  pipe: (each) => values(each).join('|'),
  csv: (each) => values(each).join(','),
  raw: (each) => values(each).join(','),
  text: (each) => (each.all ? 'All' : each.chosen.map((option) => option.text).join(' + ')),
  queryparam: (each) =>
    (each.all ? [ALL] : values(each)).map((value) => `var-${each.variable.name}=${encodeURIComponent(value)}`).join('&'),
  percentencode: (each) => encodeURIComponent(values(each).join(',')),
};

/** How a variable is written into a query: an escaped value where one can be chosen, a regular expression elsewhere. */
export const forQuery: Format = (each) => {
  const { multi, includeAll } = each.variable;
  if (!multi && !includeAll) {
    return values(each).join('').replace(/\\/g, '\\\\').replace(/"/g, '\\"');
  }
  return FORMATS.regex(each).replace(/\\/g, '\\\\');
};

/** How a variable is written into a title. */
export const forTitle: Format = FORMATS.text;

/** A text with its variables filled in: $name, ${name}, ${name:format} and [[name]]. */
export function fill(text: string, variables: Chosen[], more: Record<string, string>, format: Format = forQuery): string {
  return text.replace(/\$(\w+)|\[\[(\w+)\]\]|\$\{(\w+)(?::(\w+))?\}/g, (whole, plain, squared, braced, named) => {
    const name: string = plain ?? squared ?? braced;
    if (name in more) {
      return more[name];
    }
    const found = variables.find((each) => each.variable.name === name);
    if (!found) {
      return whole;
    }
    if (found.all && found.variable.allValue && named !== 'text' && named !== 'queryparam' && format !== forTitle) {
      return found.variable.allValue;
    }
    return (named ? FORMATS[named] ?? format : format)(found);
  });
}
