// A text panel.
import { renderMarkdown } from '@grafana/data';
import type { PanelProps } from './props';

/** A text panel: Markdown or HTML, from the dashboard itself. */
export function Text({ panel, fill, height }: PanelProps) {
  const text = fill(panel.options.content ?? '');
  const html = panel.options.mode === 'html' ? text : renderMarkdown(text);
  return <div className="markdown-html" style={{ height, overflow: 'hidden' }} dangerouslySetInnerHTML={{ __html: html }} />;
}
