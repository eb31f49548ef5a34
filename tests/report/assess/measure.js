// Runs beside the report, never in it: the report's own policy lets no script run.
// Contrast as WCAG 2.1 counts it (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio); text needs 4.5,
// marks of a drawing need 3.
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const seen = (colour) => numbers(colour)[3] !== 0;
function light(colour) {
  const [r, g, b] = numbers(colour).slice(0, 3).map((v) => {
    const c = v / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
function grounds(element, style, body) {
  const drawing = element.closest("svg");
  if (drawing) {
    const box = drawing.querySelector(".box");
    const past = drawing.querySelector(".past-time");
    if (box) return [style(box).fill];
    return [body, ...(past ? [style(past).fill] : [])];
  }
  for (let e = element; e; e = e.parentElement) {
    if (seen(style(e).backgroundColor)) return [style(e).backgroundColor];
  }
  return [body];
}
function look(frame) {
  const doc = frame.contentDocument;
  const style = (e) => frame.contentWindow.getComputedStyle(e);
  const body = style(doc.body).backgroundColor;
  for (const details of doc.querySelectorAll("details")) details.open = true;
  const faint = [];
  let texts = 0;
  const judge = (element, colour, least, what) => {
    for (const ground of grounds(element, style, body)) {
      const ratio = contrast(colour, ground);
      if (ratio < least) faint.push(`${what}: ${ratio.toFixed(2)} (${colour} on ${ground})`);
    }
  };
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || ["title", "desc"].includes(element.tagName)) continue;
    texts += 1;
    const colour = element.closest("svg") ? style(element).fill : style(element).color;
    judge(element, colour, 4.5, node.data.trim().slice(0, 40));
  }
  for (const mark of doc.querySelectorAll("svg .gone, svg .node, svg [class=required], svg [class=recommended], svg [class=info], svg [class=none]")) {
    judge(mark, style(mark).fill, 3, `mark ${mark.getAttribute("class")}`);
  }
  for (const mark of doc.querySelectorAll("svg .ahead, svg .now, svg .tick")) {
    judge(mark, style(mark).stroke, 3, `mark ${mark.getAttribute("class")}`);
  }
  // Wide things scroll in their own box; the page itself never goes sideways.
  const edge = doc.documentElement.clientWidth;
  const overflow = [...doc.body.querySelectorAll("*")]
    .filter((e) => !e.closest(".scroll, svg, .skip") && e.getBoundingClientRect().right > edge + 1)
    .map((e) => `${e.tagName} ${e.className}`);
  if (doc.documentElement.scrollWidth > edge) overflow.push(`page ${doc.documentElement.scrollWidth}`);
  return {
    width: frame.width * 1,
    styled: style(doc.body).maxWidth !== "none",
    scheme: light(body) > 0.5 ? "light" : "dark",
    overflow,
    texts,
    faint: [...new Set(faint)],
  };
}
Promise.all(
  widths.map(
    (width) =>
      new Promise((done) => {
        const frame = document.createElement("iframe");
        frame.width = width;
        frame.height = 800;
        frame.onload = () => done(look(frame));
        frame.srcdoc = html;
        document.body.append(frame);
      }),
  ),
).then((said) => {
  const text = JSON.stringify(said).replace(/[<>&]/g, "?");
  document.getElementById("out").textContent = text;
});
