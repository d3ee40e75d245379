// Shows /openapi.json. Text only goes in as text, so nothing of the document can become markup.
"use strict";

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// A text in which `...` is code.
function prose(name, text, kind) {
  const made = element(name, "", kind);
  (text || "").split("`").forEach((part, at) => made.append(at % 2 ? element("code", part) : part));
  return made;
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).filter((type) => type !== "null").join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  return schema.type || "";
}

function parameters(list) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Parameter", "In", "Type", ""]) head.append(element("th", title));
  const body = table.createTBody();
  for (const each of list) {
    const row = body.insertRow();
    row.insertCell().append(element("code", each.name));
    row.insertCell().textContent = each.required ? `${each.in}, required` : each.in;
    row.insertCell().textContent = typeOf(each.schema);
    row.append(prose("td", each.description));
  }
  return table;
}

function operation(method, path, found) {
  const box = element("details");
  const head = element("summary");
  head.append(element("span", method.toUpperCase(), "method"), element("code", path), prose("div", found.summary, "said"));
  box.append(head, prose("p", found.description));
  if (found.parameters && found.parameters.length) box.append(parameters(found.parameters));
  return box;
}

async function show() {
  const place = document.getElementById("operations");
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const api = await answer.json();
  document.getElementById("about").replaceWith(prose("p", api.info.description));
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, found] of Object.entries(methods)) {
      const tag = (found.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(method, path, found));
    }
  }
  place.replaceChildren();
  for (const [tag, list] of groups) place.append(element("h2", tag), ...list);
}

show().catch((error) => {
  document.getElementById("operations").replaceChildren(element("p", `The OpenAPI document cannot be read: ${error.message}`));
});
