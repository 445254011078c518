"use strict";
// A small terminal: enough of ECMA-48 for shells, pagers and top. Text is only ever set as text.
class Screen {
  constructor(width, height) { this.width = width; this.height = height; this.clear(); }
  clear() { this.lines = [[]]; this.row = 0; this.column = 0; this.top = 0; }
  line() { while (this.lines.length <= this.row) this.lines.push([]); return this.lines[this.row]; }
  put(character) {
    if (this.column >= this.width) { this.column = 0; this.row++; }
    const line = this.line();
    while (line.length < this.column) line.push(" ");
    line[this.column++] = character;
    this.top = Math.max(this.top, this.row - this.height + 1);
  }
  write(text) {
    const pattern = /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_=>]|[\s\S]/gu;
    for (const found of text.matchAll(pattern)) {
      if (found[2]) this.control(found[1], found[2]);
      else if (found[0].length <= 2 && found[0][0] !== "\x1b") this.character(found[0]);
    }
  }
  character(c) {
    if (c === "\n") { this.row++; this.line(); this.top = Math.max(this.top, this.row - this.height + 1); }
    else if (c === "\r") this.column = 0;
    else if (c === "\b") this.column = Math.max(0, this.column - 1);
    else if (c === "\t") do this.put(" "); while (this.column % 8);
    else if (c >= " ") this.put(c);
  }
  control(parameters, final) {
    const numbers = parameters.replace("?", "").split(";").map((n) => parseInt(n || "0", 10));
    const count = Math.max(1, numbers[0]);
    if (final === "A") this.row = Math.max(this.top, this.row - count);
    else if (final === "B") this.row += count;
    else if (final === "C") this.column = Math.min(this.width - 1, this.column + count);
    else if (final === "D") this.column = Math.max(0, this.column - count);
    else if (final === "G") this.column = count - 1;
    else if (final === "H" || final === "f") { this.row = this.top + count - 1; this.column = Math.max(1, numbers[1] || 1) - 1; }
    else if (final === "K") this.erase(numbers[0]);
    else if (final === "P") this.line().splice(this.column, count);
    else if (final === "@") this.line().splice(this.column, 0, ...Array(count).fill(" "));
    else if (final === "J") this.wipe(numbers[0]);
  }
  erase(how) {
    const line = this.line();
    if (how === 0) line.length = Math.min(line.length, this.column);
    else for (let i = 0; i < (how === 2 ? line.length : this.column + 1); i++) line[i] = " ";
  }
  wipe(how) {
    if (how >= 2) { this.lines.length = this.top; this.row = Math.max(this.row, this.top); this.line(); }
    else if (how === 0) { this.erase(0); this.lines.length = this.row + 1; }
  }
  text() { return this.lines.map((line) => line.join("").trimEnd()).join("\n"); }
}

function show(article, terminal) {
  const screen = article.querySelector(".screen"), at = article.querySelector(".at");
  const button = article.querySelector(".play"), speed = article.querySelector(".speed");
  const frames = terminal.frames, end = frames.length ? frames[frames.length - 1][0] : 0;
  let now = end, timer = null;
  const draw = () => {
    const shown = new Screen(terminal.width, terminal.height);
    for (const [time, text] of frames) { if (time > now) break; shown.write(text); }
    screen.textContent = shown.text();
    at.value = end ? Math.round(1000 * now / end) : 1000;
  };
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "play"; };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (now >= end) now = 0;
    button.textContent = "pause";
    timer = setInterval(() => { now += 0.1 * Number(speed.value); draw(); if (now >= end) stop(); }, 100);
  });
  at.addEventListener("input", () => { stop(); now = end * Number(at.value) / 1000; draw(); });
  draw();
}

const terminals = JSON.parse(document.getElementById("terminals").textContent);
document.querySelectorAll(".terminal").forEach((article) => show(article, terminals[Number(article.dataset.number)]));

const sum = document.getElementById("sum");
const fields = [...document.querySelectorAll(".rubric input")];
fields.forEach((field) => field.addEventListener("input", () => {
  const own = fields.reduce((total, each) => total + Math.min(Number(each.max), Math.max(0, Number(each.value))), 0);
  sum.textContent = (Number(sum.dataset.base) + own).toFixed(1);
}));
