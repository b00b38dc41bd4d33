// Which of the owner's plain values TrackHAR sees in each request: its adapters, and its indicator matching of plain, base64 and URL-encoded values.
import { readFileSync, writeFileSync } from 'node:fs';
import { process as processHar } from 'trackhar';

const folder = process.argv[2];
const values = {};
for (const line of readFileSync(`${folder}/plants.tsv`, 'utf8').split('\n')) {
    const [, , , , , , label, expected, , plain] = line.split('\t');
    if (expected !== 'found' || !plain) continue;
    const text = Buffer.from(plain, 'base64').toString('utf8');
    for (const one of label.split('|').slice(0, 1)) (values[one] ??= new Set()).add(text);
}
const indicatorValues = Object.fromEntries(Object.entries(values).map(([label, set]) => [label, [...set]]));
const har = JSON.parse(readFileSync(`${folder}/requests.har`, 'utf8'));
const plain = (value) => JSON.stringify(value ?? '').toLowerCase();
const found = [];
for (const entry of har.log.entries) {
    let result = [];
    try {
        result = (await processHar({ log: { ...har.log, entries: [entry] } }, { indicatorValues }))[0] ?? [];
    } catch { /* A request that it cannot read is one in which it sees nothing. */ }
    const labels = new Set(result.map((r) => r.property));
    // What an adapter reads out counts where it is the value.
    for (const r of result) for (const [label, texts] of Object.entries(indicatorValues)) if (texts.some((t) => plain(r.value).includes(t.toLowerCase()))) labels.add(label);
    found.push([...labels]);
}
writeFileSync(`${folder}/trackhar.json`, JSON.stringify(found));
