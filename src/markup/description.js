export default {
  "view": [
    "div", { "class": "order-documents{theme}", "part": "base", "tabindex": "-1" },
    ["header.header", {},
      ["slot", { "name": "heading" }, ["div.heading", { "role": "heading", "aria-level": "{level}" }, "{heading}"]],
      ["p.summary", {}, "{summary}"]],
    "*toolbar",
    ["div.notices", {}],
    ["div.list", {}, "*groups"],
    "*preview",
    ["p.visually-hidden", { "role": "status" }]
  ],
  "toolbar": [
    "div.toolbar", {},
    ["div.search", { "role": "search" },
      ["svg", { "class": "glyph", "viewBox": "0 0 24 24", "aria-hidden": "true" },
        ["path", { "d": "M20 20l-4.5-4.5M17.5 10.5a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z" }]],
      ["input.search-input", { "type": "search", "autocomplete": "off", "spellcheck": "false", "aria-label": "{search}", "placeholder": "{hint}" }]],
    ["label.sort", {}, ["span.sort-label", {}, "{sort}"], ["select.sort-select", {}, "*sorts"]],
    "*types"
  ],
  "sort": ["option", { "value": "{word}", "selected": "{selected}" }, "{label}"],
  "types": ["div.types", { "role": "group", "aria-label": "{label}" }, "*toggles"],
  "toggle": [
    "button", { "class": "type", "part": "type-toggle", "type": "button", "aria-pressed": "true", "data-type": "{type}" },
    ["span.type-name", {}, "{name}"], ["span.type-count", {}, "{count}"]
  ],
  "group": ["section.group", { "aria-label": "{name}", "data-group": "{key}" }, "*heading", ["ul.rows", { "role": "list" }, "*rows"]],
  "heading": [
    "div.group-heading", {},
    ["div.group-name", { "role": "heading", "aria-level": "{level}" }, "{name}"],
    ["p.group-summary", {}, "{summary}"]
  ],
  "row": [
    "li", { "class": "row", "part": "row", "data-file": "{id}" },
    ["span", { "class": "badge badge-{kind}", "part": "icon", "aria-hidden": "true" }, "{ending}"],
    ["span.name", { "dir": "auto", "title": "{name}" }, "{name}"],
    ["span.meta", {}, ["span.category", {}, "{category}"], ["time.date", { "datetime": "{created}" }, "{date}"], ["span.size", {}, "{size}"]],
    ["span.actions", {},
      ["a|button", { "class": "action", "part": "preview-button", "href": "{view}", "aria-label": "{previewOf}", "title": "{preview}" },
        ["svg", { "class": "glyph", "viewBox": "0 0 24 24", "aria-hidden": "true" },
          ["path", { "d": "M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12Zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z" }]]],
      ["a|button", { "class": "action", "part": "download-button", "href": "{download}", "aria-label": "{downloadOf}", "title": "{save}" },
        ["svg", { "class": "glyph", "viewBox": "0 0 24 24", "aria-hidden": "true" },
          ["path", { "d": "M12 3v12m0 0 5-5m-5 5-5-5M4 20h16" }]]]]
  ]
}
