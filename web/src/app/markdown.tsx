/**
 * Markdown as elements: headings, lists, checkboxes, quotes, code, rules, emphasis. Never markup from text, and nothing is fetched: a picture is shown as its name, a link as a link
 * only where it is http, https or mailto, and it opens beside with no referrer.
 */
import type { ComponentChildren } from 'preact';

const SAFE = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const MAX_DEPTH = 6;
/** A longer run of text is shown as it is: marks that are never closed make the pattern look to the end, again and again. */
const MAX_INLINE = 4000;
const INLINE =
  /(`+)(?<code>[^`]+?)\1|!\[(?<alt>[^\]]*)\]\((?<src>[^)\s]*)[^)]*\)|\[(?<text>[^\]]+)\]\((?<href>[^)\s]*)[^)]*\)|\*\*(?<bold>[^*]+?)\*\*|__(?<bold2>[^_]+?)__|(?<![\w*])\*(?<em>[^*\s][^*]*?)\*(?!\w)|(?<!\w)_(?<em2>[^_\s][^_]*?)_(?!\w)|~~(?<del>[^~]+?)~~|(?<url>https?:\/\/[^\s<>()]+)/u;

function inline(text: string, depth = 0): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let rest = text;
  while (rest !== '') {
    const m = depth < MAX_DEPTH && text.length <= MAX_INLINE ? INLINE.exec(rest) : null;
    if (!m?.groups) {
      out.push(rest);
      break;
    }
    if (m.index > 0) out.push(rest.slice(0, m.index));
    out.push(element(m.groups, depth));
    rest = rest.slice(m.index + m[0].length);
  }
  return out;
}

function element(g: Record<string, string | undefined>, depth: number): ComponentChildren {
  if (g.code !== undefined) return <code>{g.code}</code>;
  if (g.src !== undefined) return <span class="md-picture">{g.alt || g.src}</span>;
  if (g.href !== undefined) return link(g.href, inline(g.text ?? '', depth + 1));
  if (g.url !== undefined) return link(g.url, [g.url]);
  const bold = g.bold ?? g.bold2;
  if (bold !== undefined) return <strong>{inline(bold, depth + 1)}</strong>;
  const em = g.em ?? g.em2;
  if (em !== undefined) return <em>{inline(em, depth + 1)}</em>;
  return <del>{inline(g.del ?? '', depth + 1)}</del>;
}

const link = (href: string, children: ComponentChildren[]): ComponentChildren =>
  SAFE.test(href) ? (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );

const BULLET = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;

/** Time is linear in the number of lines. */
export function Markdown({ text }: { text: string }) {
  const blocks: ComponentChildren[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push(<p>{paragraph.flatMap((l, i) => (i === 0 ? inline(l) : [<br key={`b${i}`} />, ...inline(l)]))}</p>);
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^\s{0,3}(```+|~~~+)/.exec(line)?.[1];
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (fence) {
      flush();
      const code: string[] = [];
      for (i++; i < lines.length && !lines[i]!.trim().startsWith(fence); i++) code.push(lines[i]!);
      blocks.push(<pre>{code.join('\n')}</pre>);
    } else if (heading) {
      flush();
      const Tag = `h${Math.min(6, heading[1]!.length + 1)}` as 'h2' | 'h3' | 'h4' | 'h5' | 'h6';
      blocks.push(<Tag>{inline(heading[2]!)}</Tag>);
    } else if (/^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/.test(line)) {
      flush();
      blocks.push(<hr />);
    } else if (/^\s{0,3}>/.test(line)) {
      flush();
      const quote: string[] = [];
      for (; i < lines.length && /^\s{0,3}>/.test(lines[i]!); i++) quote.push(lines[i]!.replace(/^\s{0,3}>\s?/, ''));
      i--;
      blocks.push(<blockquote>{quote.map((q) => (q === '' ? <br /> : <p>{inline(q.replace(/^[>\s]+/, ''))}</p>))}</blockquote>);
    } else if (BULLET.test(line)) {
      flush();
      const items: ComponentChildren[] = [];
      for (; i < lines.length; i++) {
        const m = BULLET.exec(lines[i]!);
        if (!m) break;
        items.push(
          <li class={`depth-${Math.min(4, Math.floor(m[1]!.length / 2))}${m[2] ? ' check' : ''}`}>
            {m[2] && <input type="checkbox" checked={m[2] !== ' '} disabled aria-label={m[3]} />}
            <span>{inline(m[3]!)}</span>
          </li>,
        );
      }
      i--;
      blocks.push(/^\s*\d/.test(line) ? <ol>{items}</ol> : <ul>{items}</ul>);
    } else if (line.trim() === '') flush();
    else paragraph.push(line);
  }
  flush();
  return <div class="markdown">{blocks}</div>;
}
