// SPDX-License-Identifier: GPL-2.0-or-later
// What Node's readers take out of bodies. In: a line of JSON a body, {path, kind, media}. Out: a line
// a judge and file, {path, judge, file} with the file in base64. A judge that is not installed is silent.
'use strict';
const fs = require('fs');
const readline = require('readline');
const vm = require('vm');
const { Readable } = require('stream');

const LARGEST = 1 << 20;
const DEADLINE = 2000; // milliseconds for one body and judge

function installed(name) {
  try {
    return require(name);
  } catch {
    return null;
  }
}
const parse5 = installed('parse5'), busboy = installed('busboy'), formidable = (installed('formidable') || {}).formidable;

function request(body, media) {
  const stream = Readable.from([body]);
  stream.headers = { 'content-type': media, 'content-length': String(body.length) };
  stream.method = 'POST';
  return stream;
}

function byBusboy(body, media, found) {
  return new Promise((resolve) => {
    const reader = busboy({ headers: { 'content-type': media } });
    reader.on('file', (_name, file) => {
      const pieces = [];
      file.on('data', (piece) => pieces.push(piece));
      file.on('close', () => found(Buffer.concat(pieces)));
      file.on('error', () => found(Buffer.concat(pieces)));
    });
    reader.on('field', (_name, value) => found(Buffer.from(value, 'latin1')));
    reader.on('close', resolve);
    reader.on('error', resolve);
    reader.end(body);
  });
}

function byFormidable(body, media, found) {
  return new Promise((resolve) => {
    const { Writable } = require('stream');
    const reader = formidable({
      multiples: true,
      fileWriteStreamHandler: () => {
        const pieces = [];
        return new Writable({
          write(piece, _coding, done) { pieces.push(piece); done(); },
          final(done) { found(Buffer.concat(pieces)); done(); },
        });
      },
    });
    reader.on('error', () => {});
    reader.parse(request(body, media), (_error, fields) => {
      for (const value of Object.values(fields || {}).flat()) found(Buffer.from(String(value), 'latin1'));
      resolve();
    });
  });
}

async function byUndici(body, media, found) {
  const form = await new Response(body, { headers: { 'content-type': media } }).formData();
  for (const [, value] of form)
    found(typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(await value.arrayBuffer()));
}

function* attributes(node) {
  for (const attribute of node.attrs || []) yield attribute.value;
  for (const child of node.childNodes || []) yield* attributes(child);
  if (node.content) yield* attributes(node.content);
}

// As a browser: the charset by the byte order mark, and what an address is.
async function byParse5(body, _media, found) {
  const wide = body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : 'utf-8';
  const page = parse5.parse(new TextDecoder(wide).decode(body));
  for (const value of attributes(page)) {
    if (!/^[\0-\x20]*d[\t\n\r]*a[\t\n\r]*t[\t\n\r]*a[\t\n\r]*:/i.test(value)) continue;
    try {
      const answer = await fetch(new URL(value)); // a data: address: nothing is fetched
      found(Buffer.from(await answer.arrayBuffer()));
    } catch {
      continue;
    }
  }
}

// A script is run, in a context that has nothing but what makes files of text.
async function byVm(body, _media, found) {
  const saved = [];
  const sandbox = {
    atob, unescape, Uint8Array,
    Blob: class { constructor(parts) { this.text = parts.join(''); } },
    save: (value) => { saved.push(value); },
  };
  try {
    vm.runInNewContext(body.toString('latin1'), sandbox, { timeout: DEADLINE });
  } finally {
    for (const value of saved) {
      const text = typeof value === 'string' ? value : value.text;
      if (/^data:/i.test(text)) found(Buffer.from(await (await fetch(new URL(text))).arrayBuffer())); // nothing is fetched
      else found(text === undefined ? Buffer.from(value) : Buffer.from(text, 'latin1'));
    }
  }
}

const JUDGES = {
  script: { node: byVm },
  upload: { ...(busboy && { busboy: byBusboy }), ...(formidable && { formidable: byFormidable }), undici: byUndici },
  page: { ...(parse5 && { parse5: byParse5 }) },
};

async function judge(line) {
  const { path, kind, media } = JSON.parse(line);
  const body = fs.readFileSync(path);
  for (const [name, read] of Object.entries(JUDGES[kind] || {})) {
    const found = (file) => {
      if (file.length < LARGEST) console.log(JSON.stringify({ path, judge: name, file: file.toString('base64') }));
    };
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(resolve, DEADLINE); });
    try {
      await Promise.race([read(body, media, found), late]);
    } catch { // a judge is given odd bytes: its failure is no result
    }
    clearTimeout(timer);
  }
}

process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
(async () => {
  const under_way = []; // all at once: a reader that waits for the rest of a cut upload takes its whole deadline
  for await (const line of readline.createInterface({ input: process.stdin })) under_way.push(judge(line));
  await Promise.all(under_way);
  process.exit(0);
})();
