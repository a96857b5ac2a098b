"use strict";

const element = id => document.getElementById(id);
const status = element("status");
const drop = element("drop");
const input = element("file");

// Answers may come in another order than pictures; only the last one asked for is shown.
let asked = 0;

async function classify(file) {
  const turn = ++asked;
  say("looking ...", false);
  drop.classList.remove("over");
  try {
    const form = new FormData();
    form.append("file", file, file.name || "picture");
    const response = await fetch("v1/classify?top=5&explain=true", {method: "POST", body: form});
    const answer = await response.json();
    if (turn !== asked) {
      return;
    }
    if (!response.ok) {
      say(answer.detail, true);
      return;
    }
    show(file, answer);
    say("", false);
  } catch (error) {
    if (turn === asked) {
      say("The server cannot be reached; is it still running?", true);
    }
  }
}

function say(text, wrong) {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

function show(file, answer) {
  const image = answer.images[0];
  const picture = element("picture");
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
  element("picture-size").textContent = `${image.name}, ${image.width} × ${image.height}`;
  element("model").textContent = answer.model;
  element("overlay").src = image.explanation.overlay;
  element("method").textContent = image.explanation.method;
  element("classes").replaceChildren(...image.classes.map(row));
  element("answer").hidden = false;
}

function row(guess) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const percent = document.createElement("span");
  const bar = document.createElement("meter");
  name.className = "name";
  name.textContent = guess.name;
  percent.className = "percent";
  percent.textContent = `${(100 * guess.probability).toFixed(1)} %`;
  bar.value = guess.probability;
  item.append(name, percent, bar);
  return item;
}

input.addEventListener("change", () => {
  if (input.files.length > 0) {
    classify(input.files[0]);
    // So that the same file can be chosen again.
    input.value = "";
  }
});

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, event => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", event => {
  if (event.relatedTarget === null) {
    drop.classList.remove("over");
  }
});
document.addEventListener("drop", event => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer.files.length > 0) {
    classify(event.dataTransfer.files[0]);
  }
});
document.addEventListener("paste", event => {
  if (event.clipboardData.files.length > 0) {
    classify(event.clipboardData.files[0]);
  }
});
